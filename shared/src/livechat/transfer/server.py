"""The file service's side of the transfer protocol: datagrams in, datagrams out.

`ServerEndpoint` answers each datagram by itself and keeps nothing that it could not lose
(docs/protocol/transfer.md, section 6): no timers, no transfers. Files are read through `Store`; sockets, clocks
and folders live elsewhere.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from livechat.transfer.events import Address


class FileGone(Exception):  # noqa: N818 (an answer that the store gives, not a fault)
    """The file, or this version of it, is not there any more."""


class Store(Protocol):
    """Where the endpoint gets bytes. Both methods raise FileGone, also when the file on disk no longer is the
    version
    that the catalogue describes (size or modification time differ), and may block for one disk read.
    """

    def manifest(self, file_id: bytes, version: bytes) -> bytes:
        """The encoded manifest of this version."""

    def read(self, file_id: bytes, version: bytes, offset: int, length: int) -> bytes:
        """Exactly the `length` bytes at `offset`, fewer only at the end of the file; `length` is at most 64
        KiB.
        """


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bounds of what one endpoint keeps and gives."""


@dataclass(frozen=True, slots=True)
class ServerStats:
    """Counters since the endpoint was made."""


class ServerEndpoint:
    """Answers the datagrams that arrive at one UDP socket."""

    def __init__(
        self,
        *,
        master_key: bytes,
        store: Store,
        random_bytes: Callable[[int], bytes],
        limits: ServerLimits = ServerLimits(),
    ) -> None:
        """Draw the epoch; make the endpoint after the last fork, for each process must have its own."""
        raise NotImplementedError

    def receive_datagram(self, data: bytes, addr: Address, now: float) -> list[bytes]:
        """Datagrams to send to `addr`, in order; `now` is Unix seconds. Never raises on what a peer sends."""
        raise NotImplementedError

    def revoke(self, ticket_id: bytes) -> None:
        """Answer nothing more under this ticket."""
        raise NotImplementedError

    def stats(self) -> ServerStats:
        """The counters as they are now."""
        raise NotImplementedError
