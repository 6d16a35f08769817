"""Slow work on files (hashing, renaming, looking up names), away from the thread that answers datagrams."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

THREADS = 2
"""Hashing leaves the interpreter's lock, so two keep two cores busy; further work waits in the queue."""


class Worker:
    """Runs what it is given in daemon threads, which start with the first work."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def do(self, work: Callable[[], None]) -> None:
        """Run `work` soon; it must handle its own errors."""
        if len(self._threads) < THREADS:
            thread = threading.Thread(target=self._run, name="file-worker", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._queue.put(work)

    def close(self) -> None:
        """End the threads after what they are doing; queued work is still done."""
        for _ in self._threads:
            self._queue.put(None)

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
