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
"""What Linux grants for SO_RCVBUF where net.core.rmem_max is unchanged."""
RECEIVE_BUFFER_SHARE = 0.5
"""Of what was granted: Linux accounts a datagram of 1,200 B with two to four times its size, out of twice it.
"""
STALL_S = 0.02
"""A receiver may stop reading for so long: what arrives meanwhile has to fit into its buffer. Longer round
trips hold more than that on the wire, so there the window may be larger in proportion."""
DECREASE = 0.7
"""As CUBIC (RFC 9438, section 4.6): a link's queue seldom runs empty after one decrease."""
MIN_QUEUE_RTT_S, MAX_QUEUE_RTT_S = 0.004, 0.016
"""Slow start ends when the round trip has grown by an eighth, within these bounds (RFC 9406): a queue fills."""
SLOW_START_GAIN = 2.0
STEADY_GAIN = 1.25
"""Pacing a little above window / RTT, so that the window and not the pacer is the limit (RFC 9002, section
7.7).
"""
PACE_FROM_RTT_S = 0.005
"""Below this round trip, arrivals clock the questions finely enough, and timers are too coarse to pace."""


class Controller(Protocol):
    """What the scheduler asks of congestion control; all bytes are bytes of datagrams' payload."""

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

    def lost_wrongly(self, sent_at: float, now: float) -> None:
        """Bytes of the request sent at `sent_at` that were reported lost have arrived after all."""

    def congestion_experienced(self, sent_at: float, now: float) -> None:
        """The network marked a datagram of the request sent at `sent_at` (ECN CE)."""

    def timed_out(self, now: float) -> None:
        """Nothing has answered for several probe timeouts: start from the smallest window again."""

    def path_changed(self, now: float) -> None:
        """Another service or another address answers now: what was learnt does not hold."""


class AimdController:
    """Slow start, then one segment more per round trip; on loss, once per round trip, `DECREASE` of the window.

    `receive_buffer_bytes`: what was granted for SO_RCVBUF (Linux reports twice that, socket(7)). The window
    stays under RECEIVE_BUFFER_SHARE of it: what the socket cannot hold is lost however good the network is.
    """

    def __init__(self, *, receive_buffer_bytes: int = DEFAULT_RECEIVE_BUFFER_BYTES) -> None:
        least = MIN_WINDOW_SEGMENTS * SEGMENT_BYTES
        self._most = max(least, int(receive_buffer_bytes * RECEIVE_BUFFER_SHARE))
        self._least = least
        self._start()

    def _start(self) -> None:
        self._window = float(min(self._most, INITIAL_WINDOW_SEGMENTS * SEGMENT_BYTES))
        self._threshold = float("inf")
        self._decreased_at = float("-inf")
        self._before = (self._window, self._threshold)
        """Window and threshold before the last decrease."""
        self._rtt_s: float | None = None
        self._least_rtt_s = float("inf")
        self._is_limiting = False

    @property
    def window_bytes(self) -> int:
        """See Controller."""
        return int(self._window)

    @property
    def in_slow_start(self) -> bool:
        """Whether the window still grows with every arrival."""
        return self._window < self._threshold

    @property
    def pacing_rate_bytes_s(self) -> float | None:
        """See Controller."""
        if self._rtt_s is None or self._rtt_s < PACE_FROM_RTT_S:
            return None
        return (SLOW_START_GAIN if self.in_slow_start else STEADY_GAIN) * self._window / self._rtt_s

    def sent(self, request_bytes: int, outstanding_bytes: int, now: float) -> None:  # noqa: ARG002 (the interface)
        """See Controller. A window that is not used does not grow (RFC 9002, section 7.8)."""
        self._is_limiting = outstanding_bytes + request_bytes > self._window / 2

    def arrived(self, burst_bytes: int, sent_at: float, rtt_s: float, now: float) -> None:  # noqa: ARG002
        """See Controller."""
        self._rtt_s = rtt_s
        self._least_rtt_s = min(self._least_rtt_s, rtt_s)
        if not self._is_limiting or sent_at <= self._decreased_at:
            return
        if self.in_slow_start:
            grown = self._window + burst_bytes
            allowance_s = min(max(self._least_rtt_s / 8, MIN_QUEUE_RTT_S), MAX_QUEUE_RTT_S)
            if rtt_s > self._least_rtt_s + allowance_s:
                self._threshold = self._window
        else:
            grown = self._window + SEGMENT_BYTES * burst_bytes / self._window
        self._window = min(grown, self._most * max(1.0, rtt_s / STALL_S))

    def lost(self, burst_bytes: int, sent_at: float, now: float) -> None:  # noqa: ARG002
        """See Controller. Losses among what was asked before the last decrease are the same event."""
        if sent_at <= self._decreased_at:
            return
        self._before = (self._window, self._threshold)
        self._window = max(self._window * DECREASE, self._least)
        self._threshold = self._window
        self._decreased_at = now

    def lost_wrongly(self, sent_at: float, now: float) -> None:  # noqa: ARG002
        """See Controller. Takes the last decrease back, if it was for this (as RFC 3522 and RFC 4015)."""
        if sent_at <= self._decreased_at and self._before[0] > self._window:
            self._window, self._threshold = self._before
            self._decreased_at = sent_at

    def congestion_experienced(self, sent_at: float, now: float) -> None:
        """See Controller. A mark counts as a loss (RFC 3168)."""
        self.lost(0, sent_at, now)

    def timed_out(self, now: float) -> None:
        """See Controller. Slow start goes back to half of what was (RFC 5681, section 3.1)."""
        if self._window > self._least:
            self._threshold = max(self._window / 2, self._least)
        self._window = self._least
        self._decreased_at = now

    def path_changed(self, now: float) -> None:  # noqa: ARG002 (the interface)
        """See Controller."""
        self._start()
