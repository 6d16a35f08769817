"""Where a download is written: a `.part` file with a record beside it, and in the end the file itself.

    NAME.ID6.part         the bytes, each piece in its place; locked while a client writes it
    NAME.ID6.part.json    which pieces are there (written after them, replaced as a whole)

On resume the recorded pieces are read back and hashed, so a record that promises too much costs time and never
a wrong byte. At the end the whole file is read back and compared with the manifest, then takes its name without
ever replacing a file (`net.placing`). All methods raise SinkError with a sentence for the person.
"""

import errno
import hashlib
import os
import shutil
from pathlib import Path
from typing import Self

import msgspec
from livechat.catalogue import FileEntry, text_id
from livechat.errors import LiveChatError
from livechat.transfer.manifest import Manifest

from client_gui.model.filenames import MAX_NAME_BYTES, safe_file_name, shorten
from client_gui.model.rate import human_size
from client_gui.net.locking import AlreadyLocked, lock
from client_gui.net.placing import place_without_overwriting

READ_BYTES = 1_048_576
MAX_RECORD_BYTES = 262_144
"""A bitmap of MAX_PIECES in hex takes 64 KiB; a longer record is not ours and is left out."""
_RECORD_FORMAT = 1
_PART_SUFFIX_BYTES = len(".abcdef.part.json~")


class SinkError(LiveChatError):
    """The download cannot be written; `resumable` tells whether the partial is of use."""

    def __init__(self, reason: str, *, resumable: bool = True) -> None:
        super().__init__(reason)
        self.resumable = resumable


class _Record(msgspec.Struct, frozen=True):
    """The record as it stands in JSON: `pieces` is a bitmap, least significant bit first, in hex."""

    format: int
    file_id: str
    root: str
    size: int
    piece_bytes: int
    pieces: str


