"""How much may be under way at once, and how fast questions go out: the congestion controllers.

A controller is told of requests sent, bursts arrived and lost, and congestion marks; it answers with a window
and a pacing rate. It knows no datagrams and no clock. `AimdController` is the plain one: slow start, additive
increase, multiplicative decrease (docs/protocol/transfer.md, section 7).
"""

from typing import Protocol

SEGMENT_BYTES = 1200
INITIAL_WINDOW_SEGMENTS = 10
"""RFC 6928."""
MIN_WINDOW_SEGMENTS = 2
DEFAULT_RECEIVE_BUFFER_BYTES = 212_992
"""What Linux grants for SO_RCVBUF unless an administrator raised net.core.rmem_max."""


class Controller(Protocol):
    """What the scheduler asks of congestion control; all bytes are bytes on the wire."""

    @property
    def window_bytes(self) -> int:
        """Most bytes that may be outstanding: asked for and neither arrived nor given up."""

    @property
    def pacing_rate_bytes_s(self) -> float | None:
        """Rate of asking; None = as the window allows."""

    def sent(self, request_bytes: int, outstanding_bytes: int, now: float) -> None:
        """A request went out that asks for `request_bytes`; `outstanding_bytes` includes them."""

    def arrived(self, burst_bytes: int, sent_at: float, rtt_s: float, now: float) -> None:
        """`burst_bytes` of the request sent at `sent_at` have arrived; `rtt_s` is the smoothed round trip."""

    def lost(self, burst_bytes: int, sent_at: float, now: float) -> None:
        """`burst_bytes` of the request sent at `sent_at` are given up."""

    def congestion_experienced(self, sent_at: float, now: float) -> None:
        """The network marked a datagram of the request sent at `sent_at` (ECN CE)."""

    def timed_out(self, now: float) -> None:
        """Nothing has answered for several probe timeouts: start from the smallest window again."""

    def path_changed(self, now: float) -> None:
        """Another service or another address answers now: what was learnt does not hold."""
