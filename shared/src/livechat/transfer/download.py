"""One download from manifest to last piece: what is here, what is verified, when it has ended (section 8).

Takes opened chunks in any order; gives events. Bytes that do not match their hash never leave this module.
"""

import enum
import hashlib
from collections.abc import Callable, Iterable

from livechat.errors import LocalProtocolError, RemoteProtocolError
from livechat.transfer import wire
from livechat.transfer.events import (
    Event,
    Failed,
    FailureCode,
    Finished,
    ManifestReceived,
    PieceVerified,
    Progress,
)
from livechat.transfer.manifest import HASH_BYTES, Manifest, decode, encoded_bytes, root, version
from livechat.transfer.stream import Stream

FIRST_MANIFEST_BYTES = wire.MAX_SLICE_BYTES - wire.TAG_BYTES
"""Asked for before the length is known: one datagram, which is the whole manifest of a file of up to 25 MiB or
so.
"""
MAX_TRIES = 3
"""How often a piece or the manifest is fetched before a wrong hash is final."""
MAX_OPEN_PIECES = 8
"""Pieces assembled in memory at once; at the bound no new piece is begun until one is complete."""
PROGRESS_INTERVAL_S = 0.1


class State(enum.Enum):
    """Where a download stands."""

    MANIFEST = enum.auto()
    AWAITING_RESUME = enum.auto()
    PIECES = enum.auto()
    ENDED = enum.auto()


