"""What the hub remembers between two connections: how long to wait, and which tickets it revoked.

Both are bounded, and take the time and the dice as arguments.
"""

from collections import OrderedDict

from livechat.ticket import TICKET_LIFETIME_S

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 5.0
REFUSED_DELAY_S = 30.0
"""Another key or another version: only a person can help, so there is no hurry."""

MAX_REVOCATIONS = 4096
"""At the bound the oldest is forgotten: its ticket ends by itself soonest."""

_JITTER = 0.25


class Backoff:
    """Delays that double from 0.2 to 5 s, each a quarter longer or shorter at random."""

    def __init__(self) -> None:
        self._next = FIRST_DELAY_S

    def reset(self) -> None:
        """The peer was there: begin again."""
        self._next = FIRST_DELAY_S

    def next_delay(self, dice: float) -> float:
        """Seconds to wait now; `dice` is a random number in [0, 1)."""
        delay, self._next = self._next, min(self._next * 2, LONGEST_DELAY_S)
        return spread(delay, dice)


def spread(delay: float, dice: float) -> float:
    """`delay` ± 25 %, so that many hubs do not come back in one moment."""
    return delay * (1 - _JITTER + 2 * _JITTER * dice)


class Revocations:
    """The tickets that a file service must be told of again when it comes back."""

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def add(self, ticket_id: bytes, now: float) -> None:
        """Remember `ticket_id` for as long as its ticket can live."""
        self._until.pop(ticket_id, None)
        self._until[ticket_id] = now + TICKET_LIFETIME_S
        if len(self._until) > MAX_REVOCATIONS:
            self._until.popitem(last=False)

    def current(self, now: float) -> list[bytes]:
        """Those whose tickets may still live, oldest first; the others are forgotten."""
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        return list(self._until)
