"""One client's socket: bytes in to lines for the hub, bytes out from the outbox. I/O only.

There is no greenlet: the loop calls `_on_readable` and `_on_writable`, and `flush` once per turn when the
outbox has something. What lines mean is the hub's business.
"""

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from livechat.irc.lines import LineBuffer, LineTooLongError
from loguru import logger

from chat_hub import limits
from chat_hub.session import Session
from chat_hub.transport import Transport

if TYPE_CHECKING:
    from chat_hub.server import HubServer

READ_BYTES = 64 * 1024
_READABLE, _WRITABLE = 1, 2  # the events of libev's io watchers


class Connection:
    """A client that is connected, until `destroy`."""

    __slots__ = (
        "_blocked", "_finished", "_lines", "_reader", "_reading", "_running", "_server", "_sock", "_writer",
        "session",
    )  # fmt: skip

    def __init__(self, server: "HubServer", sock: Transport, session: Session) -> None:
        self._server = server
        self._sock = sock
        self.session = session
        self._lines = LineBuffer()
        self._blocked = False  # the kernel took less than we had: the write watcher continues
        self._finished = False  # everything is sent and said: only the peer's end is awaited
        self._reader = server.loop.io(sock.fileno(), _READABLE)
        self._writer: Any = None
        self._reading = True  # False while what waits is as much as we keep: the kernel holds the peer back
        self._running = False
        session.outbox.waker = self.flush
        session.resumer = self.resume
        self._reader.start(self._guarded, self._on_readable)

    def begin(self) -> None:
        """Take what came together with the end of a handshake and so makes nothing readable any more."""
        self._guarded(self._on_readable)

    def resume(self) -> None:
        """Go on with lines that waited for flood control, for a result or for the store."""
        if not self._running:  # else the loop below goes on by itself
            self._guarded(self._run_lines)
            if not self._reading and not self._finished and not self._holds:
                self._reading = True
                self._reader.start(self._guarded, self._on_readable)

    @property
    def _holds(self) -> bool:
        """Whether the next line has to wait for something that is not the client's fault."""
        return self.session.suspended or self._server.hub.store.full

    def _run_lines(self) -> None:
        """Give waiting lines to the hub, as far as flood control lets them through."""
        hub, session, lines = self._server.hub, self.session, self._lines
        store, now = hub.store, self._server.now()
        self._running = True  # after a bug it stays so: the connection is lost
        while lines.has_line and not session.closed:
            if session.suspended or store.full:
                self._hold()
                break
            if session.flood is not None and not hub.may_run(session, now):
                self._wait_for_credit()
                break
            try:
                line = lines.next_line()
            except LineTooLongError:
                hub.handle_long_line(session, now)
            else:
                assert line is not None
                hub.handle_line(session, line, now)
        self._running = False

    def destroy(self) -> None:
        """Give the socket and the watchers back."""
        self._reader.stop()
        self._reader.close()
        if self._writer is not None:
            self._writer.stop()
            self._writer.close()
        self.session.outbox.waker = None
        self.session.resumer = None
        self._server.forget(self)
        self._sock.close()

    def _wait_for_credit(self) -> None:
        """Waiting lines are bounded; what comes on top of the bound is a flood."""
        if self._lines.buffered_bytes > limits.WAITING_INPUT_BYTES:
            self._server.hub.close(self.session, "Excess Flood", self._server.now())
        else:
            self._server.delayed[self] = None

    def _hold(self) -> None:
        """Waiting lines are bounded; at the bound reading pauses, and TCP tells the peer."""
        if self._server.hub.store.full:
            self._server.delayed[self] = None
        if self._reading and self._lines.buffered_bytes > limits.WAITING_INPUT_BYTES:
            self._reading = False
            self._reader.stop()

    def _on_readable(self) -> None:
        try:
            data = self._sock.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(error.strerror or "Connection lost")
            return
        if not data:
            self._lost("Connection closed")
        elif not self.session.closed:
            self._lines.feed(data)
            self._run_lines()

    def _on_writable(self) -> None:
        self._blocked = False
        self.flush()
        if not self._blocked and self._writer is not None:
            self._writer.stop()

    def flush(self) -> None:
        """Send what the outbox has, in one call; called once per turn of the loop."""
        if self._blocked:
            return
        outbox = self.session.outbox
        data = outbox.take()
        try:
            sent = self._sock.send(data) if data else 0
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lost(error.strerror or "Connection lost")
            return
        if sent < len(data):
            outbox.give_back(data[sent:])
            self._wait_for_room()
        elif outbox.front:
            self._wait_for_room()  # the rest goes next turn, so that one client's megabytes delay nobody
        elif self.session.closed:
            if outbox.gated:
                self._server.linger(self)  # what is still to come comes soon, or not at all
            else:
                self._finish()

    def _wait_for_room(self) -> None:
        self._blocked = True
        if self._writer is None:
            self._writer = self._server.loop.io(self._sock.fileno(), _WRITABLE)
        self._writer.start(self._guarded, self._on_writable)
        if self.session.closed:
            self._server.linger(self)

    def _finish(self) -> None:
        """Half-close and wait a moment for the peer's end.

        Closing at once with unread input in the kernel would send a reset, and the client would never read why
        it was disconnected.
        """
        if self._finished:
            return
        self._finished = True
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.destroy()
        else:
            self._server.linger(self)

    def _lost(self, reason: str) -> None:
        self._server.hub.close(self.session, reason, self._server.now())
        self.destroy()

    def _guarded(self, callback: Callable[[], None]) -> None:
        """A bug is logged with its trace and costs one client the connection; others feel nothing."""
        try:
            callback()
        except Exception:  # noqa: BLE001  # whatever it is, the loop and everybody else go on
            logger.exception("a bug: the connection of {} is closed", self.session.shown_nick)
            self._lost("Internal error")
