"""The part that every store has: what the core gives in one turn, in its order, until it is handed over."""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from chat_hub.store.commit import Item, Operation, Query, Rows
from chat_hub.store.protocol import Row, StoreError

T = TypeVar("T")


def ignore(result: object) -> None:
    """For those who do not want to know how it ended."""


class Gathering:
    """Keeps what comes between two flushes."""

    def __init__(self) -> None:
        self.full = False
        self._rows: list[Row] = []
        self._waiting: list[Callable[[StoreError | None], None]] = []
        self._items: list[Item] = []
        self.record: Callable[[Row], None] = self._rows.append
        self.confirm: Callable[[Callable[[StoreError | None], None]], None] = self._waiting.append

    def write(
        self, operation: Callable[[sqlite3.Connection], T], on_done: Callable[[T | StoreError], None] = ignore
    ) -> None:
        """See `Store`."""
        self._close_rows()
        self._items.append(Operation(operation, on_done))

    def read(self, query: Callable[[sqlite3.Connection], T], on_done: Callable[[T | StoreError], None]) -> None:
        """See `Store`."""
        self._close_rows()
        self._items.append(Query(query, on_done))

    def _close_rows(self) -> None:
        if self._rows or self._waiting:
            self._items.append(Rows(self._rows.copy(), self._waiting.copy()))
            self._rows.clear()
            self._waiting.clear()

    def _gathered(self) -> list[Item]:
        self._close_rows()
        items, self._items = self._items, []
        return items


def tell(item: Item, result: Any) -> None:
    """Call those who wait for `item`."""
    if isinstance(item, Rows):
        for on_done in item.waiting:
            on_done(result)
    else:
        item.on_done(result)
