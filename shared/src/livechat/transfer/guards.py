"""What keeps a service from doing too much: replay windows, token buckets, and tables with an end."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

REPLAY_WINDOW = 1024


class ReplayWindow:
    """Which request numbers of one path have been answered (as RFC 4303, section 3.4.3).

    Numbers more than REPLAY_WINDOW below the highest are refused: a client never has so many under way.
    """

    __slots__ = ("_highest", "_seen")

    def __init__(self) -> None:
        self._highest = -1
        self._seen = 0

    def accept(self, number: int) -> bool:
        """Whether `number` is new; it is not any more after this call."""
        ahead = number - self._highest
        if ahead > 0:
            kept = self._seen << ahead if ahead < REPLAY_WINDOW else 0
            self._seen = (kept | 1) & ((1 << REPLAY_WINDOW) - 1)
            self._highest = number
            return True
        bit = 1 << -ahead
        if -ahead >= REPLAY_WINDOW or self._seen & bit:
            return False
        self._seen |= bit
        return True


class Bucket:
    """A token bucket that may go into debt once: a question is answered whole or not at all."""

    __slots__ = ("_at", "_level", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self._level = burst
        self._at = now

    def wait_s(self, now: float) -> float:
        """Seconds until something may be taken; 0 = at once."""
        self._level = min(self.burst, self._level + max(0.0, now - self._at) * self.rate)
        self._at = now
        return 0.0 if self._level > 0 else (1.0 - self._level) / self.rate

    def take(self, amount: float) -> None:
        """Take `amount`, after `wait_s` said 0."""
        self._level -= amount


class BoundedTable(Generic[Key, Value]):
    """A mapping that forgets what was used longest ago when it is full."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[Key, Value] = OrderedDict()
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def find(self, key: Key) -> Value | None:
        """The entry, which then counts as used."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def find_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The entry, made first if it is not there."""
        value = self.find(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Set an entry; forgets the one used longest ago if the table is full."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
            self.forgotten += 1
