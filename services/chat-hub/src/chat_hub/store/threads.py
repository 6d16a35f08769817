"""The real store: one thread that writes, a few that read, on one SQLite database in WAL mode. I/O only.

The writer takes what waits into one transaction (group commit): while the disk works on one, the next gathers.
Results come back to the hub's loop through an async watcher. All methods are for the hub's thread.
"""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from loguru import logger

from chat_hub import limits
from chat_hub.store.commit import Item, Query, Rows, commit
from chat_hub.store.gathering import Gathering, tell
from chat_hub.store.protocol import StoreBusyError, StoreError
from chat_hub.store.schema import migrate

_BUSY_S = 5.0  # how long a statement waits for another process, such as a backup, to let go of the database
_CLOSE_S = 1.0  # how long the end of the hub waits for a thread
_CHECKPOINT_PAGES = 8_000  # of 4 KiB: the log is merged into the database when it is longer
_ITEMS_PER_COMMIT = 64  # turns of the loop, roughly: more make no commit cheaper and its confirmation later
_LOG_BYTES = 64 * 1024 * 1024  # a log that grew longer, because of a slow reader, is cut again

_Told = tuple[Callable[[Any], None], Any]


class SqliteStore(Gathering):
    """The store in the file `path`; raises StoreError when it cannot be opened.

    `synchronous` is SQLite's: `normal` outlives a killed process, `full` a power cut too. `on_room` is called
    when the store is no longer full; `on_fatal` when a bug has ended one of its threads.
    """

    def __init__(self, path: Path, loop: Any, *, synchronous: str = "normal") -> None:
        super().__init__()
        self.on_room: Callable[[], None] = lambda: None
        self.on_fatal: Callable[[BaseException], None] = lambda _: None
        self._path = path
        self._synchronous = synchronous
        self._pending = 0  # rows and operations that are not committed yet
        self._unread = 0  # look-ups that were handed to the readers
        self._failing = False
        self._to_write: SimpleQueue[list[Item] | None] = SimpleQueue()
        self._to_read: SimpleQueue[Query | None] = SimpleQueue()
        self._committed: deque[tuple[list[Item], list[Any]] | BaseException] = deque()
        self._found: deque[tuple[Query, Any] | BaseException] = deque()
        self._threads: list[threading.Thread] = []
        writer = self._open_writer()
        self._waker = loop.async_()
        self._waker.start(self._deliver)
        self._start(self._write_all, writer)
        for _ in range(limits.STORE_READERS):
            self._start(self._read_all)

    def flush(self) -> None:
        """See `Store`."""
        items = self._gathered()
        if not items:
            return
        queries = [item for item in items if isinstance(item, Query)]
        if not self._pending and len(queries) == len(items):
            for query in queries:
                self._look_up(query)
            return
        self._pending += sum(map(_weight, items))
        self.full = self._pending > limits.STORE_QUEUE_ROWS
        self._to_write.put(items)

    def close(self) -> None:
        """Commit everything that was given, tell, and end the threads; waits for that, but not for ever."""
        self.flush()
        self._to_write.put(None)
        self._join(self._threads[0])
        self._deliver()
        for _ in self._threads[1:]:
            self._to_read.put(None)
        for thread in self._threads[1:]:
            self._join(thread)
        self._deliver()
        self._waker.stop()
        self._waker.close()

    # -- in the hub's thread -----------------------------------------------------------------------------------

    def _deliver(self) -> None:
        """Tell those who wait for what the threads have finished."""
        while self._committed:
            done = self._committed.popleft()
            if isinstance(done, BaseException):
                self.on_fatal(done)
            else:
                self._written(*done)
        while self._found:
            found = self._found.popleft()
            if isinstance(found, BaseException):
                self.on_fatal(found)
            else:
                self._unread -= 1
                tell(*found)

    def _written(self, items: list[Item], results: list[Any]) -> None:
        self._pending -= sum(map(_weight, items))
        for item, result in zip(items, results, strict=True):
            if isinstance(item, Query):
                self._look_up(item)
            else:
                tell(item, result)
            if isinstance(item, Rows):
                self._report(result)
        if self.full and self._pending <= limits.STORE_QUEUE_ROWS // 2:
            self.full = False
            self.on_room()

    def _report(self, failed: StoreError | None) -> None:
        """One line in the log when the history begins to fail, one when it works again."""
        if failed is not None and not self._failing:
            logger.error("messages are not kept in the history: {}", failed)
        if failed is None and self._failing:
            logger.info("messages are kept in the history again")
        self._failing = failed is not None

    def _look_up(self, query: Query) -> None:
        if self._unread >= limits.STORE_QUERIES:
            query.on_done(StoreBusyError("too many look-ups wait"))
            return
        self._unread += 1
        self._to_read.put(query)

    def _join(self, thread: threading.Thread) -> None:
        thread.join(_CLOSE_S)
        if thread.is_alive():
            logger.error("the disk has not answered for {} s: the end does not wait for it", _CLOSE_S)

    # -- in the threads ----------------------------------------------------------------------------------------

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, name="store", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _open_writer(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)
            connection = _connect(f"{self._path.absolute().as_uri()}?mode=rw")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
            migrate(connection)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self._path} cannot be used: {error}") from error
        return connection

    def _write_all(self, connection: sqlite3.Connection) -> None:
        try:
            while (items := self._to_write.get()) is not None:
                while len(items) < _ITEMS_PER_COMMIT and not self._to_write.empty():
                    more = self._to_write.get()
                    if more is None:
                        self._to_write.put(None)  # the last one, as it was: nothing is given after `close`
                        break
                    items += more
                self._committed.append((items, commit(connection, items)))
                self._waker.send()
        except Exception as error:  # noqa: BLE001  # a bug, told to the hub, which ends loudly
            self._committed.append(error)
            self._waker.send()
        connection.close()

    def _read_all(self) -> None:
        connection: sqlite3.Connection | None = None
        try:
            while (query := self._to_read.get()) is not None:
                try:
                    if connection is None:
                        connection = _connect(f"{self._path.absolute().as_uri()}?mode=ro")
                    result = query.run(connection)
                except sqlite3.Error as error:
                    result = StoreError(f"nothing could be read: {error}")
                self._found.append((query, result))
                self._waker.send()
        except Exception as error:  # noqa: BLE001  # a bug, told to the hub, which ends loudly
            self._found.append(error)
            self._waker.send()
        if connection is not None:
            connection.close()


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_S)


def _weight(item: Item) -> int:
    """What `item` counts in the queue."""
    if isinstance(item, Rows):
        return max(len(item.rows), len(item.waiting))
    return 0 if isinstance(item, Query) else 1
