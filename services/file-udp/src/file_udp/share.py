"""Follows the folder: scans it, lets the tracker decide, hashes in the background, and offers what is ready.

The greenlets and threads round `scan`, `tracker`, `hashing` and `index`. The folder is polled, for that works
on every file system and every kind of mount; a scan costs at most a twentieth of the time.
"""

import time
from collections import deque
from collections.abc import Container, Mapping
from pathlib import Path

import gevent
from gevent.event import Event
from gevent.threadpool import ThreadPool
from livechat.catalogue import MAX_FILES, FileEntry
from livechat.transfer.manifest import root as manifest_root
from loguru import logger

from file_udp.hashing import Hashed, Moved, Unreadable, hash_file
from file_udp.index import Index
from file_udp.loud import raise_in_main
from file_udp.offers import Offer, Offers
from file_udp.scan import Scan, scan
from file_udp.status import Status
from file_udp.tracker import Due, Tracker

SCAN_EVERY_S = 1.0
SCAN_SHARE = 20
"""The pause after a scan is at least so many times as long as the scan took."""

QUIET_AT_START_S = 10.0
"""Files not touched for so long before the start need not settle, and neither do those that the cache knows."""

PRUNE_EVERY_S = 3600.0
STOP_WITHIN_S = 1.0

MAX_LOGGED = 1000
"""Refused files that are named in the log; the others are passed over in silence."""


class Share:
    """Keeps `offers` equal to what is in the folder `root`; in `index_path` manifests outlive a restart."""

    def __init__(self, root: Path, index_path: Path, offers: Offers) -> None:
        self._root = root
        self._offers = offers
        self._tracker = Tracker()
        self._scans = ThreadPool(1)
        self._hashes = ThreadPool(1)
        self._index: Index = self._hashes.apply(Index, (index_path,))
        self._found = Scan()
        self._backlog: deque[Due] = deque()
        self._work = Event()
        self._stopping = False
        self._logged: set[str] = set()
        self._greenlets: list[gevent.Greenlet] = []

    def start(self) -> None:
        """Scan once, offer at once what the cache knows, then follow the folder in the background."""
        found = self._scan()
        cached: dict[str, bytes] = self._hashes.apply(self._cached, (found.files,))
        quiet_before_ns = time.time_ns() - int(QUIET_AT_START_S * 1e9)
        quiet = {name for name, status in found.files.items() if status.quiet_since(quiet_before_ns)}
        self._observe(found, cached.keys() | quiet)
        while (due := self._tracker.next_due()) is not None:
            if due.name in cached:
                self._take(due, Hashed(cached[due.name]))
            else:
                self._backlog.append(due)
        self._prune()
        for job in (self._follow, self._hash_all):
            greenlet = gevent.spawn(job)
            greenlet.link_exception(raise_in_main)
            self._greenlets.append(greenlet)

    def stop(self) -> None:
        """End the greenlets; a file that is being hashed is left within a MiB."""
        self._stopping = True
        gevent.killall(self._greenlets)
        with gevent.Timeout(STOP_WITHIN_S, False):  # a thread that hangs in a dead mount is left behind
            self._hashes.join()
            self._index.close()

    def _follow(self) -> None:
        pause = SCAN_EVERY_S
        while True:
            gevent.sleep(pause)
            started = time.monotonic()
            found = self._scan()
            pause = max(SCAN_EVERY_S, SCAN_SHARE * (time.monotonic() - started))
            self._observe(found)
            self._work.set()

    def _scan(self) -> Scan:
        found: Scan = self._scans.apply(scan, (self._root,))
        self._report(found)
        self._found = found
        return found

    def _observe(self, found: Scan, at_once: Container[str] = ()) -> None:
        for entry in self._tracker.observe(found.files, time.monotonic(), at_once):
            self._withdraw(entry)

    def _report(self, found: Scan) -> None:
        """Log what is new about the folder; each refused file once."""
        if found.fault and found.fault != self._found.fault:
            logger.error("the folder {} cannot be read, nothing is offered: {}", self._root, found.fault)
        if self._found.fault and not found.fault:
            logger.info("the folder {} can be read again", self._root)
        if found.overflow and not self._found.overflow:
            logger.warning(
                "there are more than {} files or too many entries: the rest is not offered", MAX_FILES
            )
        for name, why in found.refused.items():
            self._log_refused(name, why)

    def _log_refused(self, printable_name: str, why: str) -> None:
        if printable_name not in self._logged and len(self._logged) < MAX_LOGGED:
            self._logged.add(printable_name)
            logger.warning("not offered: {} {}", printable_name, why)

    def _hash_all(self) -> None:
        """Hash one file after the other, for ever."""
        pruned = time.monotonic()
        while True:
            due = self._backlog.popleft() if self._backlog else self._tracker.next_due()
            if due is not None:
                logger.debug("hashing: {!a}, {} bytes", due.name, due.status.size)
                self._take(due, self._hashes.apply(self._manifest, (due,)))
                continue
            if time.monotonic() - pruned >= PRUNE_EVERY_S:
                self._prune()
                pruned = time.monotonic()
            self._work.clear()
            self._work.wait()

    def _take(self, due: Due, outcome: Hashed | Moved | Unreadable) -> None:
        """Let the tracker hear how hashing went, and the offers what follows."""
        match outcome:
            case Hashed(manifest):
                status = due.status
                entry = FileEntry.of(due.name, status.size, status.modified_ms, manifest_root(manifest))
                if self._tracker.hashed(due, entry):
                    logger.debug("offered: {!a}, {} bytes", due.name, status.size)
                    self._offers.put(Offer(entry, status, manifest))
            case Moved():
                self._tracker.moved(due, time.monotonic())
            case Unreadable(why):
                self._log_refused(ascii(due.name), f"cannot be read: {why}")
                if (gone := self._tracker.unreadable(due, time.monotonic())) is not None:
                    self._withdraw(gone)

    def _withdraw(self, entry: FileEntry) -> None:
        logger.debug("no longer offered: {!a}", entry.name)
        self._offers.withdraw(entry)

    def _prune(self) -> None:
        """Forget the manifests of files that are gone; not when the folder could not be seen as a whole."""
        if not self._found.fault and not self._found.overflow:
            self._hashes.apply(self._index.prune, (list(self._found.files),))

    # In the thread of the hashes:

    def _cached(self, files: Mapping[str, Status]) -> dict[str, bytes]:
        found = ((name, self._index.get(name, status)) for name, status in files.items())
        return {name: manifest for name, manifest in found if manifest is not None}

    def _manifest(self, due: Due) -> Hashed | Moved | Unreadable:
        cached = self._index.get(due.name, due.status)
        if cached is not None:
            return Hashed(cached)
        outcome = hash_file(self._root, due, lambda: self._stopping)
        if isinstance(outcome, Hashed):
            self._index.put(due.name, due.status, outcome.manifest)
        return outcome
