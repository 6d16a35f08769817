"""Flood control: a token bucket for each session; time is an argument.

A burst is free, then commands wait their turn, and waiting input beyond its bound ends the connection (the
shell sees to both). A command is let through while there is credit and its cost is taken afterwards, so that a
dear command waits no longer than a cheap one but is paid for by those that follow.
"""


class FloodBucket:
    """Credit of one session, in commands."""

    __slots__ = ("_burst", "_credit", "_rate", "_updated_s")

    def __init__(self, *, burst: float, rate: float, now_s: float) -> None:
        self._burst = burst
        self._rate = rate
        self._credit = burst
        self._updated_s = now_s

    def allows(self, now_s: float) -> bool:
        """Whether the next command may run now."""
        elapsed = max(now_s - self._updated_s, 0.0)
        self._credit = min(self._burst, self._credit + elapsed * self._rate)
        self._updated_s = now_s
        return self._credit > 0

    def charge(self, cost: float) -> None:
        """Pay for a command that ran."""
        self._credit -= cost

    def wait_s(self) -> float:
        """Seconds from the last `allows` until the next command may run; 0 when it may."""
        return max(-self._credit / self._rate, 0.0) if self._credit <= 0 else 0.0
