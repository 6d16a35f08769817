"""One walk through the share: which regular files there are, and which names are refused and why.

Blocking: run it in a thread. Deciding what the result means is `tracker`'s.
"""

import os
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from livechat.catalogue import MAX_FILES, MAX_NAME_DEPTH, name_fault
from livechat.transfer.manifest import MAX_PIECES, PIECE_BYTES

from file_udp.folder import open_directory, open_root
from file_udp.status import Status

MAX_FILE_BYTES = MAX_PIECES * PIECE_BYTES
"""Larger files are refused: their manifest would break its bound (transfer.md)."""

MAX_ENTRIES = 20 * MAX_FILES
"""Directory entries looked at in one walk; what comes later is left out, with a warning."""

UNFINISHED = ".part"


@dataclass(slots=True)
class Scan:
    """What one walk found."""

    files: dict[str, Status] = field(default_factory=dict)
    """By name as in the catalogue."""
    refused: dict[str, str] = field(default_factory=dict)
    """By name, printable; why it is not offered, to follow "it"."""
    overflow: bool = False
    """Whether there was more than MAX_FILES or MAX_ENTRIES: names that sort later were left out."""
    fault: str = ""
    """Why the folder itself cannot be read; then there are no files."""


def scan(root: Path) -> Scan:
    """Walk through `root`. Hidden names and unfinished downloads are passed over, links never followed."""
    walk = _Walk()
    try:
        descriptor = open_root(root)
    except OSError as error:
        return Scan(fault=error.strerror or str(error))
    try:
        walk.directory(descriptor, "", 1)
    finally:
        os.close(descriptor)
    return walk.result


class _Walk:
    """The result so far, and how many entries may still be looked at."""

    def __init__(self) -> None:
        self.result = Scan()
        self._budget = MAX_ENTRIES

    def directory(self, descriptor: int, prefix: str, depth: int) -> None:
        """Look at every entry of an open directory; sorted, so that an overflow cuts the same names again."""
        with os.scandir(descriptor) as listing:
            entries = sorted(islice(listing, self._budget + 1), key=lambda entry: entry.name)
        for entry in entries:
            self._budget -= 1
            if self._budget < 0:
                self.result.overflow = True
                return
            if not entry.name.startswith("."):
                self._entry(entry, prefix + entry.name, descriptor, depth)

    def _entry(self, entry: os.DirEntry[str], name: str, parent: int, depth: int) -> None:
        try:
            if entry.is_symlink():
                self._refuse(name, "is a link, and links are not followed")
            elif entry.is_dir(follow_symlinks=False):
                self._subdirectory(entry.name, name, parent, depth)
            elif entry.is_file(follow_symlinks=False):
                self._file(entry, name)
            else:
                self._refuse(name, "is not a regular file")
        except FileNotFoundError:
            pass  # removed while we walked
        except OSError as error:
            self._refuse(name, f"cannot be read: {error.strerror}")

    def _subdirectory(self, own_name: str, name: str, parent: int, depth: int) -> None:
        if depth >= MAX_NAME_DEPTH:
            self._refuse(name, f"lies deeper than {MAX_NAME_DEPTH} levels")
        elif fault := _fault(name):
            self._refuse(name, fault)
        else:
            descriptor = open_directory(own_name, parent)
            try:
                self.directory(descriptor, name + "/", depth + 1)
            finally:
                os.close(descriptor)

    def _file(self, entry: os.DirEntry[str], name: str) -> None:
        if name.casefold().endswith(UNFINISHED):
            return
        status = Status.of(entry.stat(follow_symlinks=False))
        if fault := _fault(name):
            self._refuse(name, fault)
        elif status.size > MAX_FILE_BYTES:
            self._refuse(name, f"is larger than {MAX_FILE_BYTES >> 30} GiB")
        elif len(self.result.files) >= MAX_FILES:
            self.result.overflow = True
        else:
            self.result.files[_utf8(name)] = status

    def _refuse(self, name: str, why: str) -> None:
        if len(self.result.refused) < MAX_FILES:
            self.result.refused[ascii(name)] = why


def _utf8(name: str) -> str:
    """`name` as the bytes on disk say it in UTF-8, whatever the locale. Raises UnicodeDecodeError."""
    return os.fsencode(name).decode()


def _fault(name: str) -> str | None:
    """Why a file or directory of this name is refused, None when it is not."""
    try:
        fault = name_fault(_utf8(name))
    except UnicodeDecodeError:
        return "has a name that is not valid UTF-8"
    return fault and f"has a name that {fault}"
