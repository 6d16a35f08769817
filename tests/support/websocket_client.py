"""A blocking WebSocket client over wsproto, as a browser would be one."""

import socket
from collections.abc import Sequence

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    TextMessage,
)
from wsproto.events import Request as UpgradeRequest

WAIT_S = 20


class WebSocketClient:
    """One connection; `events` are what came and nobody asked for yet."""

    def __init__(
        self, port: int, *, protocols: Sequence[str] = ("text.ircv3.net",), origin: str | None = None
    ) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.events: list[Event] = []
        headers = [(b"Origin", origin.encode())] if origin else []
        request = UpgradeRequest(
            host="localhost", target="/", subprotocols=list(protocols), extra_headers=headers
        )
        self.sock.sendall(self.protocol.send(request))
        self.answer = self.next_event()

    @property
    def accepted(self) -> AcceptConnection:
        """The server's answer to the request."""
        assert isinstance(self.answer, AcceptConnection), self.answer
        return self.answer

    @property
    def refused(self) -> int:
        """The status with which the request was refused."""
        assert isinstance(self.answer, RejectConnection), self.answer
        return self.answer.status_code

    def send(self, *lines: str) -> None:
        """One message for each line."""
        self.sock.sendall(b"".join(self.protocol.send(TextMessage(data=line)) for line in lines))

    def next_event(self) -> Event:
        """The next thing that the server says, a message as a whole."""
        text = ""
        while True:
            if not self.events:
                data = self.sock.recv(65536)
                self.protocol.receive_data(data or None)
                self.events += self.protocol.events()
                continue
            event = self.events.pop(0)
            if isinstance(event, TextMessage) and not event.message_finished:
                text += event.data
            elif isinstance(event, TextMessage):
                return TextMessage(data=text + event.data)
            else:
                return event

    def until(self, pattern: str) -> str:
        """The next line with `pattern` in it; answers PINGs of WebSocket."""
        while True:
            event = self.next_event()
            if isinstance(event, Ping):
                self.sock.sendall(self.protocol.send(event.response()))
            elif isinstance(event, Message):
                line = event.data if isinstance(event.data, str) else bytes(event.data).decode()
                assert not line.endswith(("\r", "\n"))
                assert isinstance(event, BytesMessage) == (self.accepted.subprotocol == "binary.ircv3.net")
                if pattern in line:
                    return line
            else:
                raise AssertionError(f"{event} instead of {pattern!r}")

    def register(self, nick: str) -> None:
        """Log in and join #lobby."""
        self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "JOIN #lobby")
        self.until(" 366 ")

    def until_closed(self) -> CloseConnection:
        """The server's closing frame, after which nothing comes."""
        while True:
            event = self.next_event()
            if isinstance(event, CloseConnection):
                return event
