"""A store that does everything in the caller's thread when it is flushed: for tests and one-off tools."""

import sqlite3
from typing import Any

from chat_hub.store.commit import Query, commit
from chat_hub.store.gathering import Gathering, tell
from chat_hub.store.protocol import StoreError
from chat_hub.store.schema import migrate


class DirectStore(Gathering):
    """The same order, transactions and outcomes as the real one, on `database`: a path or in memory."""

    def __init__(self, database: str = ":memory:") -> None:
        super().__init__()
        self.connection = sqlite3.connect(database, isolation_level=None)
        migrate(self.connection)

    def flush(self) -> None:
        """Commit what was gathered and tell; again for what that has caused."""
        while items := self._gathered():
            results = commit(self.connection, items)
            for item, result in zip(items, results, strict=True):
                tell(item, self._look_up(item) if isinstance(item, Query) else result)

    def _look_up(self, query: Query) -> Any:
        try:
            return query.run(self.connection)
        except sqlite3.Error as error:
            return StoreError(f"nothing could be read: {error}")

    def close(self) -> None:
        """Commit what was gathered, and give the database back."""
        self.flush()
        self.connection.close()
