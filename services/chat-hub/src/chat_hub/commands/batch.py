"""BATCH from clients: messages of several lines (IRCv3 draft/multiline).

`collect` gets every line of a session whose batch is open, before its command is looked up.
"""

from livechat.irc.message import Message

from chat_hub import caps, limits
from chat_hub.commands.messages import handle_notice, handle_privmsg
from chat_hub.commands.table import Command
from chat_hub.multiline import BATCH_TYPE, CONCAT, LongText, OpenBatch, Part
from chat_hub.replies import FailedError, Request

_MESSAGES = {"PRIVMSG": handle_privmsg, "NOTICE": handle_notice}
_HARMLESS = frozenset({"PING", "PONG", "QUIT"})  # what clients send by themselves breaks no batch
_MAX_REFERENCE_CHARS = 64


def handle_batch(request: Request) -> None:
    """BATCH +<reference> draft/multiline <target>, or BATCH -<reference>."""
    reference = request.params[0]
    if reference.startswith("+"):
        _open(request, reference[1:])
    else:
        _close(request, reference.removeprefix("-"))


def collect(request: Request) -> bool:
    """Take a line of the open batch of the session; False for a line that is to run as usual."""
    session, message = request.session, request.message
    batch = session.multiline
    assert batch is not None
    if "batch" not in message.tags:
        if message.command in {"BATCH", *_HARMLESS}:
            return False
        # "Clients MUST NOT send messages other than PRIVMSG while a multiline batch is open"
        _abandon(request, "Another command came in between: the message is left out")
        return False
    session.charge(1)
    if batch.failed:
        return True
    try:
        _take(batch, message)
    except FailedError as failed:
        batch.failed = True
        request.label = batch.label
        request.fail("BATCH", failed)
    return True


def _open(request: Request, reference: str) -> None:
    session = request.session
    if session.multiline is not None:
        _abandon(request, "Another batch was opened: this one is left out")
    kind, target = request.param(1), request.param(2)
    if not reference or len(reference) > _MAX_REFERENCE_CHARS or kind != BATCH_TYPE or target is None:
        raise _invalid(f"Use BATCH +reference {BATCH_TYPE} target")
    session.multiline = OpenBatch(reference, target, request.label, request.message.tags)
    request.label = ""  # the answer comes with the message's end


def _close(request: Request, reference: str) -> None:
    session = request.session
    batch, session.multiline = session.multiline, None
    if batch is None:
        raise _invalid("No such batch is open")
    if batch.failed:
        return
    request.label = batch.label
    if batch.reference != reference or batch.is_blank:
        raise _invalid("This is not the batch that is open" if batch.parts else "The message is empty")
    request.message = Message(batch.command, (batch.target, LongText.of(batch.parts)), tags=batch.tags)
    _MESSAGES[batch.command](request)


def _take(batch: OpenBatch, message: Message) -> None:
    if message.tags["batch"] != batch.reference or "label" in message.tags:
        raise _invalid("This line belongs to no open batch")
    if message.command not in _MESSAGES or (batch.command and batch.command != message.command):
        raise _invalid("A batch holds PRIVMSG lines only")
    if len(message.params) != 2:
        raise _invalid("A line needs a target and a text")
    target, text = message.params
    if target != batch.target:
        raise FailedError("MULTILINE_INVALID_TARGET", batch.target, target, text="Invalid multiline target")
    joined = CONCAT in message.tags
    if joined and (not text or not batch.parts):
        raise _invalid("A line that continues another one cannot be blank or first")
    batch.command = message.command
    batch.add(Part(text, joined))
    if batch.size_bytes > limits.MULTILINE_BYTES:
        most = str(limits.MULTILINE_BYTES)
        raise FailedError("MULTILINE_MAX_BYTES", most, text="Multiline batch max-bytes exceeded")
    if len(batch.parts) > limits.MULTILINE_LINES:
        most = str(limits.MULTILINE_LINES)
        raise FailedError("MULTILINE_MAX_LINES", most, text="Multiline batch max-lines exceeded")


def _abandon(request: Request, text: str) -> None:
    """Give up the open batch and say so under its label, unless that was said already."""
    batch, request.session.multiline = request.session.multiline, None
    if batch is not None and not batch.failed:
        farewell = Request(request.hub, request.session, request.message, request.now, batch.label)
        farewell.fail("BATCH", _invalid(text))
        farewell.finish()


def _invalid(text: str) -> FailedError:
    return FailedError("MULTILINE_INVALID", text=text)


COMMANDS = (Command("BATCH", handle_batch, arity=1, needs=caps.MULTILINE | caps.BATCH),)
