"""Finding and keeping a path to a service: HELLOs to the candidates, the first PATH wins (section 6.1 and 7.5).

Knows which HELLO is due where and what a PATH brings; the datagrams are built by the endpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from livechat.errors import RemoteProtocolError
from livechat.transfer import wire
from livechat.transfer.events import Address
from livechat.transfer.keys import Seal, to_client_seal, to_server_seal

STAGGER_S = 0.25
"""Between HELLOs to different candidates (as RFC 8305, section 5)."""
FIRST_TIMEOUT_S = 1.0
"""Without a measured round trip (RFC 8085, section 3.1.1)."""
LEAST_TIMEOUT_S = 0.25
MAX_TIMEOUT_S = 2.0
"""Backoff ends here: a service that comes back is found within this time at 1,200 B per attempt and candidate.
"""
MAX_PENDING = 16
"""HELLOs that a PATH may still answer; the oldest is forgotten."""
MAX_EPOCHS = 4
"""Processes behind one address whose keys are kept; the oldest is derived again when it answers."""
RENEW_AFTER = 2 / 3
"""Of a token's life: then a HELLO renews it while data flows on."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the hub gave: a ticket and the session key that it holds."""

    session_key: bytes
    ticket: bytes
    expires_at: float
    """On the client's monotonic clock."""


class Path:
    """One HELLO, and what became of it: keys, token and limits."""

    def __init__(self, address: Address, grant: Grant, client_nonce: bytes, hello: int, now: float) -> None:
        self.address = address
        self.grant = grant
        self.client_nonce = client_nonce
        self.hello = hello
        self.hello_at = now
        self.tag = b""
        self.token = b""
        self.to_server: Seal | None = None
        self.epoch = b""
        """Of the process that answered last."""
        self.expires_at = now
        self.slice_bytes = wire.MAX_SLICE_BYTES
        self.max_answer_bytes = wire.MAX_CHUNK_BYTES
        self.rate_cap_bytes_s = 0
        self.resets = 0
        """RESETs in a row that answered questions over it."""
        self._seals: dict[bytes, Seal] = {}

    def open(self, epoch: bytes, counter: int, sealed: bytes, aad: bytes) -> bytes:
        """Open what the process with `epoch` sealed; raises SealError, and then remembers nothing of it."""
        seal = self._seals.get(epoch)
        if seal is not None:
            return seal.open(counter, sealed, aad)
        seal = to_client_seal(self.grant.session_key, self.client_nonce, epoch)
        plaintext = seal.open(counter, sealed, aad)
        if len(self._seals) >= MAX_EPOCHS:
            del self._seals[next(iter(self._seals))]
        self._seals[epoch] = seal
        return plaintext

    def establish(self, offer: wire.PathOffer, epoch: bytes) -> None:
        """The PATH has come."""
        self.token = offer.token
        self.epoch = epoch
        self.to_server = to_server_seal(self.grant.session_key, self.client_nonce, epoch)
        self.expires_at = self.hello_at + offer.token_lifetime_s
        self.slice_bytes = min(offer.max_datagram_bytes, wire.DATAGRAM_BYTES) - wire.DATA_HEAD_BYTES
        self.max_answer_bytes = min(offer.max_chunk_bytes, wire.MAX_CHUNK_BYTES)
        self.rate_cap_bytes_s = offer.rate_cap_bytes_s

    @property
    def renew_at(self) -> float:
        """When to send the HELLO that replaces this path."""
        return self.hello_at + (self.expires_at - self.hello_at) * RENEW_AFTER


