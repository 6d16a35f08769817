"""How other threads talk to a thread that waits on sockets: a queue whose arrival wakes a selector.

`put` may be called from any thread; `drain` and `fileno` belong to the thread that owns the mailbox.
"""

import socket
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Items in the order of `put`. Not bounded: what is put comes from the person or from our own threads."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def put(self, item: T) -> None:
        """Add `item` and wake the owner; after `close` it is dropped."""
        self._items.append(item)
        try:
            self._writer.send(b"\0")
        except OSError:
            pass  # the pair is full, so the owner wakes anyway; or it is closed, so nobody waits

    def drain(self) -> list[T]:
        """Everything that has been put, oldest first; the wake-up is taken back."""
        try:
            while self._reader.recv(4096):
                pass
        except OSError:
            pass  # nothing more to take back
        items: list[T] = []
        while self._items:
            items.append(self._items.popleft())
        return items

    def fileno(self) -> int:
        """Readable while there is something to drain (selectors take the mailbox itself)."""
        return self._reader.fileno()

    def close(self) -> None:
        """Nobody drains it any more."""
        self._reader.close()
        self._writer.close()
