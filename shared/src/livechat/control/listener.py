"""What the hub hears from a file service: the interface between the control link and the hub's core.

Only types live here, so that the link and the core need not know each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from livechat.catalogue import FileEntry
from livechat.errors import RemoteProtocolError
from livechat.settings import MAX_PORT

MAX_ADDRESSES = 16
MAX_ADDRESS_CHARACTERS = 261  # a name of 253, brackets or a colon, a port


@dataclass(frozen=True, slots=True)
class FileServiceInfo:
    """Where a file service can be reached; unfit fields raise RemoteProtocolError.

    `port` is its UDP port. `advertise` are the addresses that its settings offer (HOST, HOST:PORT or
    [IPV6]:PORT), `addresses` the ones of its own network interfaces; a HOST alone stands for HOST with `port`.
    """

    port: int
    advertise: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.port <= MAX_PORT:
            raise RemoteProtocolError("A file service's port is out of range.")
        if len(self.candidates) > MAX_ADDRESSES:
            raise RemoteProtocolError(f"A file service offers at most {MAX_ADDRESSES} addresses.")
        if not all(map(is_address, self.candidates)):
            raise RemoteProtocolError("A file service's address is malformed.")

    @property
    def candidates(self) -> tuple[str, ...]:
        """The addresses to offer to clients after the host that they dialled, in order of preference."""
        return tuple(dict.fromkeys(self.advertise + self.addresses))


def is_address(text: str) -> bool:
    """Whether `text` can stand in a list of candidates: short, printable ASCII without comma or space."""
    return 0 < len(text) <= MAX_ADDRESS_CHARACTERS and all("!" <= c <= "~" and c != "," for c in text)


class FilesListener(Protocol):
    """Implemented by the hub's core; called by the control link, always from the hub's loop.

    Order: `files_connected`, `files_snapshot`, then changes, and `files_disconnected` at the end of every
    connection that had been announced. No method may block or raise.
    """

    def files_connected(self, service: FileServiceInfo) -> None:
        """Note that a file service is there and authentic; its snapshot follows."""

    def files_snapshot(self, entries: Sequence[FileEntry]) -> None:
        """Take all files that there are now (at most MAX_FILES), in place of all that were known."""

    def file_changed(self, entry: FileEntry) -> None:
        """Take a file that is new or has a new version."""

    def file_removed(self, file_id: bytes) -> None:
        """Forget a file that can no longer be fetched; it may be unknown."""

    def files_disconnected(self, reason: str) -> None:
        """Note that the file service cannot be reached; `reason` is a sentence for the log."""
