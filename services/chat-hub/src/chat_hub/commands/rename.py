"""RENAME: a channel gets another name and keeps everything else (IRCv3 draft/channel-rename)."""

from livechat.irc import numerics
from livechat.irc.names import channel_fault

from chat_hub import caps, limits, ranks
from chat_hub.channel import Channel
from chat_hub.commands.channels import operated_channel
from chat_hub.commands.membership import join_line, send_channel
from chat_hub.commands.table import Command
from chat_hub.outgoing import Line, encode
from chat_hub.replies import NO_MESSAGE, FailedError, RefusedError, Request
from chat_hub.text import clip


def handle_rename(request: Request) -> None:
    """RENAME <channel> <new name> [:<reason>]."""
    channel, name = operated_channel(request, request.params[0]), request.params[1]
    if channel.rank(request.session) < ranks.OP:
        text = "You have to be a channel operator to rename it"
        raise RefusedError(numerics.ERR_CHANOPRIVSNEEDED, channel.name, text=text)
    hub, old = request.hub, channel.name
    if name == old:
        return
    _check(request, channel, name)
    reason = clip(request.param(2) or "", limits.REASON_BYTES)
    before = channel.folded
    event = hub.event(request.session, "RENAME", old, name, text=reason, now=request.now)
    hub.renames.rename(channel, name, request.now.mono)
    hub.history.renamed(before, channel)
    hub.audit.note(request.session, "RENAME", old, f"{name} {reason}".rstrip(), request.now)
    only_case = before == channel.folded
    for member in list(channel.members):
        if member is not request.session:
            answer = Request(hub, member, NO_MESSAGE, request.now)
            _tell(answer, channel, old, event, reason, only_case=only_case)
            answer.finish()
    if request.session in channel.members:
        _tell(request, channel, old, event, reason, only_case=only_case)
    else:
        request.event(event)


def _check(request: Request, channel: Channel, name: str) -> None:
    """Refuse a name that cannot be, is taken, or comes too soon after the last one."""
    if channel.permanent:
        raise _refused(channel, name, "This channel belongs to the server")
    if (fault := channel_fault(name)) is not None:
        raise _refused(channel, name, fault)
    holder = request.hub.channel(name)
    if holder is not None and holder is not channel:
        text = "The channel name is already taken"
        raise FailedError("CHANNEL_NAME_IN_USE", channel.name, name, text=text)
    since_s = channel.renamed_at_s
    too_soon = since_s is not None and request.now.mono - since_s < limits.RENAME_PAUSE_S
    if too_soon and not request.session.operator:
        raise _refused(channel, name, "This channel has been renamed recently")


def _refused(channel: Channel, name: str, text: str) -> FailedError:
    return FailedError("CANNOT_RENAME", channel.name, name, text=text)


def _tell(answer: Request, channel: Channel, old: str, event: Line, reason: str, *, only_case: bool) -> None:
    """RENAME to those who know it, to others PART and JOIN with what follows it.

    "This fallback SHOULD NOT be used if the rename only changes the case of the channel name".
    """
    session = answer.session
    if session.has(caps.CHANNEL_RENAME):
        answer.event(event)
    elif not only_case:
        answer.event(Line(encode(session.prefix, "PART", (old,), reason or None), msgid=event.msgid))
        answer.event(join_line(answer, channel))
        send_channel(answer, channel)


COMMANDS = (Command("RENAME", handle_rename, arity=2, cost=limits.DEAR),)
