"""The files that can be fetched at this moment, and who wants to hear when that changes.

Plain state in the service's loop: the share puts in and takes out, the store and the control channel read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from livechat.catalogue import FileEntry

from file_udp.status import Status


@dataclass(frozen=True, slots=True)
class Offer:
    """One file: its entry, its status when it was hashed, and its encoded manifest.

    A manifest takes 32 bytes per MiB of the file, so a share of 1 TiB takes 32 MiB of memory.
    """

    entry: FileEntry
    status: Status
    manifest: bytes


class OffersListener(Protocol):
    """Hears of every change, in the service's loop; may not block or raise."""

    def file_changed(self, entry: FileEntry) -> None:
        """Take a file that is new, or has a new version."""

    def file_removed(self, file_id: bytes) -> None:
        """Forget a file that can no longer be fetched."""


class Offers:
    """Offers by identifier."""

    def __init__(self) -> None:
        self._offers: dict[bytes, Offer] = {}
        self._listeners: list[OffersListener] = []

    def __len__(self) -> int:
        return len(self._offers)

    def entries(self) -> Iterator[FileEntry]:
        """All entries, in no order."""
        return (offer.entry for offer in self._offers.values())

    def find(self, file_id: bytes) -> Offer | None:
        """The offer of this file, None when there is none."""
        return self._offers.get(file_id)

    def subscribe(self, listener: OffersListener) -> None:
        """Tell `listener` of every change from now on."""
        self._listeners.append(listener)

    def put(self, offer: Offer) -> None:
        """Offer a file; listeners hear of it where its entry is not the one that they know."""
        known = self._offers.get(offer.entry.file_id)
        self._offers[offer.entry.file_id] = offer
        if known is None or known.entry != offer.entry:
            for listener in self._listeners:
                listener.file_changed(offer.entry)

    def withdraw(self, entry: FileEntry) -> None:
        """Offer this file no longer."""
        if self._offers.pop(entry.file_id, None) is not None:
            for listener in self._listeners:
                listener.file_removed(entry.file_id)
