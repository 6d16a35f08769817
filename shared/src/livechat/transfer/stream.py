"""The bytes of one file or manifest as the receiver sees them: holes, repairs, and how large chunks may be.

Holes are asked for from the lowest offset, so pieces complete in order and few are open at a time.
"""

from collections import deque
from typing import Protocol

from livechat.transfer import wire
from livechat.transfer.assembly import Chunk
from livechat.transfer.rangeset import RangeSet

MAX_CHUNK_SLICES = 56
"""56 slices of 1,160 B less the tag: the most that 64 KiB hold."""
SHRINK = 4
CALM_CHUNKS = 64
"""Complete chunks in a row after which chunks may be twice as large again."""


class Owner(Protocol):
    """Whoever gets the bytes of a stream."""

    @property
    def has_ended(self) -> bool:
        """Nothing more is wanted."""

    def take(self, stream: "Stream", offset: int, data: bytes, now: float) -> None:
        """Opened bytes at `offset`."""


class Stream:
    """What is still to be asked of one file or manifest."""

    def __init__(self, owner: Owner, kind: int, file_id: bytes, version: bytes, *, boundary: int) -> None:
        self.owner = owner
        self.kind = kind
        self.file_id = file_id
        self.version = version
        self.holes = RangeSet()
        self.repairs: deque[Chunk] = deque()
        self.is_open_ended = False
        """The end is not known yet: answers may be shorter than asked."""
        self.chunk_slices = MAX_CHUNK_SLICES
        self._boundary = boundary
        self._calm = 0

    def take(self, slices: int, slice_bytes: int) -> tuple[list[tuple[int, int]], int, list[Chunk]]:
        """Take holes worth at most `slices` datagrams: (ranges, chunk bytes, the chunks these make)."""
        chunk_slices = min(self.chunk_slices, slices)
        chunk_bytes = chunk_slices * slice_bytes - wire.TAG_BYTES
        ranges: list[tuple[int, int]] = []
        chunks: list[Chunk] = []
        while slices > 0 and self.holes and len(ranges) < wire.MAX_RANGES:
            whole = slices // chunk_slices
            most = whole * chunk_bytes if whole else slices * slice_bytes - wire.TAG_BYTES
            start, end = self.holes.take_first(most, self._boundary)
            ranges.append((start, end - start))
            for offset in range(start, end, chunk_bytes):
                length = min(chunk_bytes, end - offset)
                count = wire.slice_count(length, slice_bytes)
                chunks.append(Chunk(self, offset, length, count, is_exact=not self.is_open_ended))
                slices -= count
        return ranges, chunk_bytes, chunks

    def give_back(self, chunk: Chunk) -> None:
        """A chunk of which nothing usable is here is a hole again."""
        chunk.is_open = False
        chunk.assembly = None
        self.holes.add(chunk.offset, chunk.offset + chunk.length)

    def completed(self) -> None:
        """A chunk came whole: after enough of them chunks may grow again."""
        self._calm += 1
        if self._calm >= CALM_CHUNKS:
            self._calm = 0
            self.chunk_slices = min(MAX_CHUNK_SLICES, self.chunk_slices * 2)

    def resealed(self) -> None:
        """A repair came too late for the cache: large chunks cost too much here."""
        self._calm = 0
        self.chunk_slices = max(1, self.chunk_slices // SHRINK)

    def forged(self) -> None:
        """A tag did not fit: with one datagram to a chunk, a forgery costs one datagram."""
        self._calm = 0
        self.chunk_slices = 1
