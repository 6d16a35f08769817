"""PRIVMSG, NOTICE and TAGMSG: the path that every message takes, so it stays short."""

from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.lines import MAX_LINE_BYTES
from livechat.irc.message import encode_tags
from livechat.irc.names import CHANNEL_PREFIX, is_channel

from chat_hub import caps, limits, ranks
from chat_hub.channel import Channel
from chat_hub.commands.table import Command
from chat_hub.history import Kind
from chat_hub.multiline import LongLine, LongText, stored_form
from chat_hub.outgoing import Line, encode
from chat_hub.replies import RefusedError, Request

_REACTION = "+draft/react"
_ACTION = ("\x01ACTION ", "\x01ACTION\x01")


def handle_privmsg(request: Request) -> None:
    """PRIVMSG <target>{,<target>} :<text>."""
    text = _text(request)
    request.session.last_spoke = request.now
    for target in _targets(request):
        try:
            _send(request, target, text)
        except RefusedError as refused:
            request.refuse(refused)


def handle_notice(request: Request) -> None:
    """NOTICE <target>{,<target>} :<text>.

    RFC 2812 section 3.3.2: "automatic replies MUST NEVER be sent in response to a NOTICE message. This rule
    applies to servers too - they MUST NOT send any error reply back to the client on receipt of a notice."
    """
    try:
        text = _text(request)
        targets = _targets(request)
    except RefusedError:
        return
    for target in targets:
        try:
            _send(request, target, text)
        except RefusedError:
            continue


def handle_tagmsg(request: Request) -> None:
    """TAGMSG <target>{,<target>}: client-only tags without a text (IRCv3 Message Tags)."""
    if not request.session.has(caps.MESSAGE_TAGS):
        return
    for target in _targets(request):
        try:
            _send(request, target, None)
        except RefusedError as refused:
            request.refuse(refused)


def _text(request: Request) -> str:
    params = request.message.params
    if not params or not params[0]:
        command = request.message.command
        raise RefusedError(numerics.ERR_NORECIPIENT, text=f"No recipient given ({command})")
    text = params[1] if len(params) > 1 else None
    if not text:
        raise RefusedError(numerics.ERR_NOTEXTTOSEND, text="No text to send")
    return text


def _targets(request: Request) -> list[str]:
    """The targets, each once; beyond the bound 407, and the rest gets nothing."""
    given = request.param(0)
    if given is None:
        raise RefusedError(numerics.ERR_NORECIPIENT, text="No recipient given (TAGMSG)")
    if "," not in given:
        return [given]
    targets = list({fold(target): target for target in given.split(",") if target}.values())
    if len(targets) > limits.TARGETS_PER_COMMAND and request.message.command != "NOTICE":
        first_left_out = targets[limits.TARGETS_PER_COMMAND]
        most = limits.TARGETS_PER_COMMAND
        request.numeric(
            numerics.ERR_TOOMANYTARGETS, first_left_out, text=f"A message has at most {most} recipients"
        )
    targets = targets[: limits.TARGETS_PER_COMMAND]
    request.session.charge(max(len(targets) - 1, 0))
    return targets


def _send(request: Request, target: str, text: str | None) -> None:
    if target[:1] == CHANNEL_PREFIX:
        _send_to_channel(request, target, text)
    elif target[:1] in ranks.SIGN_BITS and is_channel(target[1:]):
        _send_to_rank(request, target[0], target[1:], text)
    else:
        _send_to_person(request, target, text)


def _open_channel(request: Request, target: str, text: str | None) -> Channel:
    """The channel `target`, which takes this message from this session; refused otherwise."""
    session, channel = request.session, request.hub.channel(target)
    if channel is None or not (channel.visible_to(session) or channel.may_speak(session)):
        raise RefusedError(numerics.ERR_NOSUCHCHANNEL, target, text="No such channel")
    if not channel.may_speak(session):
        raise RefusedError(numerics.ERR_CANNOTSENDTOCHAN, channel.name, text="Cannot send to channel")
    if text and "C" in channel.flags and _is_ctcp(text):
        raise RefusedError(numerics.ERR_CANNOTSENDTOCHAN, channel.name, text="Cannot send to channel (+C)")
    return channel


def _is_ctcp(text: str) -> bool:
    """Whether a line of `text` is CTCP other than ACTION: clients may get each line as a message of its own."""
    lines = [part.text for part in text.parts] if isinstance(text, LongText) else [text]
    return any(line[:1] == "\x01" and not line.startswith(_ACTION) for line in lines)


def _send_to_rank(request: Request, sign: str, target: str, text: str | None) -> None:
    """STATUSMSG: to the members whose rank is that of `sign` or higher; it is kept in no history."""
    channel, least = _open_channel(request, target, text), ranks.SIGN_BITS[sign]
    line = _line(request, sign + channel.name, text)
    receivers = [member for member, rank in channel.members.items() if rank >= least]
    if text is None:
        receivers = [member for member in receivers if member.has(caps.MESSAGE_TAGS)]
    request.hub.send_all(receivers, line, skip=request.session)
    _echo(request, line)


