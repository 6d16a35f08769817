"""The password pool shared among addresses: none can fill its queue alone. Pure."""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from chat_hub import limits
from chat_hub.accounts.hashing import Hasher, Secrets
from chat_hub.admission import network_of

T = TypeVar("T")


class SharedHasher:
    """A `Hasher` for each address; both methods return False when the pool or the address's share is full."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher
        self._waiting: Counter[str] = Counter()  # by `network_of` the address

    def make(self, address: str, password: str, salt: bytes, on_done: Callable[[Secrets | None], None]) -> bool:
        """See `Hasher.make`."""
        network = network_of(address)
        return self._has_room(network) and self._enter(
            network, self._hasher.make(password, salt, self._leaving(network, on_done))
        )

    def check(
        self, address: str, password: str, argon2: str | None, on_done: Callable[[bool | None], None]
    ) -> bool:
        """See `Hasher.check`."""
        network = network_of(address)
        return self._has_room(network) and self._enter(
            network, self._hasher.check(password, argon2, self._leaving(network, on_done))
        )

    def _has_room(self, network: str) -> bool:
        return self._waiting[network] < limits.PASSWORD_QUEUE_PER_ADDRESS

    def _enter(self, network: str, taken: bool) -> bool:
        self._waiting[network] += taken
        if not self._waiting[network]:
            del self._waiting[network]
        return taken

    def _leaving(self, network: str, on_done: Callable[[T], None]) -> Callable[[T], None]:
        def leave(result: T) -> None:
            self._waiting[network] -= 1
            if not self._waiting[network]:
                del self._waiting[network]
            on_done(result)

        return leave
