"""The manifest of a file: its name, size, whole hash and the hash of each piece (docs/protocol/transfer.md,
section 8).

The root, SHA-256 of the encoded manifest, is what the catalogue and links carry: who has the root can check
everything.
"""

import hashlib
import struct
from dataclasses import dataclass

from livechat.errors import LocalProtocolError, RemoteProtocolError

PIECE_BYTES = 1 << 20
HASH_BYTES = 32
MAX_PIECES = 1 << 18
"""Files end at 256 GiB: the manifest then has 8 MiB, which a client still holds in memory."""
MIN_PIECE_BYTES = 1 << 16
MAX_PIECE_BYTES = 1 << 22
"""A client assembles pieces in memory, so a hostile manifest must not choose their size freely."""
MAX_NAME_BYTES = 255

_MAGIC = b"LCM1"
_HEAD = struct.Struct("!4sIQ32sH")
"""Magic, piece bytes, size, SHA-256 of the file, length of the name; then the name and the pieces' hashes."""

HEAD_BYTES = _HEAD.size
VERSION_BYTES = 8


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a complete file must look like."""

    name: str
    size: int
    piece_bytes: int
    sha256: bytes
    pieces: tuple[bytes, ...]
    """SHA-256 of each piece; all pieces have `piece_bytes` but the last. An empty file has none."""

    def encode(self) -> bytes:
        """The bytes whose hash is the root; raises LocalProtocolError where a field cannot be encoded."""
        name = self.name.encode()
        fault = _fault(self, name)
        if fault:
            raise LocalProtocolError(fault)
        head = _HEAD.pack(_MAGIC, self.piece_bytes, self.size, self.sha256, len(name))
        return b"".join((head, name, *self.pieces))

    def piece_span(self, index: int) -> tuple[int, int]:
        """Offset and length of piece `index`."""
        offset = index * self.piece_bytes
        return offset, min(self.piece_bytes, self.size - offset)


def root(encoded: bytes) -> bytes:
    """SHA-256 of an encoded manifest."""
    return hashlib.sha256(encoded).digest()


def version(root_hash: bytes) -> bytes:
    """The first 8 bytes of the root: which version of a file a request means."""
    return root_hash[:VERSION_BYTES]


def encoded_bytes(head: bytes) -> int:
    """The length of the whole encoded manifest that starts with `head` (at least HEAD_BYTES of it).

    Raises RemoteProtocolError where the length would break the bounds.
    """
    if len(head) < HEAD_BYTES:
        raise RemoteProtocolError("The manifest is too short.")
    magic, piece_bytes, size, _sha256, name_bytes = _HEAD.unpack_from(head)
    if magic != _MAGIC or not _piece_bytes_fit(piece_bytes) or name_bytes > MAX_NAME_BYTES:
        raise RemoteProtocolError("The manifest's head is not valid.")
    count = -(-size // piece_bytes)
    if count > MAX_PIECES:
        raise RemoteProtocolError("The manifest has too many pieces.")
    total: int = HEAD_BYTES + name_bytes + count * HASH_BYTES
    return total


def decode(data: bytes) -> Manifest:
    """The manifest in `data`; raises RemoteProtocolError unless every rule holds."""
    if encoded_bytes(data) != len(data):
        raise RemoteProtocolError("The manifest has a wrong length.")
    _magic, piece_bytes, size, sha256, name_bytes = _HEAD.unpack_from(data)
    raw_name = data[HEAD_BYTES : HEAD_BYTES + name_bytes]
    try:
        name = raw_name.decode()
    except UnicodeDecodeError:
        raise RemoteProtocolError("The manifest's name is not UTF-8.") from None
    start = HEAD_BYTES + name_bytes
    pieces = tuple(data[i : i + HASH_BYTES] for i in range(start, len(data), HASH_BYTES))
    manifest = Manifest(name, size, piece_bytes, sha256, pieces)
    fault = _fault(manifest, raw_name)
    if fault:
        raise RemoteProtocolError(fault)
    return manifest


class ManifestBuilder:
    """Hashes a file once, from start to end, into its manifest."""

    def __init__(self, name: str, *, piece_bytes: int = PIECE_BYTES) -> None:
        self._name = name
        self._piece_bytes = piece_bytes
        self._whole = hashlib.sha256()
        self._piece = hashlib.sha256()
        self._in_piece = 0
        self._size = 0
        self._pieces: list[bytes] = []

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes of the file, any number of them."""
        self._whole.update(data)
        self._size += len(data)
        view = memoryview(data)
        while view:
            part = view[: self._piece_bytes - self._in_piece]
            self._piece.update(part)
            self._in_piece += len(part)
            view = view[len(part) :]
            if self._in_piece == self._piece_bytes:
                self._end_piece()

    def finish(self) -> Manifest:
        """The manifest of everything taken; call once."""
        if self._in_piece:
            self._end_piece()
        return Manifest(self._name, self._size, self._piece_bytes, self._whole.digest(), tuple(self._pieces))

    def _end_piece(self) -> None:
        self._pieces.append(self._piece.digest())
        self._piece = hashlib.sha256()
        self._in_piece = 0


def _piece_bytes_fit(piece_bytes: int) -> bool:
    return MIN_PIECE_BYTES <= piece_bytes <= MAX_PIECE_BYTES and piece_bytes & (piece_bytes - 1) == 0


def _fault(manifest: Manifest, name: bytes) -> str | None:
    """What is wrong with the fields, as a sentence."""
    if not 0 < len(name) <= MAX_NAME_BYTES or not _name_is_safe(manifest.name):
        return "The file's name is not a relative path of 1 to 255 bytes without control characters."
    if not _piece_bytes_fit(manifest.piece_bytes) or manifest.size < 0:
        return "The file's size or piece size is out of bounds."
    if len(manifest.pieces) != -(-manifest.size // manifest.piece_bytes) or len(manifest.pieces) > MAX_PIECES:
        return "The number of pieces does not fit the file's size."
    if any(len(h) != HASH_BYTES for h in (manifest.sha256, *manifest.pieces)):
        return "A hash has a wrong length."
    return None


def _name_is_safe(name: str) -> bool:
    """No part of the path may be empty, `.` or `..`; no backslash (a separator elsewhere); no control
    characters.
    """
    if "\\" in name or any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in name):
        return False
    return all(part not in {"", ".", ".."} for part in name.split("/"))
