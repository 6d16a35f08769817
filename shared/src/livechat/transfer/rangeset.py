"""A set of byte ranges `[start, end)`: sorted, disjoint, merged where they touch."""

from bisect import bisect_left
from collections.abc import Iterator


class RangeSet:
    """Ranges of a file that are still to be asked for."""

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._starts, self._ends, strict=True))

    def add(self, start: int, end: int) -> None:
        """Add `[start, end)`; empty ranges change nothing."""
        if start >= end:
            return
        first = bisect_left(self._ends, start)  # the first range that ends at or after `start`
        last = first
        while last < len(self._starts) and self._starts[last] <= end:
            start = min(start, self._starts[last])
            end = max(end, self._ends[last])
            last += 1
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def take_first(self, most: int, boundary: int = 0) -> tuple[int, int]:
        """Remove and give up to `most` bytes at the lowest offset, not across a multiple of `boundary` (0 =
        none).
        """
        start, end = self._starts[0], self._ends[0]
        stop = min(end, start + most)
        if boundary:
            stop = min(stop, start - start % boundary + boundary)
        if stop == end:
            del self._starts[0], self._ends[0]
        else:
            self._starts[0] = stop
        return start, stop
