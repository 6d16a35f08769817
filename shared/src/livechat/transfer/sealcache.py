"""Recently sealed chunks, so that lost slices are sent again from the same ciphertext (section 6.4 of the
protocol).
"""

from collections import OrderedDict
from dataclasses import dataclass

REPAIR_HOLD_S = 1.0
"""A chunk that was repaired this recently is not pushed out: its client most likely asks once more."""

HELD_SHARE = 0.5
"""Of the cache, at most, for chunks that are held for repair; beyond it a repaired chunk is answered but not
held, so that clients who repair without end cannot stop the others.
"""


@dataclass(slots=True)
class SealedChunk:
    """A chunk as it went out; `key` names path, file, version, kind, offset and length."""

    key: tuple[object, ...]
    sealed: bytes
    slice_bytes: int
    repaired_at: float = float("-inf")


class SealCache:
    """Sealed chunks by counter, bounded in bytes; of those not held the one used longest ago goes first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._free: OrderedDict[int, SealedChunk] = OrderedDict()
        self._held: OrderedDict[int, SealedChunk] = OrderedDict()  # the one repaired longest ago in front
        self._held_bytes = 0
        self.bytes = 0

    def has_room(self, more_bytes: int, now: float) -> bool:
        """Make room for `more_bytes`; False, and nothing goes, if chunks that are held stand in the way."""
        self._let_go(now)
        if self._held and self._held_bytes + more_bytes > self._max_bytes:
            return False
        while self._free and self.bytes + more_bytes > self._max_bytes:
            _counter, oldest = self._free.popitem(last=False)
            self.bytes -= len(oldest.sealed)
        return True

    def put(self, counter: int, chunk: SealedChunk) -> None:
        """Keep `chunk`; call `has_room` first."""
        self._free[counter] = chunk
        self.bytes += len(chunk.sealed)

    def repair(self, counter: int, key: tuple[object, ...], slice_bytes: int, now: float) -> SealedChunk | None:
        """The chunk if it is still here and is what `key` says; it is then held, as far as HELD_SHARE lets."""
        chunk = self._free.get(counter) or self._held.get(counter)
        if chunk is None or chunk.key != key or chunk.slice_bytes != slice_bytes:
            return None
        self._let_go(now)
        chunk.repaired_at = now
        if counter in self._held:
            self._held.move_to_end(counter)
        elif self._held_bytes + len(chunk.sealed) <= self._max_bytes * HELD_SHARE:
            self._held[counter] = self._free.pop(counter)
            self._held_bytes += len(chunk.sealed)
        else:
            self._free.move_to_end(counter)
        return chunk

    def _let_go(self, now: float) -> None:
        """What was not repaired again for REPAIR_HOLD_S is as free as a chunk that was just sent."""
        while self._held:
            counter, chunk = next(iter(self._held.items()))
            if now - chunk.repaired_at < REPAIR_HOLD_S:
                return
            self._free[counter] = self._held.pop(counter)
            self._held_bytes -= len(chunk.sealed)
