"""TOPIC and NAMES: what a channel is, and the checks that every channel command shares."""

from livechat.irc import numerics
from livechat.irc.lines import MAX_LINE_BYTES

from chat_hub import caps, limits
from chat_hub.channel import Channel, Topic
from chat_hub.commands.table import Command
from chat_hub.replies import RefusedError, Request
from chat_hub.text import clip, pack

_LINE_ROOM_BYTES = MAX_LINE_BYTES - len(":  353  = :\r\n")


def handle_topic(request: Request) -> None:
    """TOPIC <channel> [:<topic>]: ask for it, set it, or clear it with an empty one."""
    channel = channel_or_refuse(request, request.params[0])
    session, hub = request.session, request.hub
    inside = session in channel.members
    if len(request.params) == 1:
        if not inside and not channel.visible_to(session):
            raise RefusedError(numerics.ERR_NOTONCHANNEL, channel.name, text="You're not on that channel")
        send_topic(request, channel)
        return
    if not inside:
        raise RefusedError(numerics.ERR_NOTONCHANNEL, channel.name, text="You're not on that channel")
    may_set = channel.is_moderator(session) or not ("t" in channel.flags or channel.is_silenced(session))
    if not may_set:
        raise RefusedError(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text="You're not a channel operator")
    text = clip(request.params[1], limits.TOPIC_BYTES)
    channel.topic = Topic(text, session.shown_nick, int(request.now.unix)) if text else None
    event = hub.event(session, "TOPIC", channel.name, text=text, now=request.now)
    hub.history.event(channel, event)
    hub.send_all(channel.members, event, skip=session)
    request.event(event)


def handle_names(request: Request) -> None:
    """NAMES <channel>; without one only the end, since a list of everybody is what WHO is for."""
    name = (request.param(0) or "*").partition(",")[0]
    channel = request.hub.channel(name)
    if channel is None or not channel.visible_to(request.session):
        request.numeric(numerics.RPL_ENDOFNAMES, name, text="End of /NAMES list")
        return
    send_names(request, channel)


def channel_or_refuse(request: Request, name: str) -> Channel:
    """The channel `name`; 403 when there is none that the session may know of."""
    channel = request.hub.channel(name)
    if channel is None or not channel.visible_to(request.session):
        raise RefusedError(numerics.ERR_NOSUCHCHANNEL, name, text="No such channel")
    return channel


def operated_channel(request: Request, name: str) -> Channel:
    """The channel `name` where the session may moderate; 403, 442 or 482 otherwise."""
    channel = channel_or_refuse(request, name)
    if channel.is_moderator(request.session):
        return channel
    if request.session not in channel.members:
        raise RefusedError(numerics.ERR_NOTONCHANNEL, channel.name, text="You're not on that channel")
    raise RefusedError(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text="You're not a channel operator")


def send_topic(request: Request, channel: Channel) -> None:
    """332 and 333, or 331 without a topic."""
    topic = channel.topic
    if topic is None:
        request.numeric(numerics.RPL_NOTOPIC, channel.name, text="No topic is set")
        return
    request.numeric(numerics.RPL_TOPIC, channel.name, text=topic.text)
    request.numeric(numerics.RPL_TOPICWHOTIME, channel.name, topic.setter, str(topic.set_at))


def send_names(request: Request, channel: Channel) -> None:
    """353 in as few lines as they fit, and 366."""
    session = request.session
    every, full = session.has(caps.MULTI_PREFIX), session.has(caps.USERHOST_IN_NAMES)
    words = (
        channel.prefixes(member, every=every) + (member.prefix if full else member.shown_nick)
        for member in channel.visible_members(session)
    )
    names = (request.hub.settings.server_name, session.shown_nick, channel.name)
    room = _LINE_ROOM_BYTES - sum(len(name.encode()) for name in names)
    symbol = "@" if "s" in channel.flags else "="
    for line in pack(words, room):
        request.numeric(numerics.RPL_NAMREPLY, symbol, channel.name, text=line)
    request.numeric(numerics.RPL_ENDOFNAMES, channel.name, text="End of /NAMES list")


COMMANDS = (
    Command("TOPIC", handle_topic, arity=1),
    Command("NAMES", handle_names, cost=limits.QUERY),
)
