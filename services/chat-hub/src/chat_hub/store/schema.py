"""The tables of the database, as numbered steps; the number of steps that were made is SQLite's `user_version`.

A step is never changed once it was released: a change of the tables is another step at the end.
"""

import sqlite3

from chat_hub.accounts.storage import SCHEMA as ACCOUNTS
from chat_hub.store.moderation import SCHEMA as MODERATION
from chat_hub.store.protocol import StoreError

HISTORY = """
-- Ids grow with time and hold it (identity.py), so one tree serves msgids, timestamps and the order of a room.
CREATE TABLE messages (
    target TEXT NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL, body BLOB NOT NULL,
    tags TEXT NOT NULL, account TEXT NOT NULL,
    PRIMARY KEY (target, id)
) WITHOUT ROWID;
-- Whom an account has talked with in private: one row for each of the two.
CREATE TABLE conversations (
    owner TEXT NOT NULL, peer TEXT NOT NULL, PRIMARY KEY (owner, peer)
) WITHOUT ROWID;
-- Private messages that came while their receiver was not there.
CREATE TABLE mailbox (
    account TEXT NOT NULL, id INTEGER NOT NULL, target TEXT NOT NULL, PRIMARY KEY (account, id)
) WITHOUT ROWID;
-- Channels that were closed (+i +k +s): what they have up to `hidden_until` is not for all who come later.
CREATE TABLE closed_channels (
    target TEXT NOT NULL PRIMARY KEY, hidden_until INTEGER NOT NULL, is_closed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE read_markers (
    account TEXT NOT NULL, target TEXT NOT NULL, unix_ms INTEGER NOT NULL, PRIMARY KEY (account, target)
) WITHOUT ROWID;
"""

CLOSED_PERIODS = """
-- A time that a channel was closed, from the id `closed_from` to `last`: hides the ids from `first` to `last`.
CREATE TABLE closed_periods (
    target TEXT NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, closed_from INTEGER NOT NULL,
    PRIMARY KEY (target, last)
) WITHOUT ROWID;
INSERT INTO closed_periods SELECT target, hidden_until, 0, 0 FROM closed_channels WHERE hidden_until > 0;
ALTER TABLE closed_channels ADD COLUMN closed_from INTEGER NOT NULL DEFAULT 0;
"""

STEPS: tuple[str, ...] = (HISTORY, ACCOUNTS, MODERATION, CLOSED_PERIODS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest step, each whole or not at all; raises StoreError or sqlite3.Error."""
    (made,) = connection.execute("PRAGMA user_version").fetchone()
    if made > len(STEPS):
        raise StoreError(f"the database is of a newer version (step {made}, this program knows {len(STEPS)})")
    for number, step in enumerate(STEPS[made:], start=made + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE;{step};PRAGMA user_version = {number};COMMIT;")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