class FileSink:
    """A download on the disk: `open`, `verified_pieces`, `begin`, `write`…, then `finish` or `close`."""

    def __init__(self, folder: Path, entry: FileEntry, fd: int, part: Path) -> None:
        self._folder = folder
        self._entry = entry
        self._fd = fd
        self._part = part
        self._record = part.with_name(part.name + ".json")
        self._name = safe_file_name(entry.name, windows=os.name == "nt")
        self._bitmap = bytearray()
        self._manifest: Manifest | None = None
        self._saved = True

    @classmethod
    def open(cls, folder: Path, entry: FileEntry) -> Self:
        """Make or find the partial of `entry` in `folder` and lock it."""
        name = safe_file_name(entry.name, windows=os.name == "nt")
        stem = shorten(name, MAX_NAME_BYTES - _PART_SUFFIX_BYTES)
        part = folder / f"{stem}.{text_id(entry.file_id)[:6]}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fd = _open_locked(part)
        except AlreadyLocked as error:
            raise SinkError(f"{name} is being downloaded into this folder already.") from error
        except OSError as error:
            raise SinkError(_sentence(error, name, folder)) from error
        return cls(folder, entry, fd, part)

    @property
    def part(self) -> Path:
        """The partial file."""
        return self._part

    def verified_pieces(self, manifest: Manifest) -> list[int]:
        """The recorded pieces that really are here: each is read back and hashed. May take a while."""
        found: list[int] = []
        try:
            for index in self._recorded(manifest):
                offset, length = manifest.piece_span(index)
                if hashlib.sha256(_read(self._fd, offset, length)).digest() == manifest.pieces[index]:
                    found.append(index)
        except OSError as error:
            raise SinkError(_sentence(error, self._name, self._folder)) from error
        return found

    def begin(self, manifest: Manifest, pieces: list[int]) -> None:
        """Make room for the file, of which `pieces` are here."""
        self._manifest = manifest
        self._bitmap = bytearray(len(manifest.pieces) // 8 + 1)
        for index in pieces:
            self._mark(index)
        missing = manifest.size - sum(manifest.piece_span(index)[1] for index in pieces)
        try:
            usage = shutil.disk_usage(self._folder)
            if usage.total and missing > usage.free:  # some network file systems tell nothing
                needed, there = human_size(missing), human_size(usage.free)
                raise SinkError(f"{self._name} needs {needed} more on the disk, where {there} are free.")
            os.ftruncate(self._fd, manifest.size)
        except OSError as error:
            raise SinkError(_sentence(error, self._name, self._folder)) from error
        self._saved = False
        self.save_record()

    def write(self, index: int, offset: int, data: bytes) -> None:
        """Write a verified piece; the record says so at the next `save_record`."""
        try:
            os.lseek(self._fd, offset, os.SEEK_SET)
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            raise SinkError(_sentence(error, self._name, self._folder)) from error
        self._mark(index)
        self._saved = False

    def save_record(self) -> None:
        """Bring the record up to what has been written. Nothing to do where it is."""
        if self._saved or self._manifest is None:
            return
        record = _Record(
            _RECORD_FORMAT,
            text_id(self._entry.file_id),
            self._entry.root.hex(),
            self._manifest.size,
            self._manifest.piece_bytes,
            self._bitmap.hex(),
        )
        fresh = self._record.with_name(self._record.name + "~")
        try:
            fresh.write_bytes(msgspec.json.encode(record))
            fresh.replace(self._record)
        except OSError as error:
            raise SinkError(_sentence(error, self._name, self._folder)) from error
        self._saved = True

    def finish(self) -> tuple[Path, str]:
        """Verify the whole file and give it its name: (path, SHA-256 in hex). May take a while.

        The sink is closed afterwards, but where SinkError was raised: then `close` it. A file that is not what
        the manifest says is thrown away.
        """
        if self._manifest is None:
            raise SinkError(f"{self._name} has not begun.")
        try:
            digest = _hash_file(self._fd)
            if digest != self._manifest.sha256:
                self._discard()
                raise SinkError(
                    f"{self._name} does not match its SHA-256: what was kept is thrown away.", resumable=False
                )
            os.fsync(self._fd)
            path = place_without_overwriting(self._part, self._folder, self._name)
            self._record.unlink(missing_ok=True)
        except OSError as error:
            raise SinkError(_sentence(error, self._name, self._folder)) from error
        os.close(self._fd)
        return path, digest.hex()

    def close(self) -> None:
        """Leave the partial for a later resume. Raises nothing: what cannot be recorded is fetched again."""
        try:
            self.save_record()
        except SinkError:
            pass
        finally:
            os.close(self._fd)

    def _recorded(self, manifest: Manifest) -> list[int]:
        """What the record says is here; nothing where it belongs to another file or version."""
        record = self._read_record()
        ours = (text_id(self._entry.file_id), self._entry.root.hex(), manifest.size, manifest.piece_bytes)
        if record is None or (record.file_id, record.root, record.size, record.piece_bytes) != ours:
            return []
        try:
            bitmap = bytes.fromhex(record.pieces)
        except ValueError:
            return []
        known = min(len(manifest.pieces), 8 * len(bitmap))
        return [index for index in range(known) if bitmap[index // 8] >> index % 8 & 1]

    def _mark(self, index: int) -> None:
        self._bitmap[index // 8] |= 1 << index % 8

    def _read_record(self) -> _Record | None:
        try:
            with self._record.open("rb") as file:
                record = msgspec.json.decode(file.read(MAX_RECORD_BYTES), type=_Record)
        except (OSError, msgspec.MsgspecError):
            return None
        return record if record.format == _RECORD_FORMAT else None

    def _discard(self) -> None:
        self._record.unlink(missing_ok=True)
        os.ftruncate(self._fd, 0)
        self._manifest = None


def _open_locked(part: Path) -> int:
    """A locked descriptor of `part`. Never follows a link: the folder may be one that others can write to.

    Between opening and locking another client may have given the partial its final name: then the lock is on a
    file that is `part` no longer, and a fresh one is opened.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    while True:
        fd = os.open(part, flags, 0o644)
        try:
            lock(fd)
            if os.path.samestat(os.fstat(fd), part.lstat()):
                return fd
        except FileNotFoundError:
            pass  # it has been renamed away: open again
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _read(fd: int, offset: int, length: int) -> bytes:
    os.lseek(fd, offset, os.SEEK_SET)
    parts: list[bytes] = []
    while length and (data := os.read(fd, length)):
        parts.append(data)
        length -= len(data)
    return b"".join(parts)


def _hash_file(fd: int) -> bytes:
    os.lseek(fd, 0, os.SEEK_SET)
    whole = hashlib.sha256()
    while data := os.read(fd, READ_BYTES):
        whole.update(data)
    return whole.digest()


def _sentence(error: OSError, name: str, folder: Path) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"There is no room left on the disk for {name}; what has arrived is kept."
        case errno.EFBIG:
            return f"{name} is larger than this disk or this account takes; what has arrived is kept."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"{folder} cannot be written to."
        case errno.EEXIST | errno.ENOTDIR:
            return f"{folder} is not a folder."
        case errno.ELOOP:
            return f"{name} cannot be written: a link stands in the place of its partial file."
    return f"{name} cannot be written: {error.strerror or error}."
