"""What a connection needs of the thing below it: no more than the few calls of a socket that it makes.

Plain TCP is the non-blocking socket itself, with nothing in between. `tls` and `websocket_stream` have streams
of the same shape, which have to be opened first: `opening` drives that, and a session begins when it is done.
"""

import enum
from typing import Protocol


class Step(enum.Enum):
    """What an opening stream waits for."""

    READ = enum.auto()
    WRITE = enum.auto()
    DONE = enum.auto()


class Transport(Protocol):
    """A stream of IRC lines, as `connection` uses it."""

    def fileno(self) -> int:
        """The descriptor to watch."""

    def recv(self, size: int, /) -> bytes:
        """What has come; empty at the end. Raises BlockingIOError when nothing has, OSError when it is lost."""

    def send(self, data: bytes, /) -> int:
        """How many bytes were accepted. Raises BlockingIOError when none were, OSError when it is lost.

        After that `send` is called again when the descriptor is writable, with what was not accepted in front,
        unless that was given up for a farewell.
        """

    def shutdown(self, how: int, /) -> None:
        """Say that nothing more will be sent. Raises OSError when it is lost."""

    def close(self) -> None:
        """Let go of the descriptor."""


class OpeningTransport(Transport, Protocol):
    """A transport that begins with a handshake."""

    @property
    def certfp(self) -> str | None:
        """SHA-256 of the client's certificate in lower-case hex, None without one."""

    @property
    def secure(self) -> bool:
        """Whether it is encrypted."""

    def open(self) -> Step:
        """Go on with the handshake as far as it goes without waiting. Raises OSError when it failed."""
