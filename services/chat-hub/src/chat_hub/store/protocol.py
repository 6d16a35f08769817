"""The store as the hub's core sees it: what to write and look up, and what is called when that is done. Pure.

What is given to a store takes effect in the order in which it was given, a look-up sees everything given before
it, and each `on_done` runs in the hub's thread, later, never inside the call. A store
- MUST call an `on_done` only after what it stands for is committed, with StoreError when that failed;
- MUST NOT keep the caller waiting;
- MUST say that it is `full` when more than its bound waits to be committed: senders are then not read from.
"""

import sqlite3
from collections.abc import Callable
from typing import Protocol, TypeVar

from livechat.errors import LiveChatError

T = TypeVar("T")

# A message or event of the history: target (folded channel, or `pair_key`), id, kind (`history.Kind`), the line
# without tags, client-only tags as they stand on the wire, account of the sender (empty: none).
Row = tuple[str, int, int, bytes, str, str]


class StoreError(LiveChatError):
    """Something could not be written or read; the sentence says why, for the log."""


class StoreBusyError(StoreError):
    """More look-ups wait than the bound allows: nothing was asked."""


class Store(Protocol):
    """See the module."""

    full: bool
    # Appends one row to the history. An attribute, so that a message costs no more than a list's `append`.
    record: Callable[[Row], None]
    # Has its argument called when everything recorded so far is committed (None) or lost (StoreError).
    confirm: Callable[[Callable[[StoreError | None], None]], None]

    def write(
        self, operation: Callable[[sqlite3.Connection], T], on_done: Callable[[T | StoreError], None] = ...
    ) -> None:
        """Run `operation` in the writer's transaction; what it returns goes to `on_done`.

        A sqlite3.Error or LiveChatError that it raises undoes this operation alone.
        """

    def read(self, query: Callable[[sqlite3.Connection], T], on_done: Callable[[T | StoreError], None]) -> None:
        """Run `query`, which must not write; what it returns goes to `on_done`."""

    def flush(self) -> None:
        """Hand over what was gathered; the shell calls it once per turn of the loop."""

    def close(self) -> None:
        """Commit everything that was given and tell; nothing may be given afterwards."""
