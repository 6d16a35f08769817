"""A small honest IRC client on a real socket, written from RFC 1459 and the IRCv3 pages.

It knows nothing of our own code on purpose: what it understands, any client understands.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

WAIT_S = 15.0
_READ_BYTES = 65536


@dataclass(frozen=True)
class Line:
    """One message: `@tags :source COMMAND params…`; tags are unescaped as far as tests need."""

    command: str
    params: tuple[str, ...] = ()
    source: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def nick(self) -> str:
        """The nick of the source."""
        return self.source.partition("!")[0]

    @property
    def text(self) -> str:
        """The last parameter."""
        return self.params[-1] if self.params else ""


def parse(raw: str) -> Line:
    """One line without its end."""
    tags: dict[str, str] = {}
    source = ""
    rest = raw
    if rest.startswith("@"):
        words, _, rest = rest[1:].partition(" ")
        tags = {name: value for name, _, value in (word.partition("=") for word in words.split(";"))}
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
    head, colon, trailing = rest.partition(" :")
    words_of_head = head.split()
    return Line(words_of_head[0], (*words_of_head[1:], *([trailing] if colon else [])), source, tags)


class IrcClient:
    """One connection; use it as a context manager. Every wait is bounded and fails with what came instead."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=WAIT_S)
        self._buffer = b""
        self.nick = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave, and wait until the server has closed: the nick is free behind the context."""
        try:
            self.send("QUIT :end of the test")
            while True:
                self.read()
        except OSError:
            pass  # closed, by the server or by `break_off`
        finally:
            self._socket.close()

    def break_off(self) -> None:
        """Close the connection without a word."""
        self._socket.close()

    def send(self, line: str) -> None:
        """One line, its end is added."""
        self._socket.sendall(line.encode() + b"\r\n")

    def register(self, nick: str, *capabilities: str) -> None:
        """Log in as `nick`, with `capabilities` where the server has them all."""
        self.nick = nick
        if capabilities:
            self.send("CAP LS 302")
        self.send(f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick} of the tests")
        if capabilities:
            self.send(f"CAP REQ :{' '.join(capabilities)}")
            self.expect("CAP", lambda line: line.params[1] == "ACK")
            self.send("CAP END")
        self.expect("001")
        self.wait_for(lambda line: line.command in {"376", "422"}, "the end of the greeting")

    def join(self, channel: str) -> None:
        """Join and read to the end of its names."""
        self.send(f"JOIN {channel}")
        self.expect("366", lambda line: line.params[1] == channel)

    def say(self, target: str, text: str) -> None:
        """PRIVMSG."""
        self.send(f"PRIVMSG {target} :{text}")

    def sync(self, token: str = "sync") -> list[Line]:
        """All lines up to the answer to a PING: what the server did before, it has sent by then."""
        self.send(f"PING {token}")
        lines: list[Line] = []
        while True:
            line = self.read()
            if line.command == "PONG" and line.text == token:
                return lines
            lines.append(line)

    def expect(self, command: str, matches: Callable[[Line], bool] = lambda _: True) -> Line:
        """The next line with `command` that matches; others are dropped."""
        return self.wait_for(lambda line: line.command == command and matches(line), command)

    def expect_message(self, text: str, *, sender: str = "") -> Line:
        """The next PRIVMSG or NOTICE with exactly this text."""
        return self.wait_for(
            lambda line: (
                line.command in {"PRIVMSG", "NOTICE"} and line.text == text and sender in {"", line.nick}
            ),
            f"{text!r} from {sender or 'anybody'}",
        )

    def wait_for(self, matches: Callable[[Line], bool], what: str, within_s: float = WAIT_S) -> Line:
        """The next line that matches; AssertionError with all that came instead."""
        seen: list[Line] = []
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                line = self.read(max(deadline - time.monotonic(), 0.01))
                if matches(line):
                    return line
                seen.append(line)
        raise AssertionError(f"{self.nick} waited for {what}; there came {seen}")

    def read(self, within_s: float = WAIT_S) -> Line:
        """The next line; answers PINGs of the server by itself. TimeoutError, ConnectionError at the end."""
        deadline = time.monotonic() + within_s
        while True:
            raw = self._read_raw(deadline)
            line = parse(raw.decode())
            if line.command != "PING":
                return line
            self.send(f"PONG :{line.text}")

    def _read_raw(self, deadline: float) -> bytes:
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self._socket.recv(_READ_BYTES)
            if not data:
                raise ConnectionError(f"the server closed the connection of {self.nick}")
            self._buffer += data
        raw, _, self._buffer = self._buffer.partition(b"\n")
        return raw.rstrip(b"\r")


@contextlib.contextmanager
def logged_in(port: int, nick: str, *capabilities: str, host: str = "127.0.0.1") -> Iterator[IrcClient]:
    """A client in #lobby."""
    with IrcClient(host, port) as client:
        client.register(nick, *capabilities)
        client.join("#lobby")
        yield client