def _send_to_channel(request: Request, target: str, text: str | None) -> None:
    hub, session = request.hub, request.session
    channel = _open_channel(request, target, text)
    line = _line(request, channel.name, text)
    receivers = channel.members
    if text is None:
        receivers = {member: rank for member, rank in receivers.items() if member.has(caps.MESSAGE_TAGS)}
    hub.send_all(receivers, line, skip=session)
    if _is_kept(line, text) and hub.history.record(channel.folded, line, _kind(text)):
        hub.history.confirm(request, line, channel.name)
    else:
        _echo(request, line)


def _is_kept(line: Line, text: str | None) -> bool:
    """Of messages without a text only reactions are worth keeping; that somebody types is not."""
    return text is not None or _REACTION in line.client_tags


def _kind(text: str | None) -> Kind:
    return Kind.TAGS if text is None else Kind.MESSAGE


def _send_to_person(request: Request, target: str, text: str | None) -> None:
    hub, session = request.hub, request.session
    receiver = hub.find(target)
    if receiver is None:
        _send_to_nobody(request, target, text)
        return
    person, own = receiver.person, session.person
    nick = receiver.shown_nick
    line = _line(request, nick, text)
    receivers = person.sessions
    if len(own.sessions) > 1 and own is not person:
        # what one session says its siblings that asked for echoes see as well
        echoed = [sibling for sibling in own.sessions if sibling.has(caps.ECHO_MESSAGE)]
        receivers = [*receivers, *(sibling for sibling in echoed if sibling is not session)]
    if text is None:
        receivers = [one for one in receivers if one.has(caps.MESSAGE_TAGS)]
    hub.send_all(receivers, line)
    if (
        person.account is not None
        and own.account is not None
        and _is_kept(line, text)
        and hub.history.record_private(own.account, person.account, line, _kind(text), absent=False)
    ):
        hub.history.confirm(request, line, nick)
    else:
        _echo(request, line)
    if person.away is not None and request.message.command == "PRIVMSG":
        request.numeric(numerics.RPL_AWAY, nick, text=person.away)


def _send_to_nobody(request: Request, target: str, text: str | None) -> None:
    """To the hub's own nick, or to an account that is not here; refused otherwise."""
    hub = request.hub
    if hub.is_service(target):
        _echo(request, _line(request, hub.files.nick, text))
        if request.message.command == "PRIVMSG" and text is not None:
            hub.files.converse(request, text)
    elif not _leave_for(request, target, text):
        raise RefusedError(numerics.ERR_NOSUCHNICK, target, text="No such nick: nobody of that name is here")


def _leave_for(request: Request, target: str, text: str | None) -> bool:
    """Keep a message for an account that is not here, from an account; whether it was kept."""
    hub, sender = request.hub, request.session.account
    owner = hub.accounts.owner(target)
    if owner is None or sender is None or text is None or not hub.history.on:
        return False
    line = _line(request, owner.name, text)
    hub.history.record_private(sender, owner.name, line, Kind.MESSAGE, absent=True)
    echoed = (sibling for sibling in request.session.siblings if sibling.has(caps.ECHO_MESSAGE))
    hub.send_all(echoed, line, skip=request.session)
    hub.history.confirm(request, line, owner.name)
    if request.message.command == "PRIVMSG":
        sentence = "is not here now; your message waits for the next login"
        request.numeric(numerics.RPL_AWAY, owner.name, text=sentence)
    return True


def _line(request: Request, target: str, text: str | None) -> Line:
    """The message as all get it: one body, one id, one time; refused whole when it is too long for a line."""
    session, message = request.session, request.message
    person = session.person
    kind: type[Line] = Line
    if type(text) is LongText:
        kind, body = LongLine, _stored(request, target, text)
    else:
        last = "" if text is None else f" :{text}"  # as `encode` writes it; names need no look at each use
        body = _checked(f":{person.prefix} {message.command} {target}{last}\r\n".encode())
    client_tags = ""
    if message.tags and session.has(caps.MESSAGE_TAGS):
        client_tags = encode_tags(request.hub.tag_filter.kept(message.tags))
    if person.bot:
        client_tags = f"bot;{client_tags}" if client_tags else "bot"
    msgid = request.hub.identities.next_id(request.now)
    return kind(body, msgid=msgid, client_tags=client_tags, account=person.account or "")


def _stored(request: Request, target: str, text: LongText) -> bytes:
    """The stored form of a message of several lines, each of which has to fit."""
    prefix, command = request.session.prefix, request.message.command
    bodies = [_checked(encode(prefix, command, (target,), part.text)) for part in text.parts]
    return stored_form(bodies, text.parts)


def _checked(body: bytes) -> bytes:
    if len(body) > MAX_LINE_BYTES:
        raise RefusedError(numerics.ERR_INPUTTOOLONG, text="Message is too long with your name in front")
    return body


def _echo(request: Request, line: Line) -> None:
    if request.session.has(caps.ECHO_MESSAGE):
        request.event(line)


COMMANDS = (
    Command("PRIVMSG", handle_privmsg),
    Command("NOTICE", handle_notice),
    Command("TAGMSG", handle_tagmsg),
)
