"""What a channel's new name means for the database: its history and its readers' places go with it."""

import sqlite3

from livechat.irc.casemap import fold
from livechat.irc.lines import MAX_LINE_BYTES

from chat_hub.store.history import NEVER

_END = b"\r\n"
_TARGET_WORD = 2  # source, command, target


def rename_channel(db: sqlite3.Connection, old: str, new: str, name: str) -> None:
    """Move everything of the folded channel `old` to `new`, which is shown as `name`."""
    (newest,) = db.execute("SELECT ifnull(max(id), 0) FROM messages WHERE target = ?", (new,)).fetchone()
    rows = db.execute("SELECT id, body FROM messages WHERE target = ?", (old,)).fetchall()
    for msgid, body in rows:
        moved = new, with_target(body, old, name), old, msgid
        db.execute("UPDATE OR REPLACE messages SET target = ?, body = ? WHERE target = ? AND id = ?", moved)
    if old == new:
        return
    # What is hidden of either stays hidden; whether the channel is closed comes with it. What `new` had hidden
    # is for nobody from now on: the rows that came from `old` do not show who was active there, nor do those of
    # `new` in the closed times of `old`.
    db.execute("UPDATE closed_periods SET closed_from = ? WHERE target = ?", (NEVER, new))
    db.execute(
        "INSERT INTO closed_periods SELECT ?2, last, first, max(closed_from, ?3) FROM closed_periods "
        "WHERE target = ?1 ON CONFLICT (target, last) DO UPDATE SET first = min(first, excluded.first)",
        (old, new, newest + 1),
    )
    db.execute("DELETE FROM closed_periods WHERE target = ?", (old,))
    db.execute(
        "INSERT INTO closed_channels SELECT ?2, hidden_until, is_closed, max(closed_from, ?3) "
        "FROM closed_channels WHERE target = ?1 ON CONFLICT (target) DO UPDATE SET "
        "hidden_until = max(hidden_until, excluded.hidden_until), "
        "closed_from = excluded.closed_from, is_closed = excluded.is_closed",
        (old, new, newest + 1),
    )
    db.execute("DELETE FROM closed_channels WHERE target = ?", (old,))
    db.execute("UPDATE OR REPLACE read_markers SET target = ? WHERE target = ?", (new, old))


def with_target(body: bytes, old: str, name: str) -> bytes:
    """The lines of `body` with `name` for their target, where that is `old` and they still fit."""
    return b"".join(_line(line, old, name) + _END for line in body.split(_END)[:-1])


def _line(line: bytes, old: str, name: str) -> bytes:
    words = line.split(b" ")
    index = _TARGET_WORD + line.startswith(b"@")
    if len(words) <= index or fold(words[index].decode()) != old:
        return line
    words[index] = name.encode()
    changed = b" ".join(words)
    return changed if len(changed) + len(_END) <= MAX_LINE_BYTES else line
