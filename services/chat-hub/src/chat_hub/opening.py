"""A connection whose handshake (TLS, WebSocket) is not complete: a descriptor, its watchers and a deadline.

There is no session yet, so the chat knows nothing of it; it counts as a connection of its address all the same.
Handshakes are dear (a signature each): only some are gone on with in one turn of the loop, the others wait in
the kernel for the next, so that a crowd of them slows nobody's chat.
"""

from typing import TYPE_CHECKING, Any

from loguru import logger

from chat_hub.transport import OpeningTransport, Step

if TYPE_CHECKING:
    from chat_hub.server import HubServer

_READABLE, _WRITABLE = 1, 2  # the events of libev's io watchers


class Opening:
    """One handshake, until `destroy` or until it is done and the transport is handed on."""

    __slots__ = ("_reader", "_server", "_transport", "_writer", "addresses", "deadline_s")

    def __init__(
        self,
        server: "HubServer",
        transport: OpeningTransport,
        addresses: tuple[str, str],
        deadline_s: float,
    ) -> None:
        self._server = server
        self._transport = transport
        self.addresses = addresses  # the peer's, and the one that it reached
        self.deadline_s = deadline_s
        self._reader = server.loop.io(transport.fileno(), _READABLE)
        self._writer: Any = None
        self._reader.start(self._go_on)

    def destroy(self) -> None:
        """Give the socket and the watchers back."""
        self._stop_watching()
        self._transport.close()
        self._server.forget_opening(self)

    def _go_on(self) -> None:
        if not self._server.may_open():
            return  # still readable in the next turn
        try:
            step = self._transport.open()
        except OSError as error:
            logger.debug("{} did not get through the handshake: {}", self.addresses[0], error)
            self.destroy()
            return
        if step is Step.DONE:
            self._stop_watching()
            self._server.opened(self, self._transport)
        else:
            self._watch_writing(on=step is Step.WRITE)

    def _watch_writing(self, *, on: bool) -> None:
        if on:
            if self._writer is None:
                self._writer = self._server.loop.io(self._transport.fileno(), _WRITABLE)
            self._writer.start(self._go_on)
        elif self._writer is not None:
            self._writer.stop()

    def _stop_watching(self) -> None:
        for watcher in (self._reader, self._writer):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._writer = None
