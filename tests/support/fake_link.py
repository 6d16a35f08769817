"""A server and clients of the transfer protocol over a link on a virtual clock that jumps to the next thing to
happen.

The link delays, limits, queues, loses, reorders, doubles, corrupts and forges datagrams as its `Profile` says.
No socket, no sleeping, no real clock: a simulated minute takes as long as its datagrams need.
"""

import heapq
import itertools
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from livechat.ticket import Rights, Ticket, TicketSealer
from livechat.transfer import wire
from livechat.transfer.client import ClientEndpoint, Grant
from livechat.transfer.congestion import Controller
from livechat.transfer.events import Address, Event, Failed, Finished, ManifestReceived, PieceVerified
from livechat.transfer.manifest import ManifestBuilder, root, version
from livechat.transfer.server import FileGone, ServerEndpoint, ServerLimits

MASTER_KEY = bytes(range(32))
SESSION_KEY = bytes(range(32, 64))
SERVER: Address = ("192.0.2.1", 6969)
UNIX_START = 1_700_000_000.0
"""What the server's clock says when the link's clock says 0."""
MAX_STEPS_AT_ONE_TIME = 20_000
"""More than this without the clock moving is an endless loop."""


@dataclass
class Profile:
    """One direction of a link."""

    delay_s: float = 0.01
    rate_bytes_s: float | None = None
    queue_datagrams: int | None = None
    """Datagrams of full size that wait for the rate; what finds the queue full is lost."""
    loss: float = 0.0
    loss_burst: int = 1
    """A loss takes up to this many datagrams in a row."""
    reorder: float = 0.0
    reorder_s: float = 0.05
    duplicate: float = 0.0
    corrupt: float = 0.0
    forge: float = 0.0
    """Share of datagrams of which a forged copy (other payload) arrives just before."""
    is_blackhole: Callable[[float], bool] = lambda _now: False


class MemoryStore:
    """Files in memory, by file id; changing one makes its old version gone."""

    def __init__(self) -> None:
        self.files: dict[bytes, tuple[bytes, bytes, bytes]] = {}
        self.lies_about: set[bytes] = set()
        """File ids whose bytes are changed on the way out."""

    def add(self, file_id: bytes, data: bytes, name: str = "file.bin") -> bytes:
        """Put a file; gives its root."""
        builder = ManifestBuilder(name)
        builder.update(data)
        encoded = builder.finish().encode()
        self.files[file_id] = (version(root(encoded)), encoded, data)
        return root(encoded)

    def manifest(self, file_id: bytes, version: bytes) -> bytes:
        return self._find(file_id, version)[1]

    def read(self, file_id: bytes, version: bytes, offset: int, length: int) -> bytes:
        data = self._find(file_id, version)[2][offset : offset + length]
        return bytes(len(data)) if file_id in self.lies_about else data

    def _find(self, file_id: bytes, version: bytes) -> tuple[bytes, bytes, bytes]:
        entry = self.files.get(file_id)
        if entry is None or entry[0] != version:
            raise FileGone
        return entry


class Pipe:
    """One direction: decides when, whether and in what shape a datagram arrives."""

    def __init__(self, profile: Profile, rng: random.Random) -> None:
        self.profile = profile
        self.passed_bytes = 0
        self._rng = rng
        self._free_at = 0.0
        self._losing = 0

    def carry(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        """(arrival, bytes) for everything that comes out at the other end."""
        profile, rng = self.profile, self._rng
        if profile.is_blackhole(now) or self._is_lost():
            return []
        at = now
        if profile.rate_bytes_s is not None:
            wait_s = max(0.0, self._free_at - now)
            queued_bytes = wait_s * profile.rate_bytes_s
            if (
                profile.queue_datagrams is not None
                and queued_bytes > profile.queue_datagrams * wire.DATAGRAM_BYTES
            ):
                return []
            self._free_at = now + wait_s + len(data) / profile.rate_bytes_s
            at = self._free_at
        self.passed_bytes += len(data)
        at += profile.delay_s
        if rng.random() < profile.reorder:
            at += rng.random() * profile.reorder_s
        out = [(at, data)]
        if rng.random() < profile.forge:
            out.insert(0, (at, _changed(data, rng, from_byte=wire.DATA_HEAD_BYTES)))
        if rng.random() < profile.corrupt:
            out[-1] = (at, _changed(data, rng))
        if rng.random() < profile.duplicate:
            out.append((at + rng.random() * profile.reorder_s, data))
        return out

    def _is_lost(self) -> bool:
        if self._losing:
            self._losing -= 1
            return True
        if self._rng.random() < self.profile.loss:
            self._losing = self._rng.randint(1, self.profile.loss_burst) - 1
            return True
        return False


def _changed(data: bytes, rng: random.Random, from_byte: int = 0) -> bytes:
    changed = bytearray(data)
    at = rng.randrange(min(from_byte, len(data) - 1), len(data))
    changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed)


@dataclass
class Client:
    """A client endpoint with what its owner would do: answer manifests, keep pieces, renew grants."""

    endpoint: ClientEndpoint
    address: Address
    events: list[Event] = field(default_factory=list)
    pieces: dict[int, dict[int, bytes]] = field(default_factory=dict)
    verified: dict[int, set[int]] = field(default_factory=dict)
    """Pieces that a download has before it starts, by download id."""
    finished: dict[int, float] = field(default_factory=dict)
    failed: dict[int, Failed] = field(default_factory=dict)
    on_event: Callable[[Event], None] | None = None
    wake_at: float | None = None

    def data(self, download_id: int) -> bytes:
        """What the download delivered, in order of offset."""
        pieces = self.pieces.get(download_id, {})
        return b"".join(pieces[at] for at in sorted(pieces))


