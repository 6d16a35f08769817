"""Keys and values that people and channels carry: who has which, and who may see and set them. Pure.

The values of accounts and of the server's own channels are kept in the store, all others as long as their
person or channel is there. The command is `commands.metadata`.
"""

import re
from typing import TYPE_CHECKING

from chat_hub import limits
from chat_hub.accounts import storage
from chat_hub.channel import Channel
from chat_hub.person import Person
from chat_hub.store.protocol import StoreError

if TYPE_CHECKING:
    from chat_hub.hub import Hub

# "Key names MUST be restricted to the ranges a-z, 0-9, and _./-" (IRCv3 draft/metadata)
_KEY = re.compile(r"[a-z0-9_./-]+")

Owner = Person | Channel
CAPABILITY_VALUE = (
    f"before-connect,max-subs={limits.METADATA_SUBSCRIPTIONS},max-keys={limits.METADATA_KEYS},"
    f"max-value-bytes={limits.METADATA_VALUE_BYTES}"
)
EMPTY: dict[str, str] = {}


def is_key(key: str) -> bool:
    """Whether `key` can be the name of a key."""
    return len(key) <= limits.METADATA_KEY_CHARS and _KEY.fullmatch(key) is not None


class MetadataDesk:
    """Values by owner; an account's are there for whoever logs in to it."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._kept: dict[str, dict[str, str]] = {}  # by folded account or channel
        self._passing: dict[Owner, dict[str, str]] = {}

    def load(self, kept: dict[str, dict[str, str]]) -> None:
        """Take what was stored, by target."""
        self._kept = kept

    def values(self, owner: Owner) -> dict[str, str]:
        """The keys and values of `owner`."""
        kept_as = self._kept_as(owner)
        return self._passing.get(owner, EMPTY) if kept_as is None else self._kept.get(kept_as, EMPTY)

    def has_room(self, owner: Owner, key: str) -> bool:
        """Whether `owner` may have `key` beside what it has."""
        values = self.values(owner)
        return key in values or len(values) < limits.METADATA_KEYS

    def set(self, owner: Owner, key: str, value: str | None) -> None:
        """Give `key` the `value`; None takes it away."""
        kept_as = self._kept_as(owner)
        values = self._passing.setdefault(owner, {}) if kept_as is None else self._kept.setdefault(kept_as, {})
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
        if kept_as is not None:
            self._hub.store.write(storage.save_metadata(kept_as, key, value), self._written)
            if not values:
                del self._kept[kept_as]
        elif not values:
            del self._passing[owner]

    def adopt(self, owner: Owner, values: dict[str, str]) -> None:
        """Give `owner`, who has just logged in, what was set before, where the account has nothing else."""
        for key, value in values.items():
            if key not in self.values(owner) and self.has_room(owner, key):
                self.set(owner, key, value)

    def forget(self, owner: Owner) -> None:
        """Note that `owner` is gone, or has become the owner of an account's values."""
        self._passing.pop(owner, None)

    def _kept_as(self, owner: Owner) -> str | None:
        if isinstance(owner, Channel):
            return owner.folded if owner.permanent else None
        account = self._hub.accounts.book.find(owner.account) if owner.account is not None else None
        return account.folded if account is not None else None

    def _written(self, result: object) -> None:
        if isinstance(result, StoreError):
            self._hub.report(f"metadata could not be written: {result}")
