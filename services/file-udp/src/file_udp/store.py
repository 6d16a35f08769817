"""Reads the bytes of offered files for the transfer protocol, and refuses as soon as a file is not the same.

Before each read the open file and its path are asked for their status: what was rewritten, cut, replaced,
renamed or deleted is FileGone, so that no reader ever puts two versions together. Read with pread, never
mapped: a file that is cut under a mapping kills the process.
"""

import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from livechat.catalogue import FileEntry
from livechat.transfer.server import FileGone

from file_udp.folder import NotServedError, open_file
from file_udp.offers import Offer, Offers

MAX_OPEN_FILES = 128
"""Descriptors kept open; at the bound the one that was read longest ago is closed, and opened again when asked
for."""


@dataclass(frozen=True, slots=True)
class _OpenFile:
    descriptor: int
    path: str
    offer: Offer


class FolderStore:
    """Implements `livechat.transfer.server.Store` over the folder `root` and what is offered of it."""

    def __init__(self, root: Path, offers: Offers) -> None:
        self._root = root
        self._offers = offers
        self._open: OrderedDict[bytes, _OpenFile] = OrderedDict()
        offers.subscribe(self)

    def manifest(self, file_id: bytes, version: bytes) -> bytes:
        """The encoded manifest. Raises FileGone."""
        return self._offer(file_id, version).manifest

    def read(self, file_id: bytes, version: bytes, offset: int, length: int) -> bytes:
        """The bytes from `offset`, `length` of them or up to the end of the file. Raises FileGone."""
        offer = self._offer(file_id, version)
        wanted = max(0, min(length, offer.entry.size - offset))
        try:
            file = self._file(offer)
            self._check(file)
            data = os.pread(file.descriptor, wanted, offset)
        except (NotServedError, OSError) as error:
            self._close(file_id)
            raise FileGone from error
        if len(data) != wanted:  # cut between the check and the read
            self._close(file_id)
            raise FileGone
        return data

    def file_changed(self, entry: FileEntry) -> None:
        """Let go of the descriptor of an older version."""
        self._close(entry.file_id)

    def file_removed(self, file_id: bytes) -> None:
        """Let go of the descriptor: while it is open, a deleted file keeps its space on the disk."""
        self._close(file_id)

    def close(self) -> None:
        """Close every descriptor."""
        for file_id in list(self._open):
            self._close(file_id)

    def _offer(self, file_id: bytes, version: bytes) -> Offer:
        offer = self._offers.find(file_id)
        if offer is None or offer.entry.version != version:
            raise FileGone
        return offer

    def _file(self, offer: Offer) -> _OpenFile:
        file_id = offer.entry.file_id
        known = self._open.get(file_id)
        if known is not None and known.offer is offer:
            self._open.move_to_end(file_id)
            return known
        self._close(file_id)
        descriptor, _ = open_file(self._root, offer.entry.name)
        file = self._open[file_id] = _OpenFile(descriptor, str(self._root / offer.entry.name), offer)
        if len(self._open) > MAX_OPEN_FILES:
            self._close(next(iter(self._open)))
        return file

    @staticmethod
    def _check(file: _OpenFile) -> None:
        """Raise FileGone unless what is open, and what has the name now, is what was hashed.

        The name is only compared and never opened here, so it does no harm that its folders may be links.
        """
        is_same = file.offer.status.same_content_as_stat
        if not is_same(os.fstat(file.descriptor)) or not is_same(os.lstat(file.path)):
            raise FileGone

    def _close(self, file_id: bytes) -> None:
        file = self._open.pop(file_id, None)
        if file is not None:
            os.close(file.descriptor)
