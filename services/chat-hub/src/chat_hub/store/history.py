"""The SQL of the history: recording is `commit.insert`, everything else is here.

Functions take a connection and are run by the store. The id of a row orders it and holds its time (`identity`).
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

ROWS_PER_DELETE = 500  # so that no transaction keeps the messages behind it waiting
ANY_KIND = 99
MESSAGE = 1  # `history.Kind.MESSAGE`
_LAST = 2**63 - 1
NEVER = _LAST  # above every id
CLOSED_PERIODS = 32  # of a channel; beyond, the oldest become one that is for nobody
_ALL, _MESSAGES, _OTHERS = (0, ANY_KIND), (MESSAGE, MESSAGE), (MESSAGE + 1, ANY_KIND)  # first and last kind


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as it is read again."""

    msgid: int
    kind: int
    body: bytes
    client_tags: str
    account: str


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows are asked for: `first` ≤ id ≤ `last`, at most `limit`, the newest of them if `newest`.

    `most_kind` leaves out kinds above it. `reader` is the account that asks, empty for none.
    """

    target: str
    first: int
    last: int
    limit: int
    newest: bool
    most_kind: int
    reader: str


_SPAN = """
SELECT id, kind, body, tags, account FROM messages
WHERE target = ? AND id BETWEEN ? AND ? AND kind <= ? {} ORDER BY id {} LIMIT ?
"""
_GAP = "AND id NOT BETWEEN ? AND ? "


def read_span(db: sqlite3.Connection, span: Span) -> list[Stored]:
    """The rows of `span`, oldest first."""
    gaps = hidden_from(db, span.target, span.reader)
    query = _SPAN.format(_GAP * len(gaps), "DESC" if span.newest else "ASC")
    values = (span.target, span.first, span.last, span.most_kind, *chain.from_iterable(gaps), span.limit)
    rows = db.execute(query, values).fetchall()
    if span.newest:
        rows.reverse()
    return [Stored(*row) for row in rows]


def read_around(db: sqlite3.Connection, span: Span, middle: int) -> list[Stored]:
    """Up to `span.limit` rows around `middle`; what one side lacks, the other has more."""
    before = read_span(db, replace(span, last=middle - 1, newest=True))
    after = read_span(db, replace(span, first=middle, newest=False))
    wanted_before = min(len(before), max(span.limit // 2, span.limit - len(after)))
    return before[len(before) - wanted_before :] + after[: span.limit - wanted_before]


def peers(db: sqlite3.Connection, account: str) -> list[str]:
    """The accounts that `account` has talked with in private, folded."""
    return [peer for (peer,) in db.execute("SELECT peer FROM conversations WHERE owner = ?", (account,))]


def find(db: sqlite3.Connection, target: str, msgid: int) -> Stored | None:
    """One row, None when there is none of this id."""
    row = db.execute(
        "SELECT id, kind, body, tags, account FROM messages WHERE target = ? AND id = ?", (target, msgid)
    ).fetchone()
    return None if row is None else Stored(*row)


def newest_id(db: sqlite3.Connection) -> int:
    """The newest id of all; jumps from target to target, since ids are ordered within one only."""
    newest, target = 0, ""
    while True:
        row = db.execute(
            "SELECT target FROM messages WHERE target > ? ORDER BY target LIMIT 1", (target,)
        ).fetchone()
        if row is None:
            return newest
        (target,) = row
        (last,) = db.execute("SELECT max(id) FROM messages WHERE target = ?", (target,)).fetchone()
        newest = max(newest, last)


def redact(db: sqlite3.Connection, target: str, msgid: int) -> bool:
    """Delete one message; whether it was there."""
    db.execute("DELETE FROM mailbox WHERE id = ? AND target = ?", (msgid, target))
    return db.execute("DELETE FROM messages WHERE target = ? AND id = ?", (target, msgid)).rowcount > 0


# -- private conversations -------------------------------------------------------------------------------------


def list_conversation(db: sqlite3.Connection, one: str, other: str) -> None:
    """Note that two accounts have talked."""
    db.executemany("INSERT OR IGNORE INTO conversations VALUES (?, ?)", {(one, other), (other, one)})


def put_into_mailbox(db: sqlite3.Connection, account: str, msgid: int, target: str, most: int) -> None:
    """Keep a message for the next login of `account`; the oldest goes when there are more than `most`."""
    db.execute("INSERT OR IGNORE INTO mailbox VALUES (?, ?, ?)", (account, msgid, target))
    db.execute(
        "DELETE FROM mailbox WHERE account = ?1 AND id <= "
        "(SELECT id FROM mailbox WHERE account = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        (account, most),
    )


def read_mailbox(db: sqlite3.Connection, account: str) -> list[tuple[str, Stored]]:
    """(target, row) of the messages that wait for `account`, oldest first."""
    rows = db.execute(
        "SELECT m.target, m.id, m.kind, m.body, m.tags, m.account FROM mailbox JOIN messages AS m "
        "ON m.target = mailbox.target AND m.id = mailbox.id WHERE mailbox.account = ? ORDER BY m.id",
        (account,),
    )
    return [(target, Stored(*row)) for target, *row in rows]


def empty_mailbox(db: sqlite3.Connection, account: str, last: int) -> None:
    """Forget what waited for `account`, up to the id `last`."""
    db.execute("DELETE FROM mailbox WHERE account = ? AND id <= ?", (account, last))


# -- channels that are closed ----------------------------------------------------------------------------------


def set_closed(db: sqlite3.Connection, target: str, now: int, *, closed: bool) -> None:
    """Note whether the channel is for some only, from the id `now` on."""
    db.execute(
        "INSERT INTO closed_channels VALUES (?1, 0, ?2, ?3) ON CONFLICT (target) DO UPDATE SET "
        "closed_from = CASE WHEN is_closed THEN closed_from ELSE ?3 END, is_closed = ?2",
        (target, closed, now),
    )


def end_closed_channels(db: sqlite3.Connection, last: int, target: str | None = None) -> None:
    """`target` (None: every channel) has no members any more: hide what it has up to `last` if closed."""
    ended = db.execute(
        "SELECT target, hidden_until + 1, closed_from FROM closed_channels "
        "WHERE is_closed AND (?1 IS NULL OR target = ?1)",
        (target,),
    ).fetchall()
    for name, first, closed_from in ended:
        db.execute(
            "INSERT OR REPLACE INTO closed_periods VALUES (?, ?, ?, ?)", (name, last, first, closed_from)
        )
        db.execute("UPDATE closed_channels SET hidden_until = ?, is_closed = 0 WHERE target = ?", (last, name))
        _bound_periods(db, name)


def _bound_periods(db: sqlite3.Connection, target: str) -> None:
    row = db.execute(
        "SELECT last FROM closed_periods WHERE target = ? ORDER BY last DESC LIMIT 1 OFFSET ?",
        (target, CLOSED_PERIODS - 1),
    ).fetchone()
    if row is None:
        return
    (oldest,) = row
    if db.execute("DELETE FROM closed_periods WHERE target = ? AND last < ?", (target, oldest)).rowcount:
        db.execute(
            "UPDATE closed_periods SET first = 0, closed_from = ? WHERE target = ? AND last = ?",
            (NEVER, target, oldest),
        )


def hidden_from(db: sqlite3.Connection, target: str, reader: str) -> list[tuple[int, int]]:
    """The ids that `reader` may not see, as firsts and lasts.

    What a closed channel left is for accounts that were active there while it was closed, up to their last row.
    """
    periods = db.execute("SELECT first, last, closed_from FROM closed_periods WHERE target = ?", (target,))
    gaps = []
    for first, last, closed_from in periods.fetchall():
        row = (
            reader
            and db.execute(
                "SELECT id FROM messages WHERE target = ? AND id BETWEEN ? AND ? AND account = ? "
                "ORDER BY id DESC LIMIT 1",
                (target, closed_from, last, reader),
            ).fetchone()
        )
        gaps.append((row[0] + 1 if row else first, last))
    return gaps


# -- retention -------------------------------------------------------------------------------------------------


def cut(db: sqlite3.Connection, target: str, keep: int) -> bool:
    """Delete the oldest messages of `target` beyond `keep`, and of the other rows those beyond as many.

    Apart, so that no number of events pushes messages out. A number at a time; whether some are left to delete.
    """
    return any(_cut_kinds(db, target, keep, kinds) for kinds in (_MESSAGES, _OTHERS))


def _cut_kinds(db: sqlite3.Connection, target: str, keep: int, kinds: tuple[int, int]) -> bool:
    row = db.execute(
        "SELECT id FROM messages WHERE target = ? AND kind BETWEEN ? AND ? ORDER BY id DESC LIMIT 1 OFFSET ?",
        (target, *kinds, keep),
    ).fetchone()
    return row is not None and _delete_up_to(db, target, int(row[0]), kinds)


def age(db: sqlite3.Connection, after: str, oldest: int, keep: int) -> str | None:
    """Cut the first target after `after` in both ways; where to go on (after what), None at the end."""
    row = db.execute(
        "SELECT target FROM messages WHERE target > ? ORDER BY target LIMIT 1", (after,)
    ).fetchone()
    if row is None:
        db.execute("DELETE FROM mailbox WHERE id < ?", (oldest,))
        return None
    (target,) = row
    left = _delete_up_to(db, target, oldest - 1, _ALL) or cut(db, target, keep)
    return after if left else str(target)


def _delete_up_to(db: sqlite3.Connection, target: str, last: int, kinds: tuple[int, int]) -> bool:
    deleted = db.execute(
        "DELETE FROM messages WHERE target = ?1 AND id IN (SELECT id FROM messages "
        "WHERE target = ?1 AND id <= ?2 AND kind BETWEEN ?3 AND ?4 ORDER BY id LIMIT ?5)",
        (target, last, *kinds, ROWS_PER_DELETE),
    ).rowcount
    return deleted == ROWS_PER_DELETE


# -- read markers ----------------------------------------------------------------------------------------------


def read_marker(db: sqlite3.Connection, account: str, target: str) -> int | None:
    """The moment (ms of Unix time) up to which `account` has read `target`."""
    row = db.execute(
        "SELECT unix_ms FROM read_markers WHERE account = ? AND target = ?", (account, target)
    ).fetchone()
    return None if row is None else int(row[0])


def set_read_marker(db: sqlite3.Connection, account: str, target: str, unix_ms: int, most: int) -> int | None:
    """Move the marker forwards; the marker afterwards, None when the account has `most` others already."""
    (others,) = db.execute(
        "SELECT count(*) FROM read_markers WHERE account = ? AND target != ?", (account, target)
    ).fetchone()
    if others >= most:
        return None
    db.execute(
        "INSERT INTO read_markers VALUES (?1, ?2, ?3) "
        "ON CONFLICT (account, target) DO UPDATE SET unix_ms = max(unix_ms, ?3)",
        (account, target, unix_ms),
    )
    return read_marker(db, account, target)


def newest_of(db: sqlite3.Connection, names: Sequence[tuple[str, str]], reader: str) -> list[tuple[str, int]]:
    """(name, id of the newest message) of each (name, target) of `names`, as far as `reader` may see them."""
    found: list[tuple[str, int]] = []
    for name, target in names:
        span = Span(target, 0, _LAST, 1, newest=True, most_kind=MESSAGE, reader=reader)
        found.extend((name, row.msgid) for row in read_span(db, span))
    return found
