"""The file service's side of the transfer protocol: datagrams in, datagrams out.

`ServerEndpoint` answers each datagram by itself and keeps nothing that it could not lose
(docs/protocol/transfer.md, section 6): no timers, no transfers. Files are read through `Store`; sockets, clocks
and folders live elsewhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from livechat.errors import RemoteProtocolError
from livechat.ticket import Rights, Ticket, TicketError, TicketExpiredError, TicketSealer
from livechat.transfer import wire
from livechat.transfer.events import Address
from livechat.transfer.guards import BoundedTable, Bucket, ReplayWindow
from livechat.transfer.keys import Seal, hello_seal, to_client_seal, to_server_seal
from livechat.transfer.sealcache import SealCache
from livechat.transfer.sending import Part, Sender
from livechat.transfer.tokens import PATH_TOKEN_LIFETIME_S, PathToken, TokenError, TokenSealer, pack_address

AMPLIFICATION = 3
"""Before an address is validated, at most this many times the bytes that came from it (RFC 9000, section 8)."""
REPLAY_TOLERANCE_S = 30.0
"""How far a question's age may be off: a question held back longer than this is not answered any more."""
MIN_BUSY_S = 0.01


class FileGone(Exception):  # noqa: N818 (an answer that the store gives, not a fault)
    """The file, or this version of it, is not there any more."""


class Store(Protocol):
    """Where the endpoint gets bytes.

    Both methods raise FileGone, also when the file on disk no longer is the version that the catalogue
    describes (size or modification time differ). Both may block for one read from disk.
    """

    def manifest(self, file_id: bytes, version: bytes) -> bytes:
        """The encoded manifest of this version."""

    def read(self, file_id: bytes, version: bytes, offset: int, length: int) -> bytes:
        """The `length` bytes at `offset`, fewer only at the end of the file; `length` is at most 64 KiB."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bounds of what one endpoint keeps and gives."""

    max_answer_bytes: int = wire.MAX_CHUNK_BYTES
    """Most bytes that one question may ask for; more is answered with ERROR."""
    seal_cache_bytes: int = 32 << 20
    """Egress rate times the time to repair, 320 MB/s for 100 ms; at the bound: BUSY, or the oldest is sealed
    anew.
    """
    paths: int = 4096
    """Opened path tokens; what is forgotten is opened again, and its replay window starts empty."""
    tickets: int = 4096
    """Buckets per ticket; one that is forgotten starts full."""
    revoked: int = 65_536
    """Revoked tickets; each counts for ten minutes only, so the oldest have ended before they are forgotten."""
    hello_rate_s: float = 4.0
    hello_burst: float = 32.0
    """HELLOs per second and at once per ticket; more are answered with BUSY."""
    cap_burst_s: float = 0.25
    """A rate cap is kept over spans of this length."""


@dataclass(slots=True)
class ServerStats:
    """Counters since the endpoint was made."""

    received_datagrams: int = 0
    received_bytes: int = 0
    sent_datagrams: int = 0
    sent_bytes: int = 0
    hellos: int = 0
    gets: int = 0
    repairs: int = 0
    chunks_sealed: int = 0
    repairs_resealed: int = 0
    """Repairs whose chunk had left the cache."""
    busy: int = 0
    gone: int = 0
    errors: int = 0
    resets: int = 0
    replayed: int = 0
    """Questions answered before, or too old."""
    dropped: int = 0
    """Datagrams that could not be parsed or opened, and got no answer."""
    paths: int = 0
    cache_bytes: int = 0


@dataclass(slots=True)
class _Path:
    """An opened token with its keys; all of it can be made again from the token."""

    token: PathToken
    from_client: Seal
    to_client: Seal
    window: ReplayWindow = field(default_factory=ReplayWindow)


class _RefusedError(Exception):
    """A question that is answered with `type` and `body`, sealed."""

    def __init__(self, kind: int, body: bytes) -> None:
        self.kind = kind
        self.body = body


class _ResetError(Exception):
    """A question that is answered with a RESET."""

    def __init__(self, reason: int) -> None:
        self.reason = reason


