"""Spreads questions over time by credit, with a small catch-up because loops wake late (section 7.4)."""

CATCH_UP_S = 0.01
"""Time not used counts for at most this long: Python loops and timers are late by milliseconds."""


class Pacer:
    """Says when the next question may go out."""

    def __init__(self) -> None:
        self._next_at = float("-inf")

    def ready_at(self) -> float:
        """The next question may go out from then on."""
        return self._next_at

    def spend(self, asked_bytes: int, rate_bytes_s: float | None, now: float) -> None:
        """A question for `asked_bytes` goes out now; None = no pacing."""
        if rate_bytes_s is None:
            self._next_at = now
        else:
            self._next_at = max(self._next_at, now - CATCH_UP_S) + asked_bytes / rate_bytes_s