class PathFinder:
    """Which HELLO is due when; at most one search goes on at a time.

    `current` is the path to ask over, None before the first PATH. While `is_searching`, nothing else is sent.
    """

    def __init__(self, candidates: Sequence[Address], now: float) -> None:
        self._candidates = list(dict.fromkeys(candidates))
        self.current: Path | None = None
        self.is_searching = False
        self.searching_since = now
        self._is_renewing = False
        self._due: list[tuple[float, Address]] = []
        self._round_at: float | None = None
        self._round = 0
        self._timeout_s = FIRST_TIMEOUT_S
        self._pending: dict[bytes, Path] = {}
        self.search(now)

    def search(self, now: float, rtt_s: float | None = None) -> None:
        """Look for a service at every candidate, the current one first; goes on until one answers."""
        if self.is_searching:
            return
        was_renewing = self._is_renewing
        self.is_searching, self._is_renewing = True, False
        self.searching_since = now
        if not was_renewing:  # else the HELLO that is under way counts
            self._begin(now, rtt_s)

    def renew(self, now: float, rtt_s: float | None = None) -> None:
        """Get a fresh path to the current address while the old one is used."""
        if not self.is_searching and not self._is_renewing and self.current is not None:
            self._is_renewing = True
            self._begin(now, rtt_s)

    def restart(self, now: float, rtt_s: float | None = None) -> None:
        """Say HELLO at once with what changed (a new grant), whatever is going on."""
        if self.is_searching or self.current is None:
            self.is_searching = True
            self._begin(now, rtt_s)
        else:
            self._is_renewing = False
            self.renew(now, rtt_s)

    def abandon(self) -> None:
        """The current path's ticket is refused: nothing more is asked over it. Call `restart` then."""
        self.is_searching = True

    def resumed(self) -> None:
        """The current path answers after all."""
        self.is_searching = False
        self._stop()

    def due(self, now: float) -> list[Address]:
        """Where to send a HELLO now; call once for each occasion."""
        if self._round_at is None:
            return []
        if now >= self._round_at:
            self._round += 1
            self._due = [(now + i * STAGGER_S, address) for i, address in enumerate(self._targets())]
            last = self._due[-1][0] if self._due else now
            self._round_at = last + min(self._timeout_s * 2 ** min(self._round - 1, 8), MAX_TIMEOUT_S)
        ready = [address for at, address in self._due if at <= now]
        self._due = [(at, address) for at, address in self._due if at > now]
        return ready

    def deadline(self) -> float | None:
        """When `due` has the next HELLO."""
        if self._round_at is None:
            return None
        return min([self._round_at, *(at for at, _address in self._due)])

    def postpone(self, until: float) -> None:
        """No HELLO before then: the service is busy."""
        if self._round_at is not None:
            self._due = []
            self._round_at = max(self._round_at, until)

    def sent(self, path: Path) -> list[Path]:
        """A HELLO went out; gives those that are forgotten for it."""
        self._pending[path.client_nonce] = path
        forgotten = []
        while len(self._pending) > MAX_PENDING:
            forgotten.append(self._pending.pop(next(iter(self._pending))))
        return forgotten

    def find_pending(self, client_nonce: bytes) -> Path | None:
        """The HELLO with this nonce, if a PATH may still answer it."""
        return self._pending.get(client_nonce)

    def find_hello(self, request: int) -> Path | None:
        """The HELLO with this request number."""
        return next((path for path in self._pending.values() if path.hello == request), None)

    def accept(self, data: bytes, head: wire.AnswerHead, addr: Address) -> Path:
        """A PATH: gives the path, if it is the answer that was waited for. Raises RemoteProtocolError."""
        path = self._pending.get(head.client_nonce)
        if path is None or path.address != addr or path.hello != head.request:
            raise RemoteProtocolError("The PATH answers none of our HELLOs.")
        at = wire.ANSWER_HEAD_BYTES
        offer = wire.unpack_path(path.open(head.epoch, head.counter, data[at:], data[:at]))
        path.establish(offer, head.epoch)
        self.current = path
        self._pending.clear()
        self.resumed()
        self._is_renewing = False
        return path

    def _begin(self, now: float, rtt_s: float | None) -> None:
        self._round = 0
        self._due = []
        self._round_at = now
        self._timeout_s = FIRST_TIMEOUT_S if rtt_s is None else max(3 * rtt_s, LEAST_TIMEOUT_S)

    def _stop(self) -> None:
        self._due = []
        self._round_at = None
        self._is_renewing = False

    def _targets(self) -> list[Address]:
        if self.current is None:
            return self._candidates
        if self._is_renewing:
            return [self.current.address]
        return [self.current.address, *(a for a in self._candidates if a != self.current.address)]
