"""Sealing what a service sends: one counter for everything, chunks cut into DATA (sections 4.2, 5.4 and 6.4).

The counter belongs to the process and its epoch, not to a path, so that forgetting a path can never repeat a
nonce.
"""

import struct
from dataclasses import dataclass

from livechat.transfer import wire
from livechat.transfer.keys import Seal
from livechat.transfer.sealcache import SealCache, SealedChunk

_DATA_PREFIX = struct.Struct("!BBBBI")
_DATA_LANE = struct.Struct("!QQ8sQ")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file or manifest: where it is, and its bytes."""

    kind: int
    file_id: bytes
    version: bytes
    offset: int
    data: bytes | memoryview


class Sender:
    """Seals answers and chunks under the keys of whichever path asked."""

    def __init__(self, epoch: bytes, cache: SealCache) -> None:
        self.epoch = epoch
        self._cache = cache
        self._counter = 0

    def answer(self, kind: int, request: int, client_nonce: bytes, seal: Seal, body: bytes) -> bytes:
        """A PATH, BUSY, GONE or ERROR."""
        counter = self._next()
        head = wire.pack_answer_head(kind, request, client_nonce, self.epoch, counter)
        return head + seal.seal(counter, body, head)

    def chunk(self, request: int, client_nonce: bytes, seal: Seal, part: Part, slice_bytes: int) -> list[bytes]:
        """A chunk sealed anew, as DATA; also kept for repair (the caller made room)."""
        counter = self._next()
        aad = wire.chunk_aad(part.kind, part.file_id, part.version, part.offset, len(part.data))
        sealed = seal.seal(counter, part.data, aad)
        key = (client_nonce, part.kind, part.file_id, part.version, part.offset, len(part.data))
        self._cache.put(counter, SealedChunk(key, sealed, slice_bytes))
        return self._data(request, part.offset, counter, sealed, slice_bytes)

    def repair(self, request: int, client_nonce: bytes, mend: wire.Mend, now: float) -> list[bytes] | None:
        """The slices that `mend` misses, from the same ciphertext; None if it is not here any more."""
        if mend.epoch != self.epoch:
            return None
        key = (client_nonce, mend.kind, mend.file_id, mend.version, mend.offset, mend.length)
        chunk = self._cache.repair(mend.counter, key, mend.slice_bytes, now)
        if chunk is None:
            return None
        datagrams = self._data(request, mend.offset, mend.counter, chunk.sealed, chunk.slice_bytes)
        return [datagram for i, datagram in enumerate(datagrams) if mend.missing >> i & 1]

    def _data(self, request: int, offset: int, counter: int, sealed: bytes, slice_bytes: int) -> list[bytes]:
        lane = _DATA_LANE.pack(request, offset, self.epoch, counter)
        count = -(-len(sealed) // slice_bytes)
        prefix = _DATA_PREFIX.pack
        starts = range(0, len(sealed), slice_bytes)
        return [
            b"%b%b%b" % (prefix(wire.DATA, i, count, 0, 0), lane, sealed[start : start + slice_bytes])
            for i, start in enumerate(starts)
        ]

    def _next(self) -> int:
        self._counter += 1
        return self._counter
