"""What a command answers: collected while its handler runs, written out in one place afterwards.

Handlers never touch an outbox of their own session. So how an answer is labelled (IRCv3 labeled-response: one
line carries the label, several become a batch, none an ACK), timed and tagged is decided in `Request.finish`
alone, and everything that a command causes at others is queued to them before its own answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livechat.errors import LiveChatError
from livechat.irc import numerics
from livechat.irc.message import Message, escape_value

from chat_hub import caps, limits
from chat_hub.clock import Now, server_time
from chat_hub.outbox import Gate
from chat_hub.outgoing import Line, encode
from chat_hub.session import Session
from chat_hub.text import clip

if TYPE_CHECKING:
    from chat_hub.hub import Hub

NO_MESSAGE = Message("PING")


class RefusedError(LiveChatError):
    """A command is refused with a numeric: `params` stand between the nick and the sentence `text`."""

    def __init__(self, numeric: str, *params: str, text: str) -> None:
        super().__init__(text)
        self.numeric = numeric
        self.params = params
        self.text = text


class FailedError(LiveChatError):
    """A command is refused with a standard reply: `FAIL <command> <code> [<context>…] :<text>`."""

    def __init__(self, code: str, *context: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.context = context
        self.text = text


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines that belong together (IRCv3 batch), of the type and parameters in `start`."""

    reference: str
    start: bytes
    lines: Sequence[Line]
    end: bytes


class Deferred:
    """A part of an answer that is still to come: `request` takes its lines, `done` ends the waiting, once.

    Until then the session's output waits at this answer's place; its commands go on. `done` may come before the
    handler returns, and after the session has ended.
    """

    __slots__ = ("_open", "request")

    def __init__(self, request: "Request") -> None:
        self.request = request
        self._open = True

    def done(self) -> None:
        """Nothing more comes; when it was the last part, the answer is queued."""
        if self._open:
            self._open = False
            self.request.part_done()


