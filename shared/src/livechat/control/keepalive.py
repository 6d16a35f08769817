"""When to ask whether the peer is still there, and when to take it for gone (control.md, section 7).

Time is an argument; `now` is in seconds of any clock that only goes forward.
"""

from enum import Enum, auto

HANDSHAKE_TIMEOUT_S = 5.0
PING_AFTER_S = 5.0
DEAD_AFTER_S = 15.0


class Verdict(Enum):
    """What is to be done about a silent peer."""

    WAIT = auto()
    PING = auto()
    DEAD = auto()


class KeepAlive:
    """Watches the silence of one peer: a Ping after 5 s of it, given up after 15 s (5 s in the handshake)."""

    def __init__(self, now: float) -> None:
        self._started = now
        self._heard: float | None = None
        self._asked = now
        self.pings = 0

    def established(self, now: float) -> None:
        """The handshake is over."""
        self._heard = self._asked = now

    def received(self, now: float) -> None:
        """Something came; it counts only from an authentic peer."""
        if self._heard is not None:
            self._heard = self._asked = now

    def check(self, now: float) -> Verdict:
        """What to do now; PING is said once per 5 s of silence and counted in `pings`, the number to send."""
        if self._heard is None:
            return Verdict.DEAD if now - self._started >= HANDSHAKE_TIMEOUT_S else Verdict.WAIT
        if now - self._heard >= DEAD_AFTER_S:
            return Verdict.DEAD
        if now - self._asked >= PING_AFTER_S:
            self._asked = now
            self.pings += 1
            return Verdict.PING
        return Verdict.WAIT
