"""How long to wait before trying again: exponential with jitter; pure."""

FIRST_S = 0.5
MOST_S = 15.0


class Backoff:
    """Doubles from FIRST_S to MOST_S; each wait is spread over the upper half of its span.

    The jitter keeps a whole class from coming back in the same instant after the server has restarted.
    """

    def __init__(self) -> None:
        self._attempts = 0

    def next_s(self, random: float) -> float:
        """Seconds to wait; `random` is from [0, 1)."""
        span = min(FIRST_S * 2.0 ** min(self._attempts, 16), MOST_S)
        self._attempts += 1
        return span * (0.5 + 0.5 * random)

    def reset(self) -> None:
        """It worked."""
        self._attempts = 0