class Download:
    """One file on its way."""

    def __init__(
        self, download_id: int, file_id: bytes, root_hash: bytes, emit: Callable[[Event], None]
    ) -> None:
        if len(file_id) != wire.ID_BYTES or len(root_hash) != HASH_BYTES:
            raise LocalProtocolError("A file id has 8 bytes and a root 32.")
        self.id = download_id
        self.file_id = file_id
        self.root = root_hash
        self.version = version(root_hash)
        self.state = State.MANIFEST
        self._emit = emit
        self._manifest: Manifest | None = None
        self._parts: dict[int, dict[int, bytes]] = {}
        """Opened chunks by piece and offset; the manifest counts as piece 0."""
        self._left: dict[int, int] = {}
        """Bytes still missing of each piece in `_parts`."""
        self._tries: dict[int, int] = {}
        self._verified: set[int] = set()
        self._received = 0
        self._progress_at = float("-inf")
        self.stream = self._manifest_stream()

    @property
    def has_ended(self) -> bool:
        """Finished, failed or cancelled."""
        return self.state is State.ENDED

    @property
    def may_ask(self) -> bool:
        """Whether there is something to ask for now."""
        stream = self.stream
        if self.state not in {State.MANIFEST, State.PIECES}:
            return False
        if stream.repairs:
            return True
        if not stream.holes:
            return False
        if self._manifest is None or len(self._parts) < MAX_OPEN_PIECES:
            return True
        start, _end = next(iter(stream.holes))
        return start // self._manifest.piece_bytes in self._parts

    def resume_with(self, pieces: Iterable[int]) -> None:
        """Begin with the pieces; those named are here already."""
        manifest = self._manifest
        if self.state is not State.AWAITING_RESUME or manifest is None:
            raise LocalProtocolError("resume_with answers ManifestReceived, once.")
        self._verified = {index for index in pieces if 0 <= index < len(manifest.pieces)}
        self._received = sum(manifest.piece_span(index)[1] for index in self._verified)
        self.stream = Stream(self, wire.KIND_FILE, self.file_id, self.version, boundary=manifest.piece_bytes)
        for index in range(len(manifest.pieces)):
            if index not in self._verified:
                offset, length = manifest.piece_span(index)
                self.stream.holes.add(offset, offset + length)
        self.state = State.PIECES
        self._emit(Progress(self.id, self._received, manifest.size))
        self._finish_if_complete()

    def take(self, stream: Stream, offset: int, data: bytes, now: float) -> None:
        """Take an opened chunk of `stream`."""
        if stream is not self.stream:
            return  # of a manifest that was fetched twice
        if self._manifest is None:
            self._take_manifest(offset, data)
        else:
            self._take_file(self._manifest, offset, data, now)

    def fail(self, code: FailureCode, message: str) -> None:
        """End without the file."""
        if self.state is not State.ENDED:
            self.end()
            self._emit(Failed(self.id, code, message))

    def end(self) -> None:
        """Let go of everything, without an event."""
        self.state = State.ENDED
        self._parts.clear()
        self._left.clear()

    def _manifest_stream(self) -> Stream:
        stream = Stream(self, wire.KIND_MANIFEST, self.file_id, self.version, boundary=0)
        stream.is_open_ended = True
        stream.holes.add(0, FIRST_MANIFEST_BYTES)
        return stream

    def _take_manifest(self, offset: int, data: bytes) -> None:
        stream = self.stream
        parts = self._parts.setdefault(0, {})
        if stream.is_open_ended:
            try:
                total = encoded_bytes(data)
            except RemoteProtocolError:
                self._retry_manifest()
                return
            if total < len(data):
                self._retry_manifest()
                return
            stream.is_open_ended = False
            stream.holes.add(len(data), total)
            self._left[0] = total
        parts[offset] = data
        self._left[0] -= len(data)
        if self._left[0] == 0:
            self._check_manifest(b"".join(parts[at] for at in sorted(parts)))

    def _check_manifest(self, encoded: bytes) -> None:
        self._parts.clear()
        try:
            manifest = decode(encoded) if root(encoded) == self.root else None
        except RemoteProtocolError:
            manifest = None  # the catalogue's root names something that is no manifest
        if manifest is None:
            self._retry_manifest()
            return
        self._manifest = manifest
        self._tries.clear()
        self.state = State.AWAITING_RESUME
        self._emit(ManifestReceived(self.id, manifest))

    def _retry_manifest(self) -> None:
        self._parts.clear()
        self._left.clear()
        if self._may_retry(0):
            self.stream = self._manifest_stream()
        else:
            self.fail(FailureCode.CORRUPT, "The description of the file does not match what was announced.")

    def _take_file(self, manifest: Manifest, offset: int, data: bytes, now: float) -> None:
        index = offset // manifest.piece_bytes
        parts = self._parts.get(index)
        if parts is None:
            parts = self._parts[index] = {}
            self._left[index] = manifest.piece_span(index)[1]
        parts[offset] = data
        self._left[index] -= len(data)
        self._received += len(data)
        if self._left[index] == 0:
            self._check_piece(manifest, index)
        if self.state is State.PIECES and now >= self._progress_at + PROGRESS_INTERVAL_S:
            self._progress_at = now
            self._emit(Progress(self.id, self._received, manifest.size))

    def _check_piece(self, manifest: Manifest, index: int) -> None:
        parts = self._parts.pop(index)
        del self._left[index]
        data = b"".join(parts[at] for at in sorted(parts))
        offset, length = manifest.piece_span(index)
        if hashlib.sha256(data).digest() == manifest.pieces[index]:
            self._verified.add(index)
            self._emit(PieceVerified(self.id, index, offset, data))
            self._finish_if_complete()
            return
        self._received -= length
        if self._may_retry(index):
            self.stream.holes.add(offset, offset + length)
        else:
            self.fail(FailureCode.CORRUPT, "A part of the file does not match its description.")

    def _finish_if_complete(self) -> None:
        manifest = self._manifest
        if manifest is not None and len(self._verified) == len(manifest.pieces):
            self.end()
            self._emit(Progress(self.id, manifest.size, manifest.size))
            self._emit(Finished(self.id))

    def _may_retry(self, index: int) -> bool:
        self._tries[index] = self._tries.get(index, 0) + 1
        return self._tries[index] < MAX_TRIES
