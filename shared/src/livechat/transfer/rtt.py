"""Round-trip estimation and the times that follow from it (RFC 6298, RFC 9002 sections 5 and 6).

Each question has its own number, so an answer always says which question it measures: Karn's problem does not
exist.
"""

INITIAL_RTT_S = 0.333
"""Until a path has been measured (RFC 9002, section 6.2.2)."""
GRANULARITY_S = 0.001
MIN_PROBE_VARIATION_S = 0.005
"""Both ends are Python programs whose loops wake late by milliseconds."""
TIME_THRESHOLD = 9 / 8
MAX_REORDERING_RTTS = 2.0
MIN_REORDERING_CAP_S = 0.05
"""The wait for reordered datagrams grows to two round trips, or to this where they are short."""
REORDERING_DECAY = 0.99
"""Per measured question: a few hundred questions in order bring the wait down again."""


class RttEstimator:
    """Smoothed RTT, its variation, the least RTT, and how late reordered datagrams come."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: another service or another address answers."""
        self.smoothed_s = INITIAL_RTT_S
        self.variation_s = INITIAL_RTT_S / 2
        self.min_s = float("inf")
        self.reordering_s = 0.0
        self.is_measured = False

    def sample(self, rtt_s: float) -> None:
        """Take one measurement; nonsense below zero (a lying hold time) counts as zero."""
        rtt_s = max(rtt_s, 0.0)
        self.min_s = min(self.min_s, rtt_s)
        self.reordering_s *= REORDERING_DECAY
        if not self.is_measured:
            self.smoothed_s, self.variation_s, self.is_measured = rtt_s, rtt_s / 2, True
            return
        self.variation_s += (abs(self.smoothed_s - rtt_s) - self.variation_s) / 4
        self.smoothed_s += (rtt_s - self.smoothed_s) / 8

    def came_late(self, after_s: float) -> None:
        """An answer came `after_s` after its question, when it had been given up: wait longer from now on."""
        most = max(self.smoothed_s * MAX_REORDERING_RTTS, MIN_REORDERING_CAP_S)
        self.reordering_s = max(self.reordering_s, min(after_s - self.smoothed_s, most))

    @property
    def loss_delay_s(self) -> float:
        """After a question: what has been overtaken and is not here by then is lost."""
        return self.smoothed_s * TIME_THRESHOLD + GRANULARITY_S + self.reordering_s

    @property
    def probe_timeout_s(self) -> float:
        """With nothing arriving for so long, ask again (the caller doubles it each time)."""
        return self.smoothed_s + max(4 * self.variation_s, MIN_PROBE_VARIATION_S) + self.reordering_s
