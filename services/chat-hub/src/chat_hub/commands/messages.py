"""PRIVMSG, NOTICE and TAGMSG: the path that every message takes, so it stays short."""

from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.lines import MAX_LINE_BYTES
from livechat.irc.message import encode_tags
from livechat.irc.names import is_channel

from chat_hub import caps, limits
from chat_hub.commands.table import Command
from chat_hub.outgoing import Line, encode
from chat_hub.replies import RefusedError, Request


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
    if request.param(0) is None:
        command = request.message.command
        raise RefusedError(numerics.ERR_NORECIPIENT, text=f"No recipient given ({command})")
    text = request.param(1)
    if text is None:
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
    if is_channel(target):
        _send_to_channel(request, target, text)
    else:
        _send_to_person(request, target, text)


def _send_to_channel(request: Request, target: str, text: str | None) -> None:
    hub, session = request.hub, request.session
    channel = hub.channel(target)
    if channel is None or not (channel.visible_to(session) or channel.may_speak(session)):
        raise RefusedError(numerics.ERR_NOSUCHCHANNEL, target, text="No such channel")
    if not channel.may_speak(session):
        raise RefusedError(numerics.ERR_CANNOTSENDTOCHAN, channel.name, text="Cannot send to channel")
    line = _line(request, channel.name, text)
    receivers = channel.members
    if text is None:
        receivers = {member: rank for member, rank in receivers.items() if member.has(caps.MESSAGE_TAGS)}
    hub.send_all(receivers, line, skip=session)
    _echo(request, line)


def _send_to_person(request: Request, target: str, text: str | None) -> None:
    hub, session, command = request.hub, request.session, request.message.command
    if hub.is_service(target):
        line = _line(request, hub.files.nick, text)
        _echo(request, line)
        if command == "PRIVMSG" and text is not None:
            hub.files.converse(request, text)
        return
    receiver = hub.find(target)
    if receiver is None or receiver.nick is None:
        raise RefusedError(numerics.ERR_NOSUCHNICK, target, text="No such nick: nobody of that name is here")
    line = _line(request, receiver.nick, text)
    receivers = receiver.siblings
    if session.siblings is not receivers and len(session.siblings) > 1:
        # what one session says its siblings that asked for echoes see as well
        echoed = [sibling for sibling in session.siblings if sibling.has(caps.ECHO_MESSAGE)]
        receivers = [*receivers, *(sibling for sibling in echoed if sibling is not session)]
    if text is None:
        receivers = [one for one in receivers if one.has(caps.MESSAGE_TAGS)]
    hub.send_all(receivers, line)
    _echo(request, line)
    if receiver.away is not None and command == "PRIVMSG":
        request.numeric(numerics.RPL_AWAY, receiver.nick, text=receiver.away)


def _line(request: Request, target: str, text: str | None) -> Line:
    """The message as all get it: one body, one id, one time; refused whole when it is too long for a line."""
    session = request.session
    body = encode(session.prefix, request.message.command, (target,), text)
    if len(body) > MAX_LINE_BYTES:
        raise RefusedError(numerics.ERR_INPUTTOOLONG, text="Message is too long with your name in front")
    client_tags = ""
    if request.message.tags and session.has(caps.MESSAGE_TAGS):
        kept = {k: v for k, v in request.message.tags.items() if k[0] == "+" and len(k) > 1}
        client_tags = encode_tags(kept)
    msgid = request.hub.identities.next_id(request.now)
    return Line(body, msgid=msgid, client_tags=client_tags, account=session.account or "")


def _echo(request: Request, line: Line) -> None:
    if request.session.has(caps.ECHO_MESSAGE):
        request.event(line)


COMMANDS = (
    Command("PRIVMSG", handle_privmsg),
    Command("NOTICE", handle_notice),
    Command("TAGMSG", handle_tagmsg),
)
