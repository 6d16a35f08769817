"""Accounts for the hub: who owns a nick, logging in, registering, and what of it is kept. Pure.

The commands (`commands.authenticate`, `commands.account`) speak with clients; here is decided who may.
"""

import hmac
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from livechat.irc.casemap import fold

from chat_hub import caps, limits
from chat_hub.accounts import storage
from chat_hub.accounts.book import Account, AccountBook
from chat_hub.accounts.guard import LoginGuard
from chat_hub.accounts.hashing import SCRAM_ITERATIONS, Hasher, Secrets
from chat_hub.accounts.login import EXTERNAL, PLAIN, SCRAM_SHA_256
from chat_hub.accounts.shared_hasher import SharedHasher
from chat_hub.admission import network_of
from chat_hub.clock import Now
from chat_hub.flood import FloodBucket
from chat_hub.playback import deliver_mailbox
from chat_hub.sasl.external import external
from chat_hub.sasl.plain import plain
from chat_hub.sasl.scram import KEY_BYTES, NONCE_BYTES, SALT_BYTES, Scram, Verifier
from chat_hub.sasl.steps import Mechanism
from chat_hub.session import Session
from chat_hub.store.protocol import StoreError

if TYPE_CHECKING:
    from chat_hub.hub import Hub


class AccountDesk:
    """Answers about accounts, once `load` has brought the table from the store."""

    def __init__(
        self, hub: "Hub", *, hasher: Hasher, master_key: bytes, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._hub = hub
        self._random_bytes = random_bytes
        # For names without an account: a salt that stays the same, so that nobody learns which there are.
        self._decoy_key = hmac.digest(master_key, b"livechat salts for names without an account", "sha256")
        self._sessions: Counter[str] = Counter()  # logged in, by folded account
        self._registering: dict[str, Session] = {}  # who waits for an account, by its folded name
        self._registrations: dict[str, FloodBucket] = {}  # by `network_of` the address
        self.hasher = SharedHasher(hasher)
        self.book = AccountBook()
        self.guard = LoginGuard()

    def load(self, on_done: Callable[[StoreError | None], None]) -> None:
        """Ask the store for the accounts and their metadata.

        Nobody may be let in before `on_done` was called with None: without its accounts a hub would give their
        names away.
        """

        def loaded(found: storage.Everything | StoreError) -> None:
            if isinstance(found, StoreError):
                on_done(found)
                return
            accounts, metadata = found
            self.book.load(accounts)
            self._hub.metadata.load(metadata)
            on_done(None)

        self._hub.store.read(storage.load, loaded)

    # -- names -------------------------------------------------------------------------------------------------

    def owner(self, nick: str) -> Account | None:
        """The account that `nick` belongs to: the one of that name."""
        return self.book.find(nick)

    def may_use(self, session: Session, nick: str) -> bool:
        """Whether `nick` is free for everybody or belongs to the account of `session`.

        A name that somebody is just registering is theirs already.
        """
        owner = self.owner(nick)
        if owner is not None:
            return owner.name == session.account
        return self._registering.get(fold(nick), session) is session

    # -- logging in --------------------------------------------------------------------------------------------

    def mechanism(self, session: Session, name: str) -> Mechanism | None:
        """A new exchange of the mechanism `name`, None when there is none of that name."""
        if name == PLAIN:
            return plain
        if name == SCRAM_SHA_256:
            return Scram(self._verifier, self._random_bytes(NONCE_BYTES))
        if name == EXTERNAL and session.certfp is not None:
            return external(session.certfp, self._certificate_owner, self._is_same)
        return None

    def login_fault(self, session: Session, account: Account) -> str | None:
        """Why `session`, which has shown that it owns `account`, cannot log in to it all the same."""
        if session.account == account.name:
            return None
        if len(session.siblings) > 1:
            return "Several sessions share your nick: log in to another account with a new connection"
        owner = self.owner(session.nick) if session.nick is not None else None
        if owner is not None and owner is not account:
            return f"Your nick belongs to {owner.name}: change it before you log in to another account"
        if self._sessions[account.folded] >= self._hub.settings.max_sessions_per_account:
            return "Too many sessions are logged in to this account"
        return None

    def log_in(self, session: Session, account: Account, now: Now) -> None:
        """Make `session` one of `account`, and tell those who asked to be told (account-notify)."""
        if session.account == account.name:
            return
        self.forget(session)
        self._sessions[account.folded] += 1
        metadata = self._hub.metadata
        before = {} if session.account else dict(metadata.values(session.person))
        session.person.account = account.name
        if before:
            metadata.forget(session.person)
            metadata.adopt(session.person, before)
        if session.registered:
            event = self._hub.event(session, "ACCOUNT", account.name, now=now)
            self._hub.tell_peers(session, caps.ACCOUNT_NOTIFY, event)
            deliver_mailbox(self._hub, session, now)
            self._hub.moderation.check(session, now)

    def forget(self, session: Session) -> None:
        """Note that `session` ends, or leaves its account."""
        if session.account is not None:
            folded = fold(session.account)
            self._sessions[folded] -= 1
            if not self._sessions[folded]:
                del self._sessions[folded]

    def _verifier(self, name: str) -> Verifier:
        account = self.book.find(name)
        if account is not None:
            return account.secrets.verifier
        salt = hmac.digest(self._decoy_key, fold(name).encode(), "sha256")[:SALT_BYTES]
        # Keys that nothing hashes to: no proof fits, after the same work.
        return Verifier(salt, SCRAM_ITERATIONS, self._random_bytes(KEY_BYTES), self._random_bytes(KEY_BYTES))

    def _certificate_owner(self, fingerprint: str) -> str | None:
        account = self.book.of_certificate(fingerprint)
        return account.name if account is not None else None

    def _is_same(self, name: str, other: str) -> bool:
        return fold(name) == fold(other)

    # -- registering -------------------------------------------------------------------------------------------

    def may_register(self, address: str, now: Now) -> bool:
        """Whether `address` may register one more account now; it is charged for it."""
        if len(self._registrations) >= limits.GUARDED_ADDRESSES:
            self._registrations.pop(next(iter(self._registrations)))
        bucket = self._registrations.setdefault(
            network_of(address),
            FloodBucket(burst=limits.REGISTRATION_BURST, rate=limits.REGISTRATION_RATE, now_s=now.mono),
        )
        if not bucket.allows(now.mono):
            return False
        bucket.charge(1)
        return True

    @property
    def is_full(self) -> bool:
        """Whether there are as many accounts as there may be."""
        return len(self.book) >= self._hub.settings.max_accounts

    def register(
        self, session: Session, name: str, password: str, now: Now, on_done: Callable[[Account | None], None]
    ) -> bool:
        """Make the account `name` with a prepared `password`; False when there is no room in the pool now.

        `on_done` gets it once it is committed, None when that failed. The name is kept until then.
        """
        certificates = (
            (session.certfp,) if session.certfp and not self.book.of_certificate(session.certfp) else ()
        )

        def hashed(secrets: Secrets | None) -> None:
            if secrets is None:
                ended(None)
                return
            account = Account(name, secrets, int(now.unix), certificates)
            self._hub.store.write(storage.add(account), lambda result: written(account, result))

        def written(account: Account, result: object) -> None:
            if isinstance(result, StoreError):
                self._hub.report(f"the account {name} could not be written: {result}")
                ended(None)
            else:
                ended(account)

        def ended(account: Account | None) -> None:
            del self._registering[fold(name)]
            if account is None:
                self.book.release(name)
            else:
                self.book.put(account)
            on_done(account)

        if not self.hasher.make(session.address, password, self._random_bytes(SALT_BYTES), hashed):
            return False
        self.book.reserve(name)
        self._registering[fold(name)] = session
        return True

    def add_certificate(self, account: Account, fingerprint: str, on_done: Callable[[bool], None]) -> None:
        """Let `account` know one more certificate; `on_done` says whether that was committed."""
        operation = storage.add_certificate(account.folded, fingerprint, limits.CERTIFICATES_PER_ACCOUNT)
        self._change(
            account.name,
            operation,
            lambda now: replace(now, certificates=(*now.certificates, fingerprint)),
            on_done,
        )

    def remove_certificate(self, account: Account, fingerprint: str, on_done: Callable[[bool], None]) -> None:
        """Let `account` know a certificate no longer; `on_done` says whether that was committed."""

        def without(now: Account) -> Account:
            return replace(now, certificates=tuple(one for one in now.certificates if one != fingerprint))

        self._change(account.name, storage.remove_certificate(account.folded, fingerprint), without, on_done)

    def set_password(
        self, session: Session, account: Account, password: str, on_done: Callable[[bool], None]
    ) -> bool:
        """Give `account` a prepared `password`; False when there is no room in the pool now.

        `on_done` says whether it was committed.
        """

        def hashed(secrets: Secrets | None) -> None:
            if secrets is None:
                on_done(False)
                return
            operation = storage.set_secrets(account.folded, secrets)
            self._change(account.name, operation, lambda now: replace(now, secrets=secrets), on_done)

        return self.hasher.make(session.address, password, self._random_bytes(SALT_BYTES), hashed)

    def _change(
        self,
        name: str,
        operation: storage.Operation,
        changed: Callable[[Account], Account],
        on_done: Callable[[bool], None],
    ) -> None:
        """Write a change of the account `name`; `changed` gets what it is once that is committed."""

        def written(result: object) -> None:
            if isinstance(result, StoreError):
                self._hub.report(f"a change of the account {name} could not be written: {result}")
            elif (account := self.book.find(name)) is not None:
                self.book.put(changed(account))
            on_done(not isinstance(result, StoreError))

        self._hub.store.write(operation, written)
