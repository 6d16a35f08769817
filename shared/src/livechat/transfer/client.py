"""The client's side of the transfer protocol: asks for files, takes datagrams, gives verified pieces.

`ClientEndpoint` is the whole surface: one endpoint per UDP socket, several downloads at once over it. The owner
calls `datagrams_to_send` after each call that may have changed something, waits for a datagram or for
`get_timer`, and drains `next_event`. All times are seconds of the owner's monotonic clock.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from livechat.transfer.congestion import Controller
from livechat.transfer.events import Address, Event


@dataclass(frozen=True, slots=True)
class Grant:
    """What the hub gave: a ticket and the session key that it holds."""

    session_key: bytes
    ticket: bytes
    expires_at: float
    """On the client's monotonic clock."""


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
        raise NotImplementedError

    def download(self, file_id: bytes, root: bytes) -> int:
        """Start fetching; the id names the download in events. The manifest comes first (ManifestReceived)."""
        raise NotImplementedError

    def resume_with(self, download_id: int, pieces: Iterable[int]) -> None:
        """Answer to ManifestReceived: the indices of the pieces that are here and verified; none for a fresh
        start.
        """
        raise NotImplementedError

    def cancel(self, download_id: int) -> None:
        """Forget the download; no event follows. Unknown ids are ignored."""
        raise NotImplementedError

    def renew(self, grant: Grant) -> None:
        """Go on with a new ticket, in answer to GrantNeeded."""
        raise NotImplementedError

    def receive_datagram(self, data: bytes, addr: Address, now: float) -> None:
        """Take one datagram; never raises on what a peer sends."""
        raise NotImplementedError

    def datagrams_to_send(self, now: float) -> list[tuple[bytes, Address]]:
        """What to send now."""
        raise NotImplementedError

    def get_timer(self) -> float | None:
        """When to call `handle_timer` at the latest; None = nothing to wait for but datagrams."""
        raise NotImplementedError

    def handle_timer(self, now: float) -> None:
        """Let deadlines that have passed take effect."""
        raise NotImplementedError

    def next_event(self) -> Event | None:
        """The next event, oldest first; None when there is none."""
        raise NotImplementedError

    def close(self) -> None:
        """Forget everything; nothing is sent or reported any more."""
        raise NotImplementedError
