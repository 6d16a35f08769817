"""The WebSocket port: bound at the start, opened when its library is loaded, which is after the start."""

import socket
from typing import TYPE_CHECKING

import gevent

from chat_hub.listener import listen
from chat_hub.server import HubServer
from chat_hub.settings import HubSettings

if TYPE_CHECKING:
    from chat_hub.websocket_stream import WebSocketStream


class WebSocketPort:
    """Listens. Raises OSError without the port."""

    def __init__(self, server: HubServer, settings: HubSettings) -> None:
        self._loop = server.loop
        self._origins = frozenset(settings.ws_origins)
        self._door = server.add_door(listen(settings.host, settings.ws_port), self.stream)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._door.address

    def start(self) -> None:
        """Load what is needed, then accept."""
        gevent.spawn(self._load)

    def stream(self, sock: socket.socket) -> "WebSocketStream":
        """The server's end of a WebSocket on an accepted socket."""
        from chat_hub.websocket_stream import WebSocketStream  # noqa: PLC0415  # loaded by now, and not before

        return WebSocketStream(self._loop, sock, self._origins)

    def _load(self) -> None:
        from chat_hub import websocket_stream  # noqa: F401, PLC0415  # so that the first client does not wait

        self._door.open()
