"""Accounts, certificates and metadata in the database: the statements, run by the store's threads."""

import sqlite3
from collections.abc import Callable

from chat_hub.accounts.book import Account
from chat_hub.accounts.hashing import Secrets
from chat_hub.sasl.scram import Verifier
from chat_hub.store.protocol import StoreError

SCHEMA = """
CREATE TABLE accounts (
    folded TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL, argon2 TEXT NOT NULL,
    scram_salt BLOB NOT NULL, scram_iterations INTEGER NOT NULL, scram_stored_key BLOB NOT NULL,
    scram_server_key BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE certificates (fingerprint TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID;
-- target: a folded account or a folded channel (which starts with #)
CREATE TABLE metadata (
    target TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (target, key)
) WITHOUT ROWID;
"""

Everything = tuple[list[Account], dict[str, dict[str, str]]]
Operation = Callable[[sqlite3.Connection], None]


def load(connection: sqlite3.Connection) -> Everything:
    """Every account, and every kept key and value by target."""
    return _accounts(connection), _metadata(connection)


def _accounts(connection: sqlite3.Connection) -> list[Account]:
    certificates: dict[str, list[str]] = {}
    for fingerprint, owner in connection.execute("SELECT fingerprint, account FROM certificates"):
        certificates.setdefault(owner, []).append(fingerprint)
    rows = connection.execute(
        "SELECT folded, name, created_at, argon2, scram_salt, scram_iterations, scram_stored_key,"
        " scram_server_key FROM accounts"
    )
    return [
        Account(name, Secrets(argon2, Verifier(*verifier)), created_at, tuple(certificates.get(folded, ())))
        for folded, name, created_at, argon2, *verifier in rows
    ]


def _metadata(connection: sqlite3.Connection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for target, key, value in connection.execute(
        "SELECT target, key, value FROM metadata ORDER BY target, key"
    ):
        found.setdefault(target, {})[key] = value
    return found


def add(account: Account) -> Operation:
    """Write the new `account`."""
    verifier = account.secrets.verifier
    row = (
        account.folded, account.name, account.created_at, account.secrets.argon2, verifier.salt,
        verifier.iterations, verifier.stored_key, verifier.server_key,
    )  # fmt: skip
    certificates = [(fingerprint, account.folded) for fingerprint in account.certificates]

    def run(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO accounts VALUES (?,?,?,?,?,?,?,?)", row)
        connection.executemany("INSERT INTO certificates VALUES (?,?)", certificates)

    return run


# Several changes of one account may be on their way, so each writes nothing but what it changes.


def set_secrets(folded: str, secrets: Secrets) -> Operation:
    """Write the new password of an account."""
    verifier = secrets.verifier
    row = (
        secrets.argon2, verifier.salt, verifier.iterations, verifier.stored_key, verifier.server_key, folded,
    )  # fmt: skip

    def run(connection: sqlite3.Connection) -> None:
        connection.execute(
            "UPDATE accounts SET argon2 = ?, scram_salt = ?, scram_iterations = ?, scram_stored_key = ?,"
            " scram_server_key = ? WHERE folded = ?",
            row,
        )

    return run


def add_certificate(folded: str, fingerprint: str, most: int) -> Operation:
    """Let an account know one more certificate, of at most `most`; an error when somebody was faster."""

    def run(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO certificates VALUES (?,?)", (fingerprint, folded))
        counted = connection.execute("SELECT count(*) FROM certificates WHERE account = ?", (folded,))
        if counted.fetchone()[0] > most:
            raise StoreError(f"an account knows at most {most} certificates")

    return run


def remove_certificate(folded: str, fingerprint: str) -> Operation:
    """Let an account know a certificate no longer."""

    def run(connection: sqlite3.Connection) -> None:
        connection.execute(
            "DELETE FROM certificates WHERE account = ? AND fingerprint = ?", (folded, fingerprint)
        )

    return run


def save_metadata(target: str, key: str, value: str | None) -> Operation:
    """Write one key of `target`; None takes it away."""

    def run(connection: sqlite3.Connection) -> None:
        if value is None:
            connection.execute("DELETE FROM metadata WHERE target = ? AND key = ?", (target, key))
        else:
            connection.execute("INSERT OR REPLACE INTO metadata VALUES (?,?,?)", (target, key, value))

    return run
