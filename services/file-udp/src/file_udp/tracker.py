"""Which files are settled, what is to be hashed, what is offered: decided from one scan after the other.

Pure: scans, results of hashing and `now` go in, decisions come out. Per file:

    SETTLING --unchanged for 2 s--> DUE --taken--> HASHING --manifest--> OFFERED
        ^                                             |--unreadable--> REFUSED --after 60 s--> DUE
        +------------- any change of the status, or a file that moved under the hashing ------+

A file that changed is withdrawn at once and offered again when it is settled and hashed; one of which only
ctime moved (rights, links, or a rewrite that hides itself) stays offered while it is hashed again.
"""

import heapq
import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from livechat.catalogue import FileEntry

from file_udp.status import Status

SETTLE_S = 2.0
"""How long a file must have been seen unchanged before it is hashed."""

RETRY_S = 60.0
"""How long an unreadable file is left alone; a change of its status ends that at once."""


class _State(Enum):
    SETTLING = auto()
    DUE = auto()
    HASHING = auto()
    OFFERED = auto()
    REFUSED = auto()


_PATIENCE_S = {_State.SETTLING: SETTLE_S, _State.REFUSED: RETRY_S}


@dataclass(slots=True)
class _Track:
    status: Status
    since: float
    state: _State = _State.SETTLING
    offered: FileEntry | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A file to be hashed now, if it still has this status."""

    name: str
    status: Status


class Tracker:
    """Remembers what was seen of each file."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}
        self._due: list[tuple[int, str]] = []  # a heap by size: small files need not wait for large ones

    def observe(self, found: Mapping[str, Status], now: float, at_once: Container[str] = ()) -> list[FileEntry]:
        """Take a scan, and return the entries that are no longer offered.

        `now` is monotonic seconds. New files whose names are in `at_once` need not settle: those that were
        hashed in this status before a restart, or that nobody has touched for long.
        """
        withdrawn = [self._forget(name) for name in list(self._tracks) if name not in found]
        for name, status in found.items():
            track = self._tracks.get(name)
            if track is None:
                track = self._tracks[name] = _Track(status, now)
                if name in at_once:
                    self._make_due(name, track)
            elif status != track.status:
                withdrawn.append(self._restart(track, status, now))
            elif now - track.since >= _PATIENCE_S.get(track.state, math.inf):
                self._make_due(name, track)
        return [entry for entry in withdrawn if entry is not None]

    def next_due(self) -> Due | None:
        """The smallest file that is to be hashed, None when there is none. It is handed out once."""
        while self._due:
            size, name = heapq.heappop(self._due)
            track = self._tracks.get(name)
            if track is not None and track.state is _State.DUE and track.status.size == size:
                track.state = _State.HASHING
                return Due(name, track.status)
        return None

    def hashed(self, due: Due, entry: FileEntry) -> bool:
        """The file was hashed; whether it is offered so. False when it has changed since: throw it away."""
        track = self._current(due)
        if track is None:
            return False
        track.state, track.offered = _State.OFFERED, entry
        return True

    def moved(self, due: Due, now: float) -> None:
        """The file changed under the hashing: it must settle again."""
        track = self._current(due)
        if track is not None:
            track.state, track.since = _State.SETTLING, now

    def unreadable(self, due: Due, now: float) -> FileEntry | None:
        """The file cannot be read: left alone until it changes, or for a minute. Returns what is withdrawn."""
        track = self._current(due)
        if track is None:
            return None
        entry, track.offered = track.offered, None
        track.state, track.since = _State.REFUSED, now
        return entry

    def _current(self, due: Due) -> _Track | None:
        track = self._tracks.get(due.name)
        fits = track is not None and track.state is _State.HASHING and track.status == due.status
        return track if fits else None

    def _forget(self, name: str) -> FileEntry | None:
        return self._tracks.pop(name).offered

    def _restart(self, track: _Track, status: Status, now: float) -> FileEntry | None:
        entry = None
        if not status.same_content(track.status):
            entry, track.offered = track.offered, None
        track.status, track.since, track.state = status, now, _State.SETTLING
        return entry

    def _make_due(self, name: str, track: _Track) -> None:
        track.state = _State.DUE
        heapq.heappush(self._due, (track.status.size, name))
