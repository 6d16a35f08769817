"""DATA into opened chunks: the path that every datagram takes (docs/protocol/transfer.md, section 7.2).

All slices of one answer share 32 bytes, their lane; after the first, a slice costs one table look-up and one
store.
"""

from collections.abc import Callable

from livechat.errors import RemoteProtocolError
from livechat.transfer import wire
from livechat.transfer.assembly import Assembly, Chunk, Request
from livechat.transfer.events import Address
from livechat.transfer.inflight import InFlight
from livechat.transfer.keys import SealError

_HEAD_BYTES = wire.DATA_HEAD_BYTES


class Receiver:
    """Puts slices together, opens complete chunks and hands them to `deliver(chunk, assembly, plaintext)`."""

    def __init__(self, inflight: InFlight, deliver: Callable[[Chunk, Assembly, bytes, float], None]) -> None:
        self._inflight = inflight
        self._deliver = deliver
        self._lanes: dict[bytes, Assembly] = {}
        self.stray = 0
        """Datagrams that answer nothing that is open."""
        self.forged = 0
        """Chunks whose tag did not fit."""
        self.resealed = 0
        """Repairs that came as a new ciphertext."""

    def take(self, data: bytes, addr: Address, now: float) -> None:
        """Take one DATA; raises RemoteProtocolError where it fits nothing."""
        assembly = self._lanes.get(data[wire.DATA_LANE])
        if assembly is None or addr != assembly.path.address:
            assembly = self._enter(data, addr, now)
        index = data[1]
        slices = assembly.slices
        if index >= assembly.count or data[2] != assembly.count or slices[index] is not None:
            return
        slices[index] = data[_HEAD_BYTES:]
        self._inflight.last_arrival = now
        assembly.left -= 1
        if not assembly.left:
            self._complete(assembly, now)

    def close(self, chunk: Chunk) -> None:
        """Forget the lanes of a chunk: it is complete, a hole again, or waits for repair.

        In the last case a slice that comes after all passes `_enter` and is seen to be late.
        """
        for lane in chunk.lanes:
            self._lanes.pop(lane, None)
        chunk.lanes.clear()

    def _enter(self, data: bytes, addr: Address, now: float) -> Assembly:
        """The first datagram of a lane: find the question that it answers, and register the lane."""
        if len(data) <= _HEAD_BYTES:
            raise RemoteProtocolError("The DATA is too short.")
        _type, _index, count, _zero, hold_us, number, offset, epoch, counter = wire.DATA_HEAD.unpack_from(data)
        request, chunk = self._find(number, offset, addr, now)
        if count != chunk.slices if chunk.is_exact else not 0 < count <= chunk.slices:
            raise RemoteProtocolError("The DATA has a wrong number of slices.")
        if not request.is_answered:
            self._inflight.answered(request, hold_us / 1e6, now)
        assembly = chunk.assembly
        if assembly is None or assembly.counter != counter or assembly.epoch != epoch:
            if assembly is not None:
                self._replace(chunk, request)
            assembly = chunk.assembly = Assembly(chunk, request.path, epoch, counter, count)
        lane = data[wire.DATA_LANE]
        self._lanes[lane] = assembly
        chunk.lanes.append(lane)
        return assembly

    def _find(self, number: int, offset: int, addr: Address, now: float) -> tuple[Request, Chunk]:
        request = self._inflight.requests.get(number)
        if request is None:
            request = self._inflight.given_up.get(number)
            if request is not None and addr == request.path.address:
                self._inflight.came_late(request, now)
        chunk = request.chunks.get(offset) if request is not None else None
        if request is None or chunk is None or not chunk.is_open or addr != request.path.address:
            self.stray += 1
            raise RemoteProtocolError("The DATA answers nothing that is open.")
        return request, chunk

    def _replace(self, chunk: Chunk, request: Request) -> None:
        """Another ciphertext for the same bytes: a repair came too late for the cache, or somebody forges."""
        self.close(chunk)
        if request.is_repair:
            self.resealed += 1
            chunk.stream.resealed()
        else:
            chunk.stream.forged()

    def _complete(self, assembly: Assembly, now: float) -> None:
        chunk, stream = assembly.chunk, assembly.chunk.stream
        sealed = b"".join([part for part in assembly.slices if part is not None])
        length = len(sealed) - wire.TAG_BYTES
        try:
            if not 0 < length <= chunk.length or (chunk.is_exact and length != chunk.length):
                raise SealError("The chunk has a wrong length.")
            aad = wire.chunk_aad(stream.kind, stream.file_id, stream.version, chunk.offset, length)
            plaintext = assembly.path.open(assembly.epoch, assembly.counter, sealed, aad)
        except SealError:
            self._forged(chunk)
            return
        self._inflight.probes = 0
        self._inflight.chunk_done(chunk, now)
        chunk.is_open = False
        self.close(chunk)
        stream.completed()
        self._deliver(chunk, assembly, plaintext, now)

    def _forged(self, chunk: Chunk) -> None:
        self.forged += 1
        self.close(chunk)
        chunk.assembly = None
        if chunk.slices > 1:
            self._inflight.release_chunk(chunk)
            chunk.stream.give_back(chunk)
        chunk.stream.forged()
