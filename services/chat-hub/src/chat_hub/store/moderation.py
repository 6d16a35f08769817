"""K-lines and the log of who did what in the database: the statements, run by the store's threads."""

import sqlite3

from chat_hub import limits
from chat_hub.audit import Act
from chat_hub.klines import KLine

SCHEMA = """
CREATE TABLE klines (
    text TEXT PRIMARY KEY, reason TEXT NOT NULL, setter TEXT NOT NULL, set_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL -- Unix seconds; 0 is for good
);
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, actor TEXT NOT NULL, account TEXT,
    address TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL
);
"""


def load(connection: sqlite3.Connection) -> tuple[list[KLine], list[Act]]:
    """Every K-line and the log, oldest first."""
    lines = connection.execute("SELECT text, reason, setter, set_at, expires_at FROM klines ORDER BY set_at")
    acts = connection.execute(
        "SELECT at_ms, actor, account, address, action, target, detail FROM audit ORDER BY number"
    )
    return [KLine(*row) for row in lines], [Act(*row) for row in acts]


def save_kline(connection: sqlite3.Connection, line: KLine) -> None:
    """Write `line`; one with the same text is replaced."""
    row = line.text, line.reason, line.setter, line.set_at, line.expires_at
    connection.execute("INSERT OR REPLACE INTO klines VALUES (?,?,?,?,?)", row)


def delete_kline(connection: sqlite3.Connection, text: str) -> None:
    """Take the line with this text away."""
    connection.execute("DELETE FROM klines WHERE text = ?", (text,))


def save_act(connection: sqlite3.Connection, act: Act) -> None:
    """Write `act`; beyond `AUDIT_ENTRIES` the oldest goes."""
    row = act.at_ms, act.actor, act.account, act.address, act.action, act.target, act.detail
    cursor = connection.execute("INSERT INTO audit VALUES (NULL,?,?,?,?,?,?,?)", row)
    oldest = (cursor.lastrowid or 0) - limits.AUDIT_ENTRIES
    connection.execute("DELETE FROM audit WHERE number <= ?", (oldest,))
