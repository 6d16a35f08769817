"""K-lines and the log of who did what in the database: the statements, run by the store's threads."""

import json
import sqlite3

from chat_hub import limits
from chat_hub.audit import OF_CHANNELS, Act
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

_FORGET_OLDEST = """
WITH kind AS (
    SELECT number FROM audit WHERE (action IN (SELECT value FROM json_each(:of_channels))) = :is_of_channel
)
DELETE FROM audit WHERE number IN (SELECT number FROM kind ORDER BY number DESC LIMIT -1 OFFSET :most)
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
    """Write `act`; beyond `AUDIT_ENTRIES` of its kind, acts in channels or others, the oldest goes."""
    row = act.at_ms, act.actor, act.account, act.address, act.action, act.target, act.detail
    connection.execute("INSERT INTO audit VALUES (NULL,?,?,?,?,?,?,?)", row)
    kind = {"of_channels": json.dumps(OF_CHANNELS), "is_of_channel": act.action in OF_CHANNELS}
    connection.execute(_FORGET_OLDEST, {**kind, "most": limits.AUDIT_ENTRIES})
