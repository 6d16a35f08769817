"""One transaction of the writer: rows of the history in few statements, operations each on its own savepoint.

Whose thread this runs in and who is told of the outcome is decided elsewhere (`direct`, `threads`).
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from livechat.errors import LiveChatError

from chat_hub.store.protocol import Row, StoreError

# sqlite3 gives the interpreter lock away for every statement that it runs, and getting it back from a busy loop
# may take milliseconds: so many rows share a statement. One statement is prepared for each of these sizes.
_ROWS_PER_STATEMENT = (256, 128, 64, 32, *range(16, 0, -1))
_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the history, and who waits for them."""

    rows: list[Row]
    waiting: list[Callable[[StoreError | None], None]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A change that somebody else wrote, and who waits for its result."""

    run: Callable[[sqlite3.Connection], Any]
    on_done: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Query:
    """A look-up that has to see what was given before it."""

    run: Callable[[sqlite3.Connection], Any]
    on_done: Callable[[Any], None]


Item = Rows | Operation | Query


def commit(connection: sqlite3.Connection, items: Sequence[Item]) -> list[Any]:
    """Commit `items` together; the result of each (None for rows and queries), or StoreError.

    When the transaction itself fails (a full disk, a damaged file), nothing of it is kept and the result of
    everything but the queries is a StoreError.
    """
    if all(isinstance(item, Query) for item in items):
        return [None] * len(items)
    try:
        connection.execute("BEGIN IMMEDIATE")
        results = [_apply(connection, item) for item in items]
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        failed = StoreError(f"nothing could be written: {error}")
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error as second:
            failed = StoreError(f"nothing could be written: {error}; nor undone: {second}")
        return [None if isinstance(item, Query) else failed for item in items]
    return results


def _apply(connection: sqlite3.Connection, item: Item) -> Any:
    if isinstance(item, Rows):
        insert(connection, item.rows)
        return None
    if isinstance(item, Query):
        return None
    connection.execute("SAVEPOINT operation")
    try:
        result = item.run(connection)
    except (sqlite3.Error, LiveChatError) as error:
        if not connection.in_transaction:
            raise  # SQLite has undone everything, as it does when the disk is full
        connection.execute("ROLLBACK TO operation")
        result = error if isinstance(error, StoreError) else StoreError(f"a change was refused: {error}")
    connection.execute("RELEASE operation")
    return result


def insert(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Add `rows` to the history."""
    start, count = 0, len(rows)
    for size in _ROWS_PER_STATEMENT:
        while count - start >= size:
            connection.execute(_statement(size), tuple(chain.from_iterable(rows[start : start + size])))
            start += size


@cache
def _statement(rows: int) -> str:
    row = f"({','.join('?' * _COLUMNS)})"
    return f"INSERT INTO messages VALUES {','.join([row] * rows)}"  # noqa: S608  # question marks only
