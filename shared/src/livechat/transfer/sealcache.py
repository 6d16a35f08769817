"""Recently sealed chunks, so that lost slices are sent again from the same ciphertext (section 6.4 of the
protocol).
"""

from collections import OrderedDict
from dataclasses import dataclass

REPAIR_HOLD_S = 1.0
"""A chunk that was repaired this recently is not pushed out: its client most likely asks once more."""

MAX_PASSED_OVER = 64
"""Bounds the work for one question."""


@dataclass(slots=True)
class SealedChunk:
    """A chunk as it went out; `key` names path, file, version, kind, offset and length."""

    key: tuple[object, ...]
    sealed: bytes
    slice_bytes: int
    repaired_at: float = float("-inf")


class SealCache:
    """Sealed chunks by counter, bounded in bytes; the one used longest ago goes first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._chunks: OrderedDict[int, SealedChunk] = OrderedDict()
        self.bytes = 0

    def has_room(self, more_bytes: int, now: float) -> bool:
        """Make room for `more_bytes`; False if only chunks that are being repaired could make it.

        Those in the way are passed over, MAX_PASSED_OVER of them at a time: one that has come round to be the
        oldest while its client repairs it must not stop everybody else.
        """
        passed_over = 0
        while self._chunks and self.bytes + more_bytes > self._max_bytes:
            counter, oldest = next(iter(self._chunks.items()))
            if now - oldest.repaired_at >= REPAIR_HOLD_S:
                del self._chunks[counter]
                self.bytes -= len(oldest.sealed)
            elif passed_over == min(MAX_PASSED_OVER, len(self._chunks)):
                return False
            else:
                self._chunks.move_to_end(counter)
                passed_over += 1
        return True

    def put(self, counter: int, chunk: SealedChunk) -> None:
        """Keep `chunk`; call `has_room` first."""
        self._chunks[counter] = chunk
        self.bytes += len(chunk.sealed)

    def repair(self, counter: int, key: tuple[object, ...], slice_bytes: int, now: float) -> SealedChunk | None:
        """The chunk if it is still here and is what `key` says; it then counts as being repaired."""
        chunk = self._chunks.get(counter)
        if chunk is None or chunk.key != key or chunk.slice_bytes != slice_bytes:
            return None
        chunk.repaired_at = now
        self._chunks.move_to_end(counter)
        return chunk
