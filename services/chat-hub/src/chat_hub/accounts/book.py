"""The table of accounts in memory: names are looked up with every NICK, so nothing waits for a disk. Pure.

About 1 KiB an account. What outlives the process is written by `storage`; `desk` keeps both the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from livechat.irc.casemap import fold

from chat_hub.accounts.hashing import Secrets


@dataclass(frozen=True, slots=True)
class Account:
    """An account: the name as it was registered, what is kept of the password, when it was made (Unix s).

    `certificates` are SHA-256 fingerprints in lower-case hex that log in by EXTERNAL.
    """

    name: str
    secrets: Secrets
    created_at: int
    certificates: tuple[str, ...] = ()

    @property
    def folded(self) -> str:
        """The form of the name that equal names share; the nick of this form belongs to the account."""
        return fold(self.name)


class AccountBook:
    """All accounts by folded name, and by certificate."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._by_certificate: dict[str, Account] = {}
        self._reserved: set[str] = set()

    def __len__(self) -> int:
        return len(self._accounts) + len(self._reserved)

    def find(self, name: str) -> Account | None:
        """The account `name`."""
        return self._accounts.get(fold(name))

    def of_certificate(self, fingerprint: str) -> Account | None:
        """The account that knows the certificate."""
        return self._by_certificate.get(fingerprint)

    def is_free(self, name: str) -> bool:
        """Whether nobody has or is just registering the account `name`."""
        folded = fold(name)
        return folded not in self._accounts and folded not in self._reserved

    def reserve(self, name: str) -> None:
        """Keep `name` for a registration on its way."""
        self._reserved.add(fold(name))

    def release(self, name: str) -> None:
        """The registration on its way failed."""
        self._reserved.discard(fold(name))

    def put(self, account: Account) -> None:
        """Add `account`, or replace it by what it is now."""
        before = self._accounts.get(account.folded)
        for fingerprint in before.certificates if before is not None else ():
            del self._by_certificate[fingerprint]
        self._reserved.discard(account.folded)
        self._accounts[account.folded] = account
        self._by_certificate.update(dict.fromkeys(account.certificates, account))

    def load(self, accounts: Iterable[Account]) -> None:
        """Take what was stored."""
        for account in accounts:
            self.put(account)