class ServerEndpoint:
    """Answers the datagrams that arrive at one UDP socket."""

    def __init__(
        self,
        *,
        master_key: bytes,
        store: Store,
        random_bytes: Callable[[int], bytes],
        limits: ServerLimits | None = None,
    ) -> None:
        """Draw the epoch; make the endpoint after the last fork, for each process must have its own."""
        self._limits = limits or ServerLimits()
        self._store = store
        self._tickets = TicketSealer(master_key, random_bytes)
        self._tokens = TokenSealer(master_key, random_bytes)
        self._cache = SealCache(self._limits.seal_cache_bytes)
        self._sender = Sender(random_bytes(wire.EPOCH_BYTES), self._cache)
        self._paths: BoundedTable[bytes, _Path] = BoundedTable(self._limits.paths)
        self._hello_buckets: BoundedTable[bytes, Bucket] = BoundedTable(self._limits.tickets)
        self._rate_buckets: BoundedTable[bytes, Bucket] = BoundedTable(self._limits.tickets)
        self._revoked: BoundedTable[bytes, bool] = BoundedTable(self._limits.revoked)
        self._stats = ServerStats()
        self._handlers = {wire.HELLO: self._hello, wire.GET: self._get, wire.REPAIR: self._repair}

    def receive_datagram(self, data: bytes, addr: Address, now: float) -> list[bytes]:
        """Datagrams to send to `addr`, in order; `now` is Unix seconds. Never raises on what a peer sends."""
        stats = self._stats
        stats.received_datagrams += 1
        stats.received_bytes += len(data)
        handler = self._handlers.get(data[0]) if data else None
        try:
            if handler is None:
                raise RemoteProtocolError("The datagram's type is not known.")
            replies = handler(data, addr, now)
        except _ResetError as reset:
            stats.resets += 1
            request = int.from_bytes(data[4:12] if data[0] == wire.HELLO else data[2:10], "big")
            replies = [wire.pack_reset(reset.reason, data, request)]
        except RemoteProtocolError:
            stats.dropped += 1
            return []
        stats.sent_datagrams += len(replies)
        stats.sent_bytes += sum(map(len, replies))
        return replies

    def revoke(self, ticket_id: bytes) -> None:
        """Answer nothing more under this ticket."""
        self._revoked.put(ticket_id, True)

    def stats(self) -> ServerStats:
        """The counters, which go on counting."""
        self._stats.paths = len(self._paths)
        self._stats.cache_bytes = self._cache.bytes
        return self._stats

    def _hello(self, data: bytes, addr: Address, now: float) -> list[bytes]:
        """Section 6.1: open the ticket, check that the sender has its key, offer a path, answer what fits."""
        try:
            head = wire.unpack_hello_head(data)
        except wire.UnknownVersionError:
            raise _ResetError(wire.RESET_VERSION) from None
        expired = False
        try:
            ticket = self._tickets.open(head.ticket, now)
        except TicketExpiredError as error:
            ticket, expired = error.ticket, True
        except TicketError:
            raise _ResetError(wire.RESET_TICKET) from None
        seal = hello_seal(ticket.session_key, head.client_nonce)
        body = seal.open(0, data[head.sealed_at :], data[: head.sealed_at])
        ask = wire.unpack_ask(body)
        self._stats.hellos += 1
        to_client = to_client_seal(ticket.session_key, head.client_nonce, self._sender.epoch)
        try:
            if expired or ticket.ticket_id in self._revoked:
                raise _RefusedError(wire.ERROR, bytes((wire.ERROR_EXPIRED,)))
            self._limit_hellos(ticket.ticket_id, now)
        except _RefusedError as refusal:
            return [self._refusal(refusal, head.request, head.client_nonce, to_client)]
        path = self._make_path(ticket, head.client_nonce, addr, now, to_client)
        replies = [self._offer(path, ticket, head.request, now)]
        if ask.kind != wire.KIND_NONE:
            room = AMPLIFICATION * len(data) - len(replies[0])
            replies += self._within(room, self._answer(path, head.request, ask, now))
        return replies

    def _make_path(self, ticket: Ticket, nonce: bytes, addr: Address, now: float, to_client: Seal) -> _Path:
        token = PathToken(
            ticket.ticket_id, ticket.session_key, nonce, self._sender.epoch, pack_address(addr), now,
            ticket.expires_at, ticket.rights, ticket.rate_cap_bytes_s,
        )  # fmt: skip
        return _Path(token, to_server_seal(token.session_key, nonce, token.epoch), to_client)

    def _offer(self, path: _Path, ticket: Ticket, request: int, now: float) -> bytes:
        sealed_token = self._tokens.seal(path.token)
        self._paths.put(sealed_token, path)
        offer = wire.PathOffer(
            sealed_token, PATH_TOKEN_LIFETIME_S, int(ticket.expires_at - now), self._limits.max_answer_bytes,
            wire.DATAGRAM_BYTES, ticket.rate_cap_bytes_s,
        )  # fmt: skip
        body = wire.pack_path(offer)
        return self._sender.answer(wire.PATH, request, path.token.client_nonce, path.to_client, body)

    @staticmethod
    def _within(room: int, datagrams: list[bytes]) -> Iterator[bytes]:
        for datagram in datagrams:
            room -= len(datagram)
            if room < 0:
                return
            yield datagram

    def _get(self, data: bytes, addr: Address, now: float) -> list[bytes]:
        """Section 6.2."""
        head, path, body = self._open_question(data, addr, now)
        ask = wire.unpack_ask(body)
        self._check_fresh(path, head.request, ask.since_hello_ms, now)
        self._stats.gets += 1
        return self._answer(path, head.request, ask, now)

    def _repair(self, data: bytes, addr: Address, now: float) -> list[bytes]:
        """Section 6.3: from the cache, or sealed anew and sent whole."""
        head, path, body = self._open_question(data, addr, now)
        mend = wire.unpack_mend(body)
        self._check_fresh(path, head.request, mend.since_hello_ms, now)
        self._stats.repairs += 1
        token = path.token
        try:
            self._check_ticket(token, now)
            datagrams = self._sender.repair(head.request, token.client_nonce, mend, now)
        except _RefusedError as refusal:
            return [self._refusal(refusal, head.request, token.client_nonce, path.to_client)]
        if datagrams is None:
            self._stats.repairs_resealed += 1
            span = ((mend.offset, mend.length),)
            return self._answer(
                path, head.request, wire.Ask(mend.kind, mend.file_id, mend.version, span, mend.slice_bytes), now
            )
        self._charge(token, sum(map(len, datagrams)))
        return datagrams

    def _open_question(self, data: bytes, addr: Address, now: float) -> tuple[wire.QuestionHead, _Path, bytes]:
        head = wire.unpack_question_head(data)
        path = self._paths.find(head.token) or self._reopen(head.token)
        if (
            not 0
            <= now - path.token.hello_at + REPLAY_TOLERANCE_S
            <= PATH_TOKEN_LIFETIME_S + REPLAY_TOLERANCE_S
        ):
            raise _ResetError(wire.RESET_TOKEN)
        if path.token.packed_address != pack_address(addr):
            raise _ResetError(wire.RESET_ADDRESS)
        return head, path, path.from_client.open(head.request, data[head.sealed_at :], data[: head.sealed_at])

    def _reopen(self, sealed_token: bytes) -> _Path:
        """A path of another replica, of our process before it restarted, or one that was forgotten."""
        try:
            token = self._tokens.open(sealed_token)
        except TokenError:
            raise _ResetError(wire.RESET_TOKEN) from None
        path = _Path(
            token,
            to_server_seal(token.session_key, token.client_nonce, token.epoch),
            to_client_seal(token.session_key, token.client_nonce, self._sender.epoch),
        )
        self._paths.put(sealed_token, path)
        return path

    def _check_fresh(self, path: _Path, request: int, since_hello_ms: int, now: float) -> None:
        late_s = now - path.token.hello_at - since_hello_ms / 1000
        if abs(late_s) > REPLAY_TOLERANCE_S or not path.window.accept(request):
            self._stats.replayed += 1
            raise RemoteProtocolError("The question was answered before, or is too old.")

    def _answer(self, path: _Path, request: int, ask: wire.Ask, now: float) -> list[bytes]:
        """DATA for everything asked, or one datagram that says why not."""
        token = path.token
        try:
            self._check_ticket(token, now)
            parts = list(self._parts(ask))
            if not self._cache.has_room(sum(len(p.data) + wire.TAG_BYTES for p in parts), now):
                raise self._busy(MIN_BUSY_S, 0)
        except FileGone:
            body = wire.pack_gone(ask.file_id, ask.version)
            return [self._refusal(_RefusedError(wire.GONE, body), request, token.client_nonce, path.to_client)]
        except _RefusedError as refusal:
            return [self._refusal(refusal, request, token.client_nonce, path.to_client)]
        slice_bytes = _slice_bytes(ask.slice_bytes)
        datagrams: list[bytes] = []
        for part in parts:
            datagrams += self._sender.chunk(request, token.client_nonce, path.to_client, part, slice_bytes)
        self._stats.chunks_sealed += len(parts)
        self._charge(token, sum(map(len, datagrams)))
        return datagrams

    def _parts(self, ask: wire.Ask) -> Iterator[Part]:
        """What is asked, cut into chunks; raises FileGone, or _RefusedError where it makes no sense."""
        slice_bytes = _slice_bytes(ask.slice_bytes)
        chunk_bytes = min(ask.chunk_bytes, self._limits.max_answer_bytes)
        asked = sum(length for _offset, length in ask.ranges)
        chunks = sum(-(-length // max(1, chunk_bytes)) for _offset, length in ask.ranges)
        most = min(chunk_bytes, max((length for _offset, length in ask.ranges), default=0))
        if (
            not ask.ranges
            or any(length == 0 for _offset, length in ask.ranges)
            or asked > self._limits.max_answer_bytes
            or not 0 < chunks <= wire.MAX_SLICES
            or wire.slice_count(most, slice_bytes) > wire.MAX_SLICES
        ):
            raise _RefusedError(wire.ERROR, bytes((wire.ERROR_INVALID,)))
        manifest = self._store.manifest(ask.file_id, ask.version) if ask.kind == wire.KIND_MANIFEST else None
        for offset, length in ask.ranges:
            if manifest is None:
                data = self._store.read(ask.file_id, ask.version, offset, length)
            else:
                data = manifest[offset : offset + length]
            if not data:
                raise _RefusedError(wire.ERROR, bytes((wire.ERROR_INVALID,)))
            for start in range(0, len(data), chunk_bytes):
                cut = data if len(data) <= chunk_bytes else data[start : start + chunk_bytes]
                yield Part(ask.kind, ask.file_id, ask.version, offset + start, cut)

    def _check_ticket(self, token: PathToken, now: float) -> None:
        if now >= token.ticket_expires_at or token.ticket_id in self._revoked:
            raise _RefusedError(wire.ERROR, bytes((wire.ERROR_EXPIRED,)))
        if not token.rights & Rights.DOWNLOAD:
            raise _RefusedError(wire.ERROR, bytes((wire.ERROR_REFUSED,)))
        cap = token.rate_cap_bytes_s
        if cap:
            bucket = self._rate_buckets.find_or_make(
                token.ticket_id,
                lambda: Bucket(cap, max(cap * self._limits.cap_burst_s, wire.DATAGRAM_BYTES), now),
            )
            wait_s = bucket.wait_s(now)
            if wait_s:
                raise self._busy(wait_s, cap)

    def _charge(self, token: PathToken, sent_bytes: int) -> None:
        bucket = self._rate_buckets.find(token.ticket_id) if token.rate_cap_bytes_s else None
        if bucket is not None:
            bucket.take(sent_bytes)

    def _limit_hellos(self, ticket_id: bytes, now: float) -> None:
        limits = self._limits
        bucket = self._hello_buckets.find_or_make(
            ticket_id, lambda: Bucket(limits.hello_rate_s, limits.hello_burst, now)
        )
        wait_s = bucket.wait_s(now)
        if wait_s:
            raise self._busy(wait_s, 0)
        bucket.take(1)

    @staticmethod
    def _busy(wait_s: float, rate_bytes_s: int) -> _RefusedError:
        return _RefusedError(wire.BUSY, wire.pack_busy(int(max(wait_s, MIN_BUSY_S) * 1000), rate_bytes_s))

    def _refusal(self, refusal: _RefusedError, request: int, client_nonce: bytes, seal: Seal) -> bytes:
        stats = self._stats
        stats.busy += refusal.kind == wire.BUSY
        stats.gone += refusal.kind == wire.GONE
        stats.errors += refusal.kind == wire.ERROR
        return self._sender.answer(refusal.kind, request, client_nonce, seal, refusal.body)


def _slice_bytes(asked: int) -> int:
    return max(wire.MIN_SLICE_BYTES, min(asked, wire.MAX_SLICE_BYTES))
