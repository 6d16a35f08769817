"""WebSocket over a non-blocking transport: reads and writes for `websocket`, which does the thinking."""

import errno
import socket
from collections.abc import Collection
from typing import Any

from chat_hub.transport import Step, Transport
from chat_hub.websocket import NotOpenedError, WebSocket

READ_BYTES = 64 * 1024
_WRITABLE = 2  # the event of libev's io watchers


class WebSocketStream:
    """The server's end of one WebSocket connection; `transport.OpeningTransport` over `inner`.

    Frames cannot be given back to an outbox, which holds lines: what `inner` did not take waits here, and
    nothing more is accepted until it is gone, so it is one piece of output at most.
    """

    __slots__ = ("_early", "_inner", "_loop", "_protocol", "_shut", "_unsent", "_writer", "certfp", "secure")

    def __init__(self, loop: Any, inner: Transport, origins: Collection[str]) -> None:
        self._loop = loop
        self._inner = inner
        self._protocol = WebSocket(origins)
        self._early = b""  # lines that came together with the request
        self._unsent = b""
        self._writer: Any = None
        self._shut = False  # everything is said: half-close as soon as it is sent
        self.certfp: str | None = None  # encryption is a proxy's, which keeps what it knows
        self.secure = False

    def fileno(self) -> int:
        """The descriptor of what is below."""
        return self._inner.fileno()

    def open(self) -> Step:
        """Take the request, as far as it has come, and answer it. Raises OSError."""
        try:
            data = self._inner.recv(READ_BYTES)
        except BlockingIOError:
            return Step.READ
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, "closed before the request was complete")
        try:
            self._early = self._protocol.receive(data)
        except NotOpenedError as error:
            self._send_answer()
            raise ConnectionAbortedError(errno.EPROTO, str(error)) from error
        self._send_answer()
        return Step.DONE if self._protocol.opened else Step.READ

    def recv(self, _size: int, /) -> bytes:
        """The lines that have come; empty when the peer has closed."""
        lines, self._early = self._early, b""
        if not lines and not self._protocol.ended:
            data = self._inner.recv(READ_BYTES)
            if not data:
                return b""
            lines = self._protocol.receive(data)
            self._send_answer()
        if self._protocol.ended:
            if lines:
                self._inner.shutdown(socket.SHUT_RD)  # makes the descriptor readable, so that the end is seen
            return lines
        if not lines:
            raise BlockingIOError
        return lines

    def send(self, data: bytes, /) -> int:
        """Frame and send all lines of `data`, or nothing while the piece before it is not sent."""
        self._push()
        if self._unsent:
            raise BlockingIOError
        self._unsent = self._protocol.frames(data)
        self._push()
        return len(data)

    def shutdown(self, how: int, /) -> None:
        """Send the closing frame behind what waits, then half-close."""
        self._unsent += self._protocol.close()
        self._shut = how == socket.SHUT_WR
        self._push()

    def close(self) -> None:
        """Close what is below."""
        self._unsent = b""
        self._watch_writing()
        if self._writer is not None:
            self._writer.close()
        self._inner.close()

    def _send_answer(self) -> None:
        """Send what the protocol owes, behind what waits; a peer that does not read gets its pong later."""
        if not self._unsent:
            self._unsent = self._protocol.take_answer()
            self._push()

    def _push(self) -> None:
        """Send what waits, as far as it goes. Raises OSError."""
        if self._unsent:
            try:
                self._unsent = self._unsent[self._inner.send(self._unsent) :]
            except BlockingIOError:
                pass
        if not self._unsent and self._shut:
            self._shut = False
            self._inner.shutdown(socket.SHUT_WR)
        self._watch_writing()

    def _watch_writing(self) -> None:
        if self._unsent and self._writer is None:
            self._writer = self._loop.io(self.fileno(), _WRITABLE)
        if self._writer is not None:
            if self._unsent:
                self._writer.start(self._on_writable)
            else:
                self._writer.stop()

    def _on_writable(self) -> None:
        try:
            self._push()
            self._send_answer()
        except OSError:
            self._unsent = b""  # lost: the reader is told the same
            self._watch_writing()
