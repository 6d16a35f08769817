"""Questions under way: round trips, what is lost, and when to ask again (docs/protocol/transfer.md, section
7.3).

Decides only that something is lost; what then is asked anew is the stream's business.
"""

from livechat.transfer import wire
from livechat.transfer.assembly import Chunk, Request
from livechat.transfer.congestion import Controller
from livechat.transfer.rtt import RttEstimator

OVERTAKEN_THRESHOLD = 3
"""Later answers that make a question lost as soon as 9/8 of the round trip has passed."""
GIVEN_UP_REMEMBERED = 256
"""Lost questions whose late answers are still recognised; older ones count as strays."""
TIMED_OUT_PROBES = 2
"""Probe timeouts in a row that take the window to its least."""
MAX_PROBE_DOUBLINGS = 6


class InFlight:
    """All questions that are neither answered nor given up, in the order in which they were sent."""

    def __init__(self, controller: Controller, rtt: RttEstimator) -> None:
        self._controller = controller
        self.rtt = rtt
        self.requests: dict[int, Request] = {}
        self.given_up: dict[int, Request] = {}
        self.bytes = 0
        self.probes = 0
        """Probe timeouts since anything arrived."""
        self.last_arrival = float("-inf")
        self.last_probe = float("-inf")
        self.lost_requests = 0

    def add(self, request: Request, now: float) -> None:
        """Take a question that goes out now."""
        for chunk in request.chunks.values():
            missing = chunk.slices if chunk.assembly is None else chunk.assembly.left
            request.wire_bytes[chunk.offset] = missing * wire.DATAGRAM_BYTES
        asked = sum(request.wire_bytes.values())
        self.requests[request.number] = request
        self.bytes += asked
        self._controller.sent(asked, self.bytes, now)

    def answered(self, request: Request, hold_s: float, now: float) -> None:
        """The first datagram of an answer is here."""
        request.is_answered = True
        self.rtt.sample(now - request.sent_at - hold_s)
        self.alive(now)
        for earlier in self.requests.values():
            if earlier.number >= request.number:
                break
            earlier.overtaken += 1

    def alive(self, now: float) -> None:
        """Something genuine came: the probe timer starts over."""
        self.probes = 0
        self.last_arrival = now

    def came_late(self, request: Request, now: float) -> None:
        """A datagram of an answer that had been given up: that was wrong, so wait longer from now on."""
        self.rtt.came_late(now - request.sent_at)
        self._controller.lost_wrongly(request.sent_at, now)

    def chunk_done(self, chunk: Chunk, now: float) -> None:
        """A chunk is complete and opened."""
        request = chunk.request
        if request is None:  # it had been given up, so that was wrong
            return
        arrived = self._settle(request, chunk)
        self._controller.arrived(arrived, request.sent_at, self.rtt.smoothed_s, now)

    def release(self, request: Request) -> list[Chunk]:
        """Take a question back without calling it lost; gives the chunks that are still open."""
        self.requests.pop(request.number, None)
        self.bytes -= sum(request.wire_bytes.values())
        request.wire_bytes.clear()
        chunks = [chunk for chunk in request.chunks.values() if chunk.is_open and chunk.request is request]
        for chunk in chunks:
            chunk.request = None
        return chunks

    def release_chunk(self, chunk: Chunk) -> None:
        """Take one chunk out of the question that is under way for it, without calling it lost."""
        if chunk.request is not None:
            self._settle(chunk.request, chunk)
            chunk.request = None

    def deadline(self) -> float | None:
        """When `lost` may have something to say; None = nothing is under way."""
        if not self.requests:
            return None
        overtaken = [self._lost_at(request) for request in self.requests.values() if request.overtaken]
        return min([*overtaken, self._probe_at()])

    def lost(self, now: float) -> list[Chunk]:
        """The open chunks of all questions that are lost by now; they are not under way any more."""
        requests = [r for r in self.requests.values() if r.overtaken and self._lost_at(r) <= now]
        if not requests and self.requests and self._probe_at() <= now:
            requests = self._probe(now)
        chunks: list[Chunk] = []
        for request in requests:
            self.lost_requests += 1
            self._controller.lost(sum(request.wire_bytes.values()), request.sent_at, now)
            chunks += self.release(request)
            self.given_up[request.number] = request
        while len(self.given_up) > GIVEN_UP_REMEMBERED:
            del self.given_up[next(iter(self.given_up))]
        return chunks

    def _probe(self, now: float) -> list[Request]:
        """Nothing has arrived for a probe timeout: everything older than one is asked anew."""
        timeout_s = self.rtt.probe_timeout_s
        self.probes += 1
        self.last_probe = now
        if self.probes >= TIMED_OUT_PROBES:
            self._controller.timed_out(now)
        oldest, *others = self.requests.values()
        return [oldest, *(r for r in others if r.sent_at + timeout_s <= now)]

    def _lost_at(self, request: Request) -> float:
        at = request.sent_at + self.rtt.loss_delay_s
        return at if request.overtaken >= OVERTAKEN_THRESHOLD else at + 2 * self.rtt.variation_s

    def _probe_at(self) -> float:
        oldest = next(iter(self.requests.values())).sent_at
        since = max(oldest, self.last_arrival, self.last_probe)
        return since + self.rtt.probe_timeout_s * (1 << min(self.probes, MAX_PROBE_DOUBLINGS))

    def _settle(self, request: Request, chunk: Chunk) -> int:
        settled = request.wire_bytes.pop(chunk.offset, 0)
        self.bytes -= settled
        if not request.wire_bytes:
            self.requests.pop(request.number, None)
        return settled
