"""The manifests that outlive a restart: one SQLite file in the data directory, keyed by name and status.

A cache and nothing more: whatever is wrong with it, the files are hashed again. All methods block; one thread
at a time may use an `Index`.
"""

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from livechat.transfer.manifest import root
from loguru import logger

from file_udp.status import Status

_SCHEMA_VERSION = 1
_CREATE = """
CREATE TABLE IF NOT EXISTS manifests (
    name TEXT PRIMARY KEY, status TEXT NOT NULL, root BLOB NOT NULL, manifest BLOB NOT NULL
) WITHOUT ROWID"""
_FIND = "SELECT root, manifest FROM manifests WHERE name = ? AND status = ?"
_PUT = "INSERT OR REPLACE INTO manifests VALUES (?, ?, ?, ?)"


def _key(status: Status) -> str:
    """What must be the same for a manifest to hold; text, for inodes do not fit SQLite's signed integers.

    The device is left out: it changes from one mount to the next.
    """
    return f"{status.size} {status.mtime_ns} {status.ctime_ns} {status.inode}"


class Index:
    """The cache in the file `path`; without effect once the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = self._open()

    def get(self, name: str, status: Status) -> bytes | None:
        """The encoded manifest of the file `name` in this status, None when it is not known."""
        if self._database is None:
            return None
        try:
            row = self._database.execute(_FIND, (name, _key(status))).fetchone()
        except sqlite3.Error as error:
            self._rebuild(error)
            return None
        if row is None or root(row[1]) != row[0]:
            return None
        manifest: bytes = row[1]
        return manifest

    def put(self, name: str, status: Status, manifest: bytes) -> None:
        """Remember the manifest of the file `name`, in place of what was known of it."""
        if self._database is None:
            return
        row = (name, _key(status), root(manifest), manifest)
        try:
            with self._database:
                self._database.execute(_PUT, row)
        except sqlite3.Error as error:
            self._rebuild(error)

    def prune(self, names: Iterable[str]) -> None:
        """Forget all files but `names`."""
        if self._database is None:
            return
        try:
            with self._database:
                known = {row[0] for row in self._database.execute("SELECT name FROM manifests")}
                gone = [(name,) for name in known.difference(names)]
                self._database.executemany("DELETE FROM manifests WHERE name = ?", gone)
        except sqlite3.Error as error:
            self._rebuild(error)

    def close(self) -> None:
        """Close the file; nothing is remembered any more."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> sqlite3.Connection | None:
        """The database, made anew when it is damaged or of another version; None when that fails too."""
        for attempt in ("old", "new"):
            try:
                return _connect(self._path)
            except (sqlite3.Error, OSError) as error:
                if attempt == "old":
                    logger.warning("the cache {} is rebuilt: {}", self._path, error)
                    self._remove()
                else:
                    logger.error("the cache {} cannot be used, every start hashes again: {}", self._path, error)
        return None

    def _rebuild(self, error: sqlite3.Error) -> None:
        """Start with an empty file where this one is damaged; go on without one where it cannot be written."""
        self.close()
        if isinstance(error, sqlite3.OperationalError):
            logger.error("the cache {} cannot be used, every start hashes again: {}", self._path, error)
            return
        logger.warning("the cache {} is rebuilt: {}", self._path, error)
        self._remove()
        self._database = self._open()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):  # where it cannot be removed, opening it fails again
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    """Open and check the database. Raises sqlite3.Error, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, check_same_thread=False)
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version not in {0, _SCHEMA_VERSION}:
            raise sqlite3.DatabaseError(f"it has version {version}, not {_SCHEMA_VERSION}")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")  # a crash may cost the last rows: they are hashed again
        database.execute(_CREATE)
        database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
        (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
    except sqlite3.Error:
        database.close()
        raise
    return database
