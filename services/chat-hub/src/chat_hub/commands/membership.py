"""JOIN, PART, KICK and INVITE: who is in a channel."""

from livechat.irc import numerics
from livechat.irc.names import channel_fault, is_channel

from chat_hub import caps, limits, ranks
from chat_hub.channel import Channel
from chat_hub.commands.channels import channel_or_refuse, operated_channel, send_names, send_topic
from chat_hub.commands.markread import send_marker
from chat_hub.commands.metadata import sync_joined, tell_joined
from chat_hub.commands.table import Command
from chat_hub.outgoing import Line
from chat_hub.replies import NO_MESSAGE, FailedError, RefusedError, Request
from chat_hub.session import Session
from chat_hub.text import clip


def handle_join(request: Request) -> None:
    """JOIN <channel>{,<channel>} [<key>{,<key>}], or JOIN 0 to leave them all."""
    if request.params[0] == "0":
        for channel in list(request.session.channels.values()):
            _part(request, channel, None)
        return
    keys = (request.param(1) or "").split(",")
    names = [name for name in request.params[0].split(",") if name]
    request.session.charge(max(len(names) - 1, 0) * limits.DEAR)
    for index, name in enumerate(names):
        try:
            _join(request, name, keys[index] if index < len(keys) else None)
        except RefusedError as refused:
            request.refuse(refused)
        except FailedError as failed:
            request.fail("JOIN", failed)


def handle_part(request: Request) -> None:
    """PART <channel>{,<channel>} [:<reason>]."""
    for name in filter(None, request.params[0].split(",")):
        try:
            channel = channel_or_refuse(request, name)
            if request.session not in channel.members:
                raise RefusedError(numerics.ERR_NOTONCHANNEL, channel.name, text="You're not on that channel")
            _part(request, channel, request.param(1))
        except RefusedError as refused:
            request.refuse(refused)


def handle_kick(request: Request) -> None:
    """KICK <channel> <nick>{,<nick>} [:<reason>]."""
    channel = operated_channel(request, request.params[0])
    nicks = [nick for nick in request.params[1].split(",") if nick]
    reason = clip(request.param(2) or request.session.shown_nick, limits.REASON_BYTES)
    for nick in nicks[: limits.TARGETS_PER_COMMAND]:
        try:
            _kick(request, channel, nick, reason)
        except RefusedError as refused:
            request.refuse(refused)


def handle_invite(request: Request) -> None:
    """INVITE <nick> <channel>; without parameters the channels that one is invited to."""
    session, hub = request.session, request.hub
    if not request.params:
        _list_invitations(request)
        return
    if request.param(1) is None:
        raise RefusedError(numerics.ERR_NEEDMOREPARAMS, "INVITE", text="Not enough parameters")
    guest = hub.find(request.params[0])
    if guest is None:
        raise RefusedError(numerics.ERR_NOSUCHNICK, request.params[0], text="No such nick")
    channel = channel_or_refuse(request, request.params[1])
    if session not in channel.members:
        raise RefusedError(numerics.ERR_NOTONCHANNEL, channel.name, text="You're not on that channel")
    if "i" in channel.flags and not channel.is_moderator(session):
        raise RefusedError(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text="You're not a channel operator")
    if guest in channel.members:
        raise RefusedError(
            numerics.ERR_USERONCHANNEL, guest.shown_nick, channel.name, text="is already on channel"
        )
    channel.invite(guest, by=session)
    event = hub.event(session, "INVITE", guest.shown_nick, channel.name, now=request.now)
    hub.send_person(guest, event)
    # invite-notify: those who may invite here themselves
    notified = (m for m in channel.members if m.has(caps.INVITE_NOTIFY) and channel.is_moderator(m))
    hub.send_all(notified, event, skip=session)
    request.numeric(numerics.RPL_INVITING, guest.shown_nick, channel.name)


def _list_invitations(request: Request) -> None:
    for channel in request.hub.channels.values():
        if request.session.person in channel.invited:
            request.numeric(numerics.RPL_INVITELIST, channel.name)
    request.numeric(numerics.RPL_ENDOFINVITELIST, text="End of /INVITE list")


def _join(request: Request, name: str, key: str | None) -> None:
    hub, session = request.hub, request.session
    if (fault := channel_fault(name)) is not None:
        numeric = numerics.ERR_BADCHANMASK if is_channel(name) else numerics.ERR_NOSUCHCHANNEL
        raise RefusedError(numeric, name, text=fault)
    channel = hub.channel(name)
    if channel is not None and session in channel.members:
        return
    most = hub.settings.bounds.channels_per_client
    if len(session.channels) >= most:
        raise RefusedError(numerics.ERR_TOOMANYCHANNELS, name, text=f"You can be in {most} channels at once")
    if channel is None and (renamed := hub.renames.leads_to(name, request.now.mono)) is not None:
        channel = _redirected(request, name, renamed)
        if session in channel.members:
            return
    if channel is None:
        channel = _open(request, name)
    elif (refusal := channel.join_fault(session, key)) is not None:
        raise RefusedError(refusal[0], channel.name, text=refusal[1])
    channel.add(session)
    _announce_join(request, channel)
    tell_joined(request, channel)
    send_channel(request, channel)
    for sibling in session.siblings:
        if sibling is not session:
            shown = Request(hub, sibling, NO_MESSAGE, request.now)
            send_channel(shown, channel)
            shown.finish()


