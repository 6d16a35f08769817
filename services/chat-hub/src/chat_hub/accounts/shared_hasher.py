"""The password pool shared among addresses: none can fill its queue alone. Pure."""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from chat_hub import limits
from chat_hub.accounts.hashing import Hasher, Secrets

T = TypeVar("T")


class SharedHasher:
    """A `Hasher` for each address; both methods return False when the pool or the address's share is full."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self._waiting: Counter[str] = Counter()  # by address

    def make(self, address: str, password: str, salt: bytes, on_done: Callable[[Secrets | None], None]) -> bool:
        """See `Hasher.make`."""
        return self._has_room(address) and self._enter(
            address, self._hasher.make(password, salt, self._leaving(address, on_done))
        )

    def check(
        self, address: str, password: str, argon2: str | None, on_done: Callable[[bool | None], None]
    ) -> bool:
        """See `Hasher.check`."""
        return self._has_room(address) and self._enter(
            address, self._hasher.check(password, argon2, self._leaving(address, on_done))
        )

    def _has_room(self, address: str) -> bool:
        return self._waiting[address] < limits.PASSWORD_QUEUE_PER_ADDRESS

    def _enter(self, address: str, taken: bool) -> bool:
        self._waiting[address] += taken
        if not self._waiting[address]:
            del self._waiting[address]
        return taken

    def _leaving(self, address: str, on_done: Callable[[T], None]) -> Callable[[T], None]:
        def leave(result: T) -> None:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]
            on_done(result)

        return leave
