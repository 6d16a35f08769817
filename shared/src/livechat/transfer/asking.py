"""Building what a client sends: HELLO, GET and REPAIR, within window and pace (sections 5 and 7.4).

Whose turn it is says `waiting`, what is missing says `stream`; here it becomes datagrams and questions under
way.
"""

from collections.abc import Callable

from livechat.transfer import wire
from livechat.transfer.assembly import Assembly, Chunk, Request
from livechat.transfer.congestion import Controller
from livechat.transfer.events import Address
from livechat.transfer.inflight import InFlight
from livechat.transfer.keys import hello_seal
from livechat.transfer.pacer import Pacer
from livechat.transfer.paths import Grant, Path
from livechat.transfer.stream import MAX_CHUNK_SLICES, Stream
from livechat.transfer.waiting import DownloadQueue

QUESTIONS_PER_WINDOW = 4
"""A question asks for this share of the window, so that its answer is no burst that a queue cannot take."""
LEAST_SLICES = 2
HELLO_SLICES = 2
"""What a HELLO may ask for: with the PATH still under 3 times its size."""


class Asker:
    """Numbers, seals and paces questions."""

    def __init__(
        self,
        inflight: InFlight,
        controller: Controller,
        queue: DownloadQueue,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._inflight = inflight
        self._controller = controller
        self._queue = queue
        self._random_bytes = random_bytes
        self._number = int.from_bytes(random_bytes(8), "big") >> 2
        """Starts where nobody off the path can guess; 2^62 questions are left."""
        self._pacer = Pacer()
        self.is_paced = False
        """The pacer, not the window or a lack of questions, ended the last round."""
        self.questions = 0
        self.repairs = 0

    @property
    def ready_at(self) -> float:
        """When the pacer lets the next question go."""
        return self._pacer.ready_at()

    def hello(self, address: Address, grant: Grant, now: float) -> tuple[Path, bytes]:
        """A HELLO under a fresh nonce, with a first question if something is to be asked."""
        number = self._next_number()
        path = Path(address, grant, self._random_bytes(wire.NONCE_BYTES), number, now)
        head = wire.pack_hello_head(number, path.client_nonce, grant.ticket)
        room = wire.DATAGRAM_BYTES - len(head) - wire.TAG_BYTES
        ask = self._first_question(path, now)
        datagram = head + hello_seal(grant.session_key, path.client_nonce).seal(0, ask.pack(room), head)
        path.tag = datagram[-wire.TAG_BYTES :]
        return path, datagram

    def questions_to_send(self, path: Path, rate_cap: float | None, now: float) -> list[bytes]:
        """As many questions as window and pace allow."""
        datagrams: list[bytes] = []
        self.is_paced = False
        while True:
            window = self._controller.window_bytes
            slices = self._quantum(window, path)
            outstanding = self._inflight.bytes
            if outstanding and outstanding + slices * wire.DATAGRAM_BYTES > window:
                return datagrams
            if now < self._pacer.ready_at():
                self.is_paced = True
                return datagrams
            before = self._inflight.bytes
            datagram = self._next_question(path, slices, now)
            if datagram is None:
                return datagrams
            datagrams.append(datagram)
            self._pacer.spend(self._inflight.bytes - before, self._rate(rate_cap), now)

    def _quantum(self, window: int, path: Path) -> int:
        most = min(MAX_CHUNK_SLICES, path.max_answer_bytes // path.slice_bytes)
        return max(LEAST_SLICES, min(most, window // (QUESTIONS_PER_WINDOW * wire.DATAGRAM_BYTES)))

    def _rate(self, rate_cap: float | None) -> float | None:
        rate = self._controller.pacing_rate_bytes_s
        if rate is None or rate_cap is None:
            return rate if rate_cap is None else rate_cap
        return min(rate, rate_cap)

    def _first_question(self, path: Path, now: float) -> wire.Ask:
        download = self._queue.next_to_ask()
        if download is None or not download.stream.holes:
            return wire.Ask(wire.KIND_NONE, bytes(wire.ID_BYTES), bytes(8), ())
        stream = download.stream
        ranges, chunk_bytes, chunks = stream.take(HELLO_SLICES, path.slice_bytes)
        request = Request(path.hello, path, now, chunks, is_repair=False)
        self._inflight.add(request, now)
        return wire.Ask(
            stream.kind, stream.file_id, stream.version, tuple(ranges), path.slice_bytes, chunk_bytes
        )

    def _next_question(self, path: Path, slices: int, now: float) -> bytes | None:
        """A REPAIR or GET for whoever's turn it is; None if nobody has anything to ask for."""
        while (download := self._queue.next_to_ask()) is not None:
            stream = download.stream
            while stream.repairs:
                chunk = stream.repairs.popleft()
                if not chunk.is_open or chunk.request is not None:
                    continue
                assembly = chunk.assembly
                if assembly is not None and assembly.path is path:
                    return self._repair(stream, chunk, assembly, path, now)
                stream.give_back(chunk)  # it was sealed for a path that is not used any more
            if stream.holes:
                return self._get(stream, path, slices, now)
        return None

    def _get(self, stream: Stream, path: Path, slices: int, now: float) -> bytes:
        ranges, chunk_bytes, chunks = stream.take(slices, path.slice_bytes)
        ask = wire.Ask(
            stream.kind, stream.file_id, stream.version, tuple(ranges), path.slice_bytes, chunk_bytes,
            _age_ms(path, now),
        )  # fmt: skip
        self.questions += 1
        request = Request(self._next_number(), path, now, chunks, is_repair=False)
        return self._seal(wire.GET, request, ask, now)

    def _repair(self, stream: Stream, chunk: Chunk, assembly: Assembly, path: Path, now: float) -> bytes:
        mend = wire.Mend(
            stream.kind, stream.file_id, stream.version, chunk.offset, chunk.length, assembly.epoch,
            assembly.counter, assembly.missing(), path.slice_bytes, _age_ms(path, now),
        )  # fmt: skip
        self.repairs += 1
        request = Request(self._next_number(), path, now, [chunk], is_repair=True)
        return self._seal(wire.REPAIR, request, mend, now)

    def _seal(self, kind: int, request: Request, question: wire.Ask | wire.Mend, now: float) -> bytes:
        path = request.path
        assert path.to_server is not None  # only an established path is asked over
        head = wire.pack_question_head(kind, request.number, path.token)
        body = question.pack(wire.question_room(path.token))
        datagram = head + path.to_server.seal(request.number, body, head)
        request.tag = datagram[-wire.TAG_BYTES :]
        self._inflight.add(request, now)
        return datagram

    def _next_number(self) -> int:
        self._number += 1
        return self._number


def _age_ms(path: Path, now: float) -> int:
    return int((now - path.hello_at) * 1000)
