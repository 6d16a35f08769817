"""The client's side of the transfer protocol: asks for files, takes datagrams, gives verified pieces.

`ClientEndpoint` is the whole surface: one endpoint per UDP socket, several downloads at once over it. The owner
calls `datagrams_to_send` after each call that may have changed something, waits for a datagram or for
`get_timer`, and drains `next_event`. All times are seconds of the owner's monotonic clock.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from livechat.errors import RemoteProtocolError
from livechat.transfer import wire
from livechat.transfer.asking import Asker
from livechat.transfer.assembly import Assembly, Chunk, Request
from livechat.transfer.congestion import AimdController, Controller
from livechat.transfer.events import (
    Address,
    Event,
    FailureCode,
    GrantNeeded,
    PathLost,
    PathReady,
)
from livechat.transfer.inflight import InFlight
from livechat.transfer.paths import Grant, Path, PathFinder
from livechat.transfer.receiver import Receiver
from livechat.transfer.rtt import RttEstimator
from livechat.transfer.waiting import DownloadQueue

__all__ = ["ClientEndpoint", "ClientStats", "Grant"]

GRANT_LEAD_S = 120.0
"""A new ticket is asked for when the old one has this long to live, or a fifth of its life if that is less."""
GRANT_LEAD_SHARE = 0.2
GRANT_AGAIN_S = 15.0
"""If nobody renews, ask again after so long."""
GRANT_HINT_S = 5.0
"""A hint that nobody signed asks for a grant at most so often."""
GRANT_PATIENCE_S = 60.0
"""Downloads end with EXPIRED when the service has refused the ticket for so long."""
SUSPECT_PROBES = 3
SUSPECT_SILENCE_S = 1.0
"""After so many probe timeouts and so much silence the path is doubted: HELLO to every candidate. Sooner would
take flows that a full queue starves out of the race altogether."""
LOST_AFTER_S = 4.0
"""After so long without an answer the owner is told."""
DOUBTFUL_RESETS = 3
"""One RESET may come from a corrupted question; after this many in a row the path is not used."""
RESET_RENEW_S = 1.0
"""A path that is younger than this is not renewed for one RESET."""
MAX_BUSY_S = 5.0
"""A BUSY is believed for at most so long at a time."""
SUGGESTED_RATE_S = 1.0
"""How long the rate that a BUSY suggests is kept."""


@dataclass(slots=True)
class ClientStats:
    """Counters since the endpoint was made."""

    received_datagrams: int = 0
    dropped: int = 0
    """Datagrams that could not be parsed or opened, or that answer nothing."""
    hellos: int = 0
    questions: int = 0
    repairs: int = 0
    lost: int = 0
    """Questions given up because no (full) answer came in time."""
    forged: int = 0
    resealed: int = 0
    busy: int = 0
    resets: int = 0


class ClientEndpoint:
    """Downloads over one UDP socket, from whichever candidate answers first."""

    def __init__(
        self,
        *,
        grant: Grant,
        candidates: Sequence[Address],
        random_bytes: Callable[[int], bytes],
        now: float,
        controller: Controller | None = None,
    ) -> None:
        """`candidates` are resolved (ip, port) pairs, the best guess first."""
        self._controller = controller or AimdController()
        self._grant = grant
        self._rtt = RttEstimator()
        self._inflight = InFlight(self._controller, self._rtt)
        self._receiver = Receiver(self._inflight, self._deliver)
        self._finder = PathFinder(candidates, now)
        self._queue = DownloadQueue()
        self._events: deque[Event] = deque()
        self._stats = ClientStats()
        self._asker = Asker(self._inflight, self._controller, self._queue, random_bytes)
        self._is_closed = False
        self._has_news: float | None = now
        """Since when there is something new for `datagrams_to_send`, not called since."""
        self._sent_at = now
        self._is_lost = False
        self._ready_address: Address | None = None
        self._busy_until: float | None = None
        self._hinted_at = float("-inf")
        self._refused_since: float | None = None
        self._is_renewal_wanted = False
        self._suggested: tuple[float, float] | None = None
        """Rate in bytes/s and until when, from a BUSY."""
        self._grant_at = self._plan_grant(now)

    # -- what the owner wants ----------------------------------------------------------------------------------

    def download(self, file_id: bytes, root: bytes) -> int:
        """Start fetching; the id names the download in events. The manifest comes first (ManifestReceived)."""
        self._has_news = self._sent_at
        return self._queue.add(file_id, root, self._events.append)

    def resume_with(self, download_id: int, pieces: Iterable[int]) -> None:
        """Answer to ManifestReceived: indices of the pieces that are here and verified; none for a fresh start.

        Raises LocalProtocolError if the download does not wait for it; one that has ended is ignored.
        """
        download = self._queue.find(download_id)
        if download is not None:
            self._has_news = self._sent_at
            download.resume_with(pieces)
            self._queue.tidy()

    def cancel(self, download_id: int) -> None:
        """Forget the download; no event follows. Unknown ids are ignored."""
        download = self._queue.find(download_id)
        if download is not None:
            download.end()
            self._queue.tidy()

    def renew(self, grant: Grant) -> None:
        """Go on with a new ticket, in answer to GrantNeeded; takes effect at the next `datagrams_to_send`."""
        self._grant = grant
        if self._refused_since is not None:
            self._finder.abandon()
        self._refused_since = None
        self._is_renewal_wanted = True
        self._has_news = self._sent_at

    def close(self) -> None:
        """Forget everything; nothing is sent or reported any more."""
        self._is_closed = True
        self._events.clear()

    def next_event(self) -> Event | None:
        """The next event, oldest first; None when there is none."""
        return self._events.popleft() if self._events else None

    def stats(self) -> ClientStats:
        """The counters, which go on counting."""
        stats = self._stats
        stats.questions, stats.repairs = self._asker.questions, self._asker.repairs
        stats.lost = self._inflight.lost_requests
        stats.forged, stats.resealed = self._receiver.forged, self._receiver.resealed
        return stats

    # -- datagrams ---------------------------------------------------------------------------------------------

    def receive_datagram(self, data: bytes, addr: Address, now: float) -> None:
        """Take one datagram; never raises on what a peer sends."""
        self._stats.received_datagrams += 1
        try:
            if not data or self._is_closed:
                raise RemoteProtocolError("Nothing to take.")
            if data[0] == wire.DATA:
                self._receiver.take(data, addr, now)
            elif data[0] == wire.RESET:
                self._take_reset(data, addr, now)
            else:
                self._take_answer(data, addr, now)
        except RemoteProtocolError:
            self._stats.dropped += 1

    def datagrams_to_send(self, now: float) -> list[tuple[bytes, Address]]:
        """What to send now, in order."""
        self._has_news, self._sent_at = None, now
        if self._is_closed or self._refused_since is not None:
            return []
        rtt_s = self._rtt.smoothed_s if self._rtt.is_measured else None
        if self._is_renewal_wanted:
            self._is_renewal_wanted = False
            self._grant_at = self._plan_grant(now)
            self._finder.restart(now, rtt_s)
        path = self._finder.current
        if self._queue and path is not None:
            if now >= path.expires_at:
                self._finder.search(now, rtt_s)
            elif now >= path.renew_at:
                self._finder.renew(now, rtt_s)
        datagrams = [(self._hello(address, now), address) for address in self._finder.due(now)]
        if path is None or self._finder.is_searching or self._is_busy(now):
            return datagrams
        questions = self._asker.questions_to_send(path, self._rate_cap(path, now), now)
        return datagrams + [(question, path.address) for question in questions]

    # -- time --------------------------------------------------------------------------------------------------

    def get_timer(self) -> float | None:
        """When to call `handle_timer` (and then `datagrams_to_send`) at the latest.

        None = nothing to wait for but datagrams.
        """
        if self._is_closed:
            return None
        deadlines = [self._grant_at, self._inflight.deadline(), self._busy_until, self._has_news]
        if self._refused_since is not None:
            deadlines = [self._grant_at, self._inflight.deadline()]
            if self._queue:
                deadlines.append(self._refused_since + GRANT_PATIENCE_S)
            return min(at for at in deadlines if at is not None)
        finder = self._finder
        deadlines.append(finder.deadline())
        if finder.is_searching and not self._is_lost:
            deadlines.append(finder.searching_since + LOST_AFTER_S)
        if self._asker.is_paced and not finder.is_searching:
            deadlines.append(self._asker.ready_at)
        if self._queue and finder.current is not None and finder.deadline() is None:
            deadlines.append(finder.current.renew_at)
        return min(at for at in deadlines if at is not None)

    def handle_timer(self, now: float) -> None:
        """Let deadlines that have passed take effect."""
        if self._is_closed:
            return
        for chunk in self._inflight.lost(now):
            self._recover(chunk)
        self._is_busy(now)
        silence_s = now - self._inflight.last_arrival
        if self._inflight.probes >= SUSPECT_PROBES and silence_s >= SUSPECT_SILENCE_S:
            self._finder.search(now, self._rtt.smoothed_s)
        finder = self._finder
        if finder.is_searching and not self._is_lost and now >= finder.searching_since + LOST_AFTER_S:
            self._is_lost = True
            self._events.append(PathLost("The file service does not answer."))
        if now >= self._grant_at:
            self._grant_at = now + GRANT_AGAIN_S
            self._events.append(GrantNeeded())
        if self._refused_since is not None and now >= self._refused_since + GRANT_PATIENCE_S:
            self._queue.fail_all(FailureCode.EXPIRED, "The right to download has ended and was not renewed.")

    # -- what arrives ------------------------------------------------------------------------------------------

    def _deliver(self, chunk: Chunk, assembly: Assembly, plaintext: bytes, now: float) -> None:
        path = assembly.path
        path.resets = 0
        if assembly.epoch != path.epoch:
            path.epoch = assembly.epoch
            if path is self._finder.current:
                self._path_changed(now)
        if self._finder.is_searching and path is self._finder.current and now < path.expires_at:
            self._finder.resumed()
            self._announce(path)
        owner = chunk.stream.owner
        owner.take(chunk.stream, chunk.offset, plaintext, now)
        if owner.has_ended:
            self._queue.tidy()

    def _take_answer(self, data: bytes, addr: Address, now: float) -> None:
        """PATH, BUSY, GONE or ERROR: sealed, so believed."""
        head = wire.unpack_answer_head(data)
        if head.type == wire.PATH:
            self._take_path(data, head, addr, now)
            return
        request = self._inflight.requests.get(head.request) or self._inflight.given_up.get(head.request)
        path = request.path if request is not None else self._finder.find_pending(head.client_nonce)
        if path is None or path.client_nonce != head.client_nonce or path.address != addr:
            raise RemoteProtocolError("The answer belongs to no question.")
        at = wire.ANSWER_HEAD_BYTES
        body = path.open(head.epoch, head.counter, data[at:], data[:at])
        self._inflight.alive(now)
        if request is not None:
            self._give_back(self._inflight.release(request))
        if head.type == wire.BUSY:
            self._take_busy(*wire.unpack_busy(body), request is None or request.number == path.hello, now)
        elif head.type == wire.GONE:
            for download in self._queue.with_version(*wire.unpack_gone(body)):
                download.fail(FailureCode.GONE, "The file was removed or changed.")
            self._queue.tidy()
        elif head.type == wire.ERROR:
            self._take_error(wire.unpack_error(body), path, request, now)

    def _take_path(self, data: bytes, head: wire.AnswerHead, addr: Address, now: float) -> None:
        before = self._finder.current
        path = self._finder.accept(data, head, addr)
        self._inflight.alive(now)
        if before is None or before.address != path.address or before.epoch != path.epoch:
            self._path_changed(now)
        self._rtt.sample(now - path.hello_at)
        self._is_renewal_wanted |= path.grant is not self._grant
        self._announce(path)

    def _take_busy(self, retry_after_ms: int, rate_bytes_s: int, is_for_hello: bool, now: float) -> None:
        self._stats.busy += 1
        until = now + min(retry_after_ms / 1000, MAX_BUSY_S)
        if is_for_hello:
            self._finder.postpone(until)
            return
        self._busy_until = max(until, self._busy_until or until)
        if rate_bytes_s:
            self._suggested = (float(rate_bytes_s), until + SUGGESTED_RATE_S)

    def _take_error(self, code: int, path: Path, request: Request | None, now: float) -> None:
        if code == wire.ERROR_EXPIRED:
            if self._refused_since is None and path.grant is self._grant:
                self._refused_since = now
                self._ask_for_grant(now)
        elif request is not None:
            message = "The file service refused the download."
            if code != wire.ERROR_REFUSED:
                message = "The file service did not understand the question."
            streams = {id(chunk.stream): chunk.stream for chunk in request.chunks.values()}
            for stream in streams.values():
                for download in self._queue.with_version(stream.file_id, stream.version):
                    download.fail(FailureCode.REFUSED, message)
            self._queue.tidy()

    def _take_reset(self, data: bytes, addr: Address, now: float) -> None:
        """Nobody signed it, so it is a hint: worth one HELLO, or a question to the hub, now and then."""
        reason, number, tag = wire.unpack_reset(data)
        request = self._inflight.requests.get(number)
        hello = self._finder.find_hello(number)
        path = request.path if request is not None else hello
        expected = request.tag if request is not None and request.tag else (hello.tag if hello else b"")
        if path is None or tag != expected or path.address != addr:
            raise RemoteProtocolError("The RESET answers no question.")
        self._stats.resets += 1
        if request is not None:
            self._give_back(self._inflight.release(request))
        if reason == wire.RESET_TICKET:
            if now >= self._hinted_at + GRANT_HINT_S:
                self._hinted_at = now
                self._ask_for_grant(now)
        elif reason in {wire.RESET_ADDRESS, wire.RESET_TOKEN} and path is self._finder.current:
            path.resets += 1
            if now >= path.hello_at + RESET_RENEW_S:
                self._finder.renew(now, self._rtt.smoothed_s)
            if path.resets >= DOUBTFUL_RESETS:
                self._finder.search(now, self._rtt.smoothed_s)

    # -- helpers -----------------------------------------------------------------------------------------------

    def _hello(self, address: Address, now: float) -> bytes:
        self._stats.hellos += 1
        path, datagram = self._asker.hello(address, self._grant, now)
        self._finder.sent(path)
        return datagram

    def _recover(self, chunk: Chunk) -> None:
        """A lost chunk: repaired where a part of it is here, else a hole."""
        assembly = chunk.assembly
        if assembly is not None and assembly.left < assembly.count and chunk.is_exact:
            self._receiver.close(chunk)
            chunk.stream.repairs.append(chunk)
        else:
            self._give_back([chunk])

    def _give_back(self, chunks: Iterable[Chunk]) -> None:
        for chunk in chunks:
            self._receiver.close(chunk)
            chunk.stream.give_back(chunk)

    def _path_changed(self, now: float) -> None:
        self._rtt.reset()
        self._controller.path_changed(now)

    def _announce(self, path: Path) -> None:
        if self._is_lost or path.address != self._ready_address:
            self._is_lost = False
            self._ready_address = path.address
            self._events.append(PathReady(path.address))

    def _ask_for_grant(self, now: float) -> None:
        self._grant_at = now + GRANT_AGAIN_S
        self._events.append(GrantNeeded())

    def _plan_grant(self, now: float) -> float:
        lifetime_s = self._grant.expires_at - now
        return self._grant.expires_at - min(GRANT_LEAD_S, lifetime_s * GRANT_LEAD_SHARE)

    def _is_busy(self, now: float) -> bool:
        if self._busy_until is not None and now >= self._busy_until:
            self._busy_until = None
        return self._busy_until is not None

    def _rate_cap(self, path: Path, now: float) -> float | None:
        caps = [float(path.rate_cap_bytes_s)] if path.rate_cap_bytes_s else []
        if self._suggested is not None:
            rate, until = self._suggested
            if now < until:
                caps.append(rate)
            else:
                self._suggested = None
        return min(caps, default=None)
