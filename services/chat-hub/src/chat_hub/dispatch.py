"""The one dispatcher: from a line to its handler over the command table, and from refusals to replies.

Checked here and nowhere else: the grammar, the label, whether the command is known (421), whether it may run
before registration (451), the number of parameters (461), the operator's right (481), its cost for flood
control. A handler that refuses raises RefusedError or FailedError.
"""

from typing import TYPE_CHECKING

from livechat.errors import RemoteProtocolError
from livechat.irc import numerics
from livechat.irc.message import InvalidUtf8Error, Message, parse

from chat_hub import caps, limits
from chat_hub.clock import Now
from chat_hub.commands import COMMANDS
from chat_hub.commands.batch import collect
from chat_hub.replies import NO_MESSAGE, FailedError, RefusedError, Request
from chat_hub.session import Session

if TYPE_CHECKING:
    from chat_hub.hub import Hub

_LABEL = "label"
_HTTP_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
_LABEL_NEEDS = caps.LABELED_RESPONSE | caps.BATCH


def dispatch(hub: "Hub", session: Session, line: bytes, now: Now) -> None:
    """Run one line of `session` and queue its answer."""
    try:
        message = parse(line)
    except InvalidUtf8Error:
        # UTF8ONLY: "Servers publishing this token MUST NOT relay content … containing non-UTF-8 data"
        utf8_only = "Message rejected: this server takes UTF-8 only"
        _refuse_line(hub, session, now, FailedError("INVALID_UTF8", text=utf8_only))
        return
    except RemoteProtocolError as error:
        _refuse_line(hub, session, now, FailedError("MALFORMED_LINE", text=str(error)))
        return
    request = Request(hub, session, message, now, _label(session, message) if message.tags else "")
    try:
        _run(request)
    except RefusedError as refused:
        request.refuse(refused)
    except FailedError as failed:
        request.fail(message.command, failed)
    request.finish()


def dispatch_long_line(hub: "Hub", session: Session, now: Now) -> None:
    """Answer a line that went over the limits (417)."""
    session.charge(1)
    request = Request(hub, session, NO_MESSAGE, now)
    request.numeric(numerics.ERR_INPUTTOOLONG, text="Input line was too long")
    request.finish()


def _run(request: Request) -> None:
    message, session = request.message, request.session
    if session.multiline is not None and collect(request):
        return
    command = COMMANDS.get(message.command)
    if command is None or not session.has(command.needs):
        session.charge(1)
        if message.command in _HTTP_METHODS and not session.registered:
            # before its body can be taken for commands: else any web page could make its visitor speak to a hub
            # in the visitor's network
            request.hub.close(session, "This is a chat server: it speaks IRC, not HTTP", request.now)
            return
        raise RefusedError(numerics.ERR_UNKNOWNCOMMAND, message.command, text="Unknown command")
    session.charge(command.cost)
    if not session.registered and not command.before_registration:
        raise RefusedError(numerics.ERR_NOTREGISTERED, text="You have not registered")
    if command.operator and not session.operator:
        raise RefusedError(
            numerics.ERR_NOPRIVILEGES, text="Permission denied: you are not an operator of this server"
        )
    if len(message.params) < command.arity or (command.arity and not message.params[0]):
        raise RefusedError(numerics.ERR_NEEDMOREPARAMS, message.command, text="Not enough parameters")
    command.handler(request)


def _label(session: Session, message: Message) -> str:
    """The label of the command: only where it was negotiated, only within its 64 bytes."""
    if not session.has(_LABEL_NEEDS):
        return ""
    label = message.tags.get(_LABEL, "")
    return label if len(label.encode()) <= limits.LABEL_BYTES else ""


def _refuse_line(hub: "Hub", session: Session, now: Now, failed: FailedError) -> None:
    """A line from which no command can be read: whoever sent it is told, and the log."""
    session.charge(1)
    hub.report(f"{session.shown_nick} ({session.address}) sent a line that was left out: {failed.code}")
    request = Request(hub, session, NO_MESSAGE, now)
    request.fail("*", failed)
    request.finish()
