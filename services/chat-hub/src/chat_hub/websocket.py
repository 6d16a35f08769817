"""IRC lines in WebSocket messages (RFC 6455; IRCv3 "WebSocket support"): bytes in, bytes out, no socket.

"each message MUST consist of a single IRC line, except that servers and clients MUST NOT include trailing" line
ends. What comes in is turned into the stream of lines that every other transport has, so that limits, UTF-8 and
order are checked where they always are; what goes out is cut at its lines.

wsproto does the handshake and reads frames. Frames that go out are unmasked and whole, two to four bytes in
front of a line, and are written here: it is the one thing that is done for each line and each client.
"""

from collections.abc import Collection
from typing import Any

from livechat.irc.lines import MAX_CLIENT_TAG_BYTES, MAX_LINE_BYTES
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Message,
    Ping,
    RejectConnection,
    Request,
)
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError

TEXT, BINARY = "text.ircv3.net", "binary.ircv3.net"
ANY_ORIGIN = "*"
# A longer message is kept up to here only, which is enough for it to be answered with 417 like any longer line.
MAX_MESSAGE_BYTES = MAX_CLIENT_TAG_BYTES + MAX_LINE_BYTES + 1

# RFC 6455 section 5.2: FIN and the opcode in the first byte; the length in the second, or 126 and two more.
_FIN_TEXT, _FIN_BINARY = 0x81, 0x82
_SHORT, _TWO_BYTES = 125, 126
_END_OF_REQUEST = b"\r\n\r\n"
_UPGRADE_REQUIRED = 426  # another version of the protocol was asked for
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class NotOpenedError(Exception):
    """The opening handshake failed; what is to be sent says so to the peer."""


class WebSocket:
    """The server's end of one WebSocket connection.

    `ended` is set when the peer has closed it or broken a rule: nothing more comes of what it sends.
    """

    def __init__(self, origins: Collection[str]) -> None:
        self._origins = origins
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._first = _FIN_TEXT
        self._message = b""
        self._unfinished_line = b""
        self._request_end = b""  # the last bytes of a request that is not complete
        self._answer = b""
        self._pong = b""
        self._closing = False  # our closing frame is sent
        self.opened = False
        self.ended = False

    def receive(self, data: bytes) -> bytes:
        """The lines, each with CR LF, that `data` completes. Raises NotOpenedError when it is no WebSocket."""
        if self.ended:
            return b""
        try:
            if self.opened:
                return self._lines(data)
            request, early = self._split_request(data)
            return self._lines(request) + self._early_lines(early)
        except (RemoteProtocolError, UnicodeError) as error:  # wsproto decodes headers without a second thought
            self._answer += self._refusal(error)
            raise NotOpenedError(str(error)) from error

    def take_answer(self) -> bytes:
        """What has to be sent whatever the chat does: the handshake, the newest pong, the closing."""
        answer, self._answer, self._pong = self._pong + self._answer, b"", b""
        return answer

    def frames(self, data: bytes) -> bytes:
        """A stream of lines as messages; a line that is not complete waits for its rest."""
        *lines, rest = (self._unfinished_line + data).split(b"\r\n")
        self._unfinished_line = rest
        first, out = self._first, []
        for line in lines:
            size = len(line)
            if 0 < size <= _SHORT:
                out.append(bytes((first, size)))
            elif size:
                out.append(bytes((first, _TWO_BYTES, size >> 8, size & 255)))
            out.append(line)
        return b"".join(out)

    def close(self) -> bytes:
        """The closing frame, when none was sent yet."""
        return self._closing_frame(CloseReason.NORMAL_CLOSURE)

    def _lines(self, data: bytes) -> bytes:
        self._protocol.receive_data(data)
        return b"".join([self._take(event) for event in self._protocol.events()])

    def _early_lines(self, data: bytes) -> bytes:
        """The lines that came with the request, if that was accepted."""
        return self._lines(data) if data and self.opened else b""

    def _split_request(self, data: bytes) -> tuple[bytes, bytes]:
        """Cut off what follows the request: wsproto would forget it, and a frame with it."""
        known = self._request_end + data
        end = known.find(_END_OF_REQUEST)
        if end < 0:
            self._request_end = known[-len(_END_OF_REQUEST) + 1 :]
            return data, b""
        cut = end + len(_END_OF_REQUEST) - len(self._request_end)
        return data[:cut], data[cut:]

    def _take(self, event: Event) -> bytes:
        """The line that `event` completes, with CR LF; empty when it does not."""
        if isinstance(event, Message):
            return self._take_message(event)
        if isinstance(event, Request):
            self._answer_request(event)
        elif isinstance(event, Ping):
            # RFC 6455, 5.5.3: "MAY elect to send a Pong frame for only the most recently processed Ping",
            # so the pongs that a peer does not read cannot pile up.
            self._pong = b"" if self._closing else self._protocol.send(event.response())
        elif isinstance(event, CloseConnection):
            self._end(event.code)
        return b""

    def _take_message(self, event: Message[Any]) -> bytes:
        if self.ended:
            return b""
        data = event.data.encode() if isinstance(event.data, str) else bytes(event.data)
        self._message = (self._message + data)[:MAX_MESSAGE_BYTES]
        if not event.message_finished:
            return b""
        line, self._message = self._message.rstrip(b"\r\n"), b""
        if b"\n" in line or b"\r" in line:
            # A client that passes on text with line ends would let others' words become its commands.
            self._end(CloseReason.POLICY_VIOLATION)
            return b""
        return line + b"\r\n"

    def _answer_request(self, request: Request) -> None:
        origins = [
            value.decode("latin-1") for name, value in request.extra_headers if name.lower() == b"origin"
        ]
        if not all(self._allows(origin) for origin in origins):
            self._answer += self._protocol.send(RejectConnection(status_code=403))
            raise NotOpenedError(f"origin {origins[0][:100]!r} is not in LIVECHAT_WS_ORIGINS")
        # "The server MUST accept any subprotocol it supports, respecting the client's order of preference."
        agreed = next((name for name in request.subprotocols if name in {TEXT, BINARY}), None)
        self._first = _FIN_BINARY if agreed == BINARY else _FIN_TEXT
        self._answer += self._protocol.send(AcceptConnection(subprotocol=agreed, extensions=[]))
        self.opened = True

    def _allows(self, origin: str) -> bool:
        return ANY_ORIGIN in self._origins or origin.casefold() in self._origins

    def _end(self, code: int) -> None:
        """Take nothing more, and say so with `code`, which may be the peer's own."""
        self._answer += self._closing_frame(code)
        self.ended = True

    def _closing_frame(self, code: int) -> bytes:
        if self._closing or self.ended or not self.opened:
            return b""
        self._closing = True
        return self._protocol.send(CloseConnection(code=code))

    def _refusal(self, error: Exception) -> bytes:
        """The answer to what is no request for a WebSocket, in HTTP."""
        hint = error.event_hint if isinstance(error, RemoteProtocolError) else None
        if isinstance(hint, RejectConnection) and hint.status_code == _UPGRADE_REQUIRED:
            return self._protocol.send(hint)
        return _BAD_REQUEST