class Simulation:
    """One server address, any number of clients, a link between; `now` is the link's clock."""

    def __init__(
        self,
        *,
        up: Profile | None = None,
        down: Profile | None = None,
        seed: int = 1,
        limits: ServerLimits | None = None,
        store: MemoryStore | None = None,
    ) -> None:
        self.now = 0.0
        self.rng = random.Random(seed)
        self.store = store or MemoryStore()
        self.limits = limits or ServerLimits()
        self.up = Pipe(up or Profile(), self.rng)
        self.down = Pipe(down or Profile(), self.rng)
        self.clients: list[Client] = []
        self.server: ServerEndpoint | None = None
        self.sent_by_server: list[tuple[int, list[bytes]]] | None = None
        """(bytes of the question, answers), if somebody wants them kept: set it to a list."""
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self.start_server()

    # -- who is there

    def start_server(self) -> None:
        """A new process: new epoch, empty caches."""
        self.server = ServerEndpoint(
            master_key=MASTER_KEY, store=self.store, random_bytes=self.rng.randbytes, limits=self.limits
        )

    def stop_server(self) -> None:
        """Nobody at the address: datagrams vanish."""
        self.server = None

    def grant(
        self,
        *,
        lifetime_s: float = 600,
        rights: Rights = Rights.DOWNLOAD,
        rate_cap: int = 0,
        ticket_id: bytes | None = None,
    ) -> Grant:
        """What a hub would give now."""
        ticket = Ticket(
            ticket_id=ticket_id or self.rng.randbytes(8),
            nick="someone",
            rights=rights,
            rate_cap_bytes_s=rate_cap,
            expires_at=int(UNIX_START + self.now + lifetime_s),
            session_key=SESSION_KEY,
        )
        sealed = TicketSealer(MASTER_KEY, self.rng.randbytes).seal(ticket)
        return Grant(SESSION_KEY, sealed, self.now + lifetime_s)

    def add_client(
        self,
        *,
        grant: Grant | None = None,
        candidates: Iterable[Address] = (SERVER,),
        controller: Controller | None = None,
        address: Address | None = None,
    ) -> Client:
        """A client that starts now."""
        endpoint = ClientEndpoint(
            grant=grant or self.grant(),
            candidates=list(candidates),
            random_bytes=self.rng.randbytes,
            now=self.now,
            controller=controller,
        )
        client = Client(endpoint, address or ("198.51.100.7", 40_000 + len(self.clients)))
        self.clients.append(client)
        self.at(self.now, lambda: None)
        return client

    # -- time

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do `action` at `when`; clients are looked after after each."""
        heapq.heappush(self._heap, (when, next(self._order), action))

    def run(self, *, until: Callable[[], bool], limit_s: float) -> bool:
        """Run until the condition holds; False if it does not within `limit_s` of simulated time from now."""
        end = self.now + limit_s
        steps = 0
        for client in self.clients:
            self._look_after(client)
        while not until():
            timers = [c.wake_at for c in self.clients if c.wake_at is not None]
            at = min([*timers, self._heap[0][0]] if self._heap else timers, default=None)
            if at is None or at > end:
                self.now = end
                return until()
            steps = steps + 1 if at <= self.now else 0
            assert steps < MAX_STEPS_AT_ONE_TIME, "the clock stands still"
            self.now = max(self.now, at)
            if self._heap and self._heap[0][0] <= self.now:
                heapq.heappop(self._heap)[2]()
            for client in self.clients:
                if client.wake_at is not None and client.wake_at <= self.now:
                    client.endpoint.handle_timer(self.now)
                    self._look_after(client)
        return True

    def run_for(self, duration_s: float) -> None:
        """Let time pass."""
        self.run(until=lambda: False, limit_s=duration_s)

    # -- datagrams

    def _look_after(self, client: Client) -> None:
        endpoint = client.endpoint
        while (event := endpoint.next_event()) is not None:
            self._handle(client, event)
        for data, address in endpoint.datagrams_to_send(self.now):
            if address == SERVER:
                for at, carried in self.up.carry(data, self.now):
                    self.at(at, lambda d=carried, a=client.address: self._at_server(d, a))  # type: ignore[misc]
        while (event := endpoint.next_event()) is not None:
            self._handle(client, event)
        client.wake_at = endpoint.get_timer()

    def _handle(self, client: Client, event: Event) -> None:
        client.events.append(event)
        if isinstance(event, ManifestReceived):
            client.endpoint.resume_with(event.download_id, client.verified.get(event.download_id, set()))
        elif isinstance(event, PieceVerified):
            assert event.offset not in client.pieces.setdefault(event.download_id, {})
            client.pieces[event.download_id][event.offset] = event.data
        elif isinstance(event, Finished):
            client.finished[event.download_id] = self.now
        elif isinstance(event, Failed):
            client.failed[event.download_id] = event
        if client.on_event is not None:
            client.on_event(event)

    def _at_server(self, data: bytes, addr: Address) -> None:
        if self.server is None:
            return
        replies = self.server.receive_datagram(data, addr, UNIX_START + self.now)
        if self.sent_by_server is not None:
            self.sent_by_server.append((len(data), replies))
        for reply in replies:
            for at, carried in self.down.carry(reply, self.now):
                self.at(at, lambda d=carried: self._at_client(d, addr))  # type: ignore[misc]

    def _at_client(self, data: bytes, addr: Address) -> None:
        for client in self.clients:
            if client.address == addr:
                client.endpoint.receive_datagram(data, SERVER, self.now)
                self._look_after(client)