def _redirected(request: Request, name: str, channel: Channel) -> Channel:
    """Show the way from an old name (draft/channel-rename): FAIL to those who know it, 470 leads others."""
    if not channel.visible_to(request.session):
        raise RefusedError(numerics.ERR_NOSUCHCHANNEL, name, text="This name leads to a channel that is closed")
    text = "The channel has been renamed"
    if request.session.has(caps.CHANNEL_RENAME):
        raise FailedError("CHANNEL_RENAMED", name, channel.name, text=text)
    request.numeric(numerics.ERR_LINKCHANNEL, name, channel.name, text=text)
    return channel


def send_channel(request: Request, channel: Channel) -> None:
    """What follows the JOIN of the session itself: the topic, if there is one, and the names."""
    if channel.topic is not None:
        send_topic(request, channel)
    send_marker(request, channel)
    # no-implicit-names: "servers MUST NOT send an implicit NAMES reply after sending a JOIN message"
    if not request.session.has(caps.NO_IMPLICIT_NAMES):
        send_names(request, channel)
    sync_joined(request, channel)


def send_own_joins(request: Request) -> None:
    """Show a session that became one more of its person the channels it is in now: JOIN, topic, names."""
    for channel in request.session.channels.values():
        request.event(join_line(request, channel))
        send_channel(request, channel)


def _open(request: Request, name: str) -> Channel:
    channels = request.hub.channels
    if len(channels) >= request.hub.settings.bounds.channels:
        raise RefusedError(numerics.ERR_NOSUCHCHANNEL, name, text="There are too many channels for another one")
    channel = Channel(name, request.now)
    channels[channel.folded] = channel
    return channel


def join_line(request: Request, channel: Channel) -> Line:
    """The JOIN of the session itself, as its capabilities want it."""
    session = request.session
    plain = request.hub.event(session, "JOIN", channel.name, now=request.now)
    return _extended(session, channel, plain) if session.has(caps.EXTENDED_JOIN) else plain


def _extended(session: Session, channel: Channel, plain: Line) -> Line:
    """extended-join: `JOIN <channel> <account> :<realname>`, with `*` for no account."""
    return plain.with_body(session.prefix, "JOIN", (channel.name, session.account or "*"), session.realname)


def _announce_join(request: Request, channel: Channel) -> None:
    hub, session, now = request.hub, request.session, request.now
    plain = hub.event(session, "JOIN", channel.name, now=now)
    extended = _extended(session, channel, plain)
    hub.history.event(channel, extended)
    for bits, line in ((0, plain), (caps.EXTENDED_JOIN, extended)):
        hub.send_all([m for m in channel.members if m.caps & caps.EXTENDED_JOIN == bits], line, skip=session)
    if session.away is not None:  # away-notify: sent as well when somebody joins who is away
        away = hub.event(session, "AWAY", text=session.away, now=now)
        hub.send_all((m for m in channel.members if m.has(caps.AWAY_NOTIFY)), away, skip=session)
    request.event(extended if session.has(caps.EXTENDED_JOIN) else plain)


def _part(request: Request, channel: Channel, reason: str | None) -> None:
    hub, session = request.hub, request.session
    # A last word is a word: who may not speak leaves without one.
    text = clip(reason, limits.REASON_BYTES) if reason and not channel.is_silenced(session) else None
    event = hub.event(session, "PART", channel.name, text=text, now=request.now)
    hub.history.event(channel, event)
    hub.send_all(channel.members, event, skip=session)
    hub.leave(channel, session)
    request.event(event)


def _kick(request: Request, channel: Channel, nick: str, reason: str) -> None:
    hub, session = request.hub, request.session
    target: Session | None = hub.find(nick)
    if target is None:
        raise RefusedError(numerics.ERR_NOSUCHNICK, nick, text="No such nick")
    if target not in channel.members:
        raise RefusedError(
            numerics.ERR_USERNOTINCHANNEL, target.shown_nick, channel.name, text="They aren't on that channel"
        )
    if not ranks.may_act_on(channel.rank(session), channel.members[target]):
        text = f"{target.nick} has a higher rank than you"
        raise RefusedError(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    hub.audit.note(session, "KICK", f"{channel.name} {target.nick}", reason, request.now)
    event = hub.event(session, "KICK", channel.name, target.shown_nick, text=reason, now=request.now)
    hub.history.event(channel, event)
    hub.send_all(channel.members, event, skip=session)
    hub.leave(channel, target)
    request.event(event)


COMMANDS = (
    Command("JOIN", handle_join, arity=1, cost=limits.DEAR),
    Command("PART", handle_part, arity=1),
    Command("KICK", handle_kick, arity=2),
    Command("INVITE", handle_invite, cost=limits.DEAR),
)