class Request:
    """One command of one session, and the lines that will answer it."""

    __slots__ = (
        "_gate",
        "_lines",
        "_parts",
        "_shape",
        "afterwards",
        "hub",
        "label",
        "message",
        "now",
        "session",
    )

    def __init__(self, hub: "Hub", session: Session, message: Message, now: Now, label: str = "") -> None:
        self.hub = hub
        self.session = session
        self.message = message
        self.now = now
        self.label = label
        # What takes effect only when the answer is queued, such as a change of capabilities.
        self.afterwards: Callable[[], None] | None = None
        self._lines: list[Line | Batch | list[Line]] = []
        self._parts = 0  # of the answer that are still to come
        self._gate: Gate | None = None  # where the answer goes when it was not complete in time
        self._shape = session.shape  # the answer is written as was negotiated when the command came

    @property
    def params(self) -> tuple[str, ...]:
        """The parameters of the command."""
        return self.message.params

    def param(self, index: int) -> str | None:
        """The parameter at `index`, None when it is missing or empty."""
        params = self.message.params
        return params[index] or None if index < len(params) else None

    def numeric(self, code: str, *params: str, text: str | None = None) -> None:
        """Answer with a numeric; the nick of the session goes in front of `params`, which are kept short."""
        shown = [clip(param, limits.ECHOED_BYTES) for param in params]
        self.from_server(code, self.session.shown_nick, *shown, text=text)

    def from_server(self, command: str, *params: str, text: str | None = None) -> None:
        """Answer with a line whose source is the server."""
        self.add(encode(self.hub.settings.server_name, command, params, text))

    def add(self, body: bytes) -> None:
        """Answer with a line that is written already (without tags)."""
        self._lines.append(self.plain(body))

    def batch(self, kind: str, params: Sequence[str], lines: Sequence[Line]) -> None:
        """Answer with a batch; those without the capability get its lines only."""
        if not self.session.has(caps.BATCH):
            self._lines.extend(lines)
            return
        server, reference = self.hub.settings.server_name, self.hub.identities.next_batch()
        start = encode(server, "BATCH", (f"+{reference}", kind, *params))
        self._lines.append(Batch(reference, start, lines, encode(server, "BATCH", (f"-{reference}",))))

    def place(self) -> list[Line]:
        """A place in the answer for lines that come later, before those that are added from now on."""
        lines: list[Line] = []
        self._lines.append(lines)
        return lines

    def event(self, line: Line) -> None:
        """The session's own copy of what it caused (a join, a change of nick, an echo)."""
        self._lines.append(line)

    def refuse(self, refused: RefusedError) -> None:
        """Answer with what `refused` says; the rest of the command goes on."""
        self.numeric(refused.numeric, *refused.params, text=refused.text)

    def fail(self, command: str, failed: FailedError) -> None:
        """Answer with FAIL, or with NOTICE to those who did not negotiate standard-replies."""
        if self.session.has(caps.STANDARD_REPLIES):
            context = [clip(word, limits.ECHOED_BYTES) for word in failed.context]
            self.from_server("FAIL", command, failed.code, *context, text=failed.text)
        else:
            self.from_server("NOTICE", self.session.shown_nick, text=f"{command}: {failed.text}")

    def logged_in(self, account: str) -> None:
        """Tell the session that it is logged in to `account` now (900)."""
        text = f"You are now logged in as {account}"
        self.numeric(numerics.RPL_LOGGEDIN, self.session.prefix, account, text=text)

    def later(self) -> Deferred:
        """Let the answer wait until the Deferred that is returned is `done`; may be called several times."""
        self._parts += 1
        return Deferred(self)

    def part_done(self) -> None:
        """Called by a Deferred: the last one queues the answer at the place that was kept for it."""
        self._parts -= 1
        if not self._parts and self._gate is not None:
            self._gate.release(self._answer())
            if self.afterwards is not None and not self.session.closed:
                self.afterwards()

    def finish(self) -> None:
        """Queue the answer, or keep its place. After the session was closed there is nobody to answer."""
        if self.session.closed:
            return
        if self._parts:
            self._gate = self.session.outbox.gate()
            return
        if self._lines or self.label:
            put = self.session.outbox.put
            for data in self._answer():
                put(data)
        if self.afterwards is not None:
            self.afterwards()

    def _answer(self) -> list[bytes]:
        """The lines as they go out: with the label, in a batch or as an ACK where the command had one."""
        lines = [line for item in self._lines for line in (item if isinstance(item, list) else (item,))]
        if not self.label:
            return [data for line in lines for data in self._written(line, "")]
        server = self.hub.settings.server_name
        label = f"label={escape_value(self.label)}"
        if len(lines) == 1:
            return self._written(lines[0], label)
        if not lines:
            return self._written(self.plain(encode(server, "ACK")), label)
        reference = self.hub.identities.next_batch()
        start = encode(server, "BATCH", (f"+{reference}", "labeled-response"))
        end = encode(server, "BATCH", (f"-{reference}",))
        inside = f"batch={reference}"
        return [
            *self._written(self.plain(start), label),
            *(data for line in lines for data in self._written(line, inside)),
            *self._written(self.plain(end), ""),
        ]

    def _written(self, item: Line | Batch, tag: str) -> list[bytes]:
        """`item` with `tag` in front of its first line; what is in a batch has the batch's own."""
        shape = self._shape
        if isinstance(item, Line):
            return [item.tagged(shape, tag) if tag else item.for_shape(shape)]
        inside = f"batch={item.reference}"
        return [
            self.plain(item.start).tagged(shape, tag),
            *(line.tagged(shape, inside) for line in item.lines),
            self.plain(item.end).for_shape(shape),
        ]

    def plain(self, body: bytes) -> Line:
        """A line that is written already, with the time of this request."""
        return Line(body, time=server_time(self.now.unix))
