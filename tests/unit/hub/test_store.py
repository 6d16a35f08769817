"""The store: order, outcomes, failures and bounds, in the caller's thread and with real ones."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from chat_hub import limits
from chat_hub.store import schema
from chat_hub.store.direct import DirectStore
from chat_hub.store.protocol import Row, StoreBusyError, StoreError
from chat_hub.store.threads import SqliteStore
from loguru import logger

from tests.support.greenlets import eventually


def row(number: int, target: str = "#x") -> Row:
    return (target, number, 1, b":a!a@h PRIVMSG #x :%d\r\n" % number, "", "")


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM messages").fetchone()[0])


class Outcomes(list[Any]):
    """What was told, in its order."""

    def wait_for(self, length: int) -> "Outcomes":
        eventually(lambda: len(self) >= length)
        return self


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "data" / "hub.db", gevent.get_hub().loop)
    yield made
    made.close()


def test_rows_changes_and_look_ups_take_effect_in_their_order() -> None:
    store, told = DirectStore(), Outcomes()
    store.record(row(1))
    store.write(lambda db: db.execute("DELETE FROM messages").rowcount, told.append)
    store.record(row(2))
    store.confirm(told.append)
    store.read(count, told.append)
    assert told == []
    store.flush()
    assert told == [1, None, 1]


@pytest.mark.parametrize("rows", [1, 7, 8, 9, 600, 1300])
def test_any_number_of_rows_is_stored(rows: int) -> None:
    store, told = DirectStore(), Outcomes()
    for number in range(rows):
        store.record(row(number))
    store.read(count, told.append)
    store.flush()
    assert told == [rows]


def test_a_change_that_fails_is_undone_alone() -> None:
    def fail(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM messages")
        db.execute("INSERT INTO nowhere VALUES (1)")

    store, told = DirectStore(), Outcomes()
    store.record(row(1))
    store.write(fail, told.append)
    store.record(row(2))
    store.read(count, told.append)
    store.flush()
    assert isinstance(told[0], StoreError)
    assert told[1] == 2


def test_a_full_disk_loses_the_turn_whole_and_look_ups_go_on() -> None:
    store, told = DirectStore(), Outcomes()
    store.record(row(1))
    store.flush()
    (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
    store.connection.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(2, 5000):
        store.record(row(number))
    store.confirm(told.append)
    store.write(lambda _: 1, told.append)
    store.read(count, told.append)
    store.flush()
    assert [type(result) for result in told[:2]] == [StoreError, StoreError]
    assert told[2] == 1
    store.connection.execute("PRAGMA max_page_count = 1000000")
    store.record(row(2))
    store.confirm(told.append)
    store.flush()
    assert told[3] is None


def test_a_new_database_has_every_step_and_an_old_one_gets_the_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "hub.db")
    monkeypatch.setattr(schema, "STEPS", schema.STEPS[:1])
    old = DirectStore(path)
    old.record(row(1))
    old.close()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE later (x); CREATE TABLE more (y);"))
    new = DirectStore(path)
    assert new.connection.execute("PRAGMA user_version").fetchone() == (2,)
    assert count(new.connection) == 1
    assert new.connection.execute("SELECT * FROM more").fetchall() == []
    new.close()


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "hub.db")
    DirectStore(path).close()
    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, "CREATE TABLE later (x); CREATE TABLE messages (y);"))
    with pytest.raises(sqlite3.Error):
        DirectStore(path)
    monkeypatch.undo()
    again = DirectStore(path)
    with pytest.raises(sqlite3.Error, match="later"):
        again.connection.execute("SELECT * FROM later")
    again.close()


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "hub.db")
    store = DirectStore(path)
    store.connection.execute("PRAGMA user_version = 999")
    store.close()
    with pytest.raises(StoreError, match="newer version"):
        DirectStore(path)


# -- with threads ----------------------------------------------------------------------------------------------


def test_results_come_to_the_loop_and_never_inside_the_call(store: SqliteStore) -> None:
    told = Outcomes()
    store.record(row(1))
    store.confirm(told.append)
    store.write(lambda db: db.execute("SELECT 7").fetchone()[0], told.append)
    store.read(count, told.append)
    store.flush()
    assert told == []
    assert told.wait_for(3) == [None, 7, 1]


def test_the_end_commits_everything_and_tells(tmp_path: Path) -> None:
    store, told = SqliteStore(tmp_path / "hub.db", gevent.get_hub().loop), Outcomes()
    for number in range(3000):
        store.record(row(number))
    store.confirm(told.append)
    store.close()
    assert told == [None]
    again = DirectStore(str(tmp_path / "hub.db"))
    assert count(again.connection) == 3000
    again.close()


def test_the_store_is_full_at_its_bound_and_says_when_there_is_room(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STORE_QUEUE_ROWS", 10)
    room, told = Outcomes(), Outcomes()
    store.on_room = lambda: room.append(store.full)
    for number in range(11):
        store.record(row(number))
    store.confirm(told.append)
    store.flush()
    assert store.full
    told.wait_for(1)
    assert room.wait_for(1) == [False]


def test_look_ups_beyond_the_bound_are_refused(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_QUERIES", 2)
    told = Outcomes()
    for _ in range(5):
        store.read(count, told.append)
    store.flush()
    assert [type(result) for result in told] == [StoreBusyError] * 3
    assert told.wait_for(5)[3:] == [0, 0]


def test_readers_cannot_write(store: SqliteStore) -> None:
    told = Outcomes()
    store.read(lambda db: db.execute("DELETE FROM messages"), told.append)
    store.flush()
    assert isinstance(told.wait_for(1)[0], StoreError)


def test_the_database_is_for_the_hub_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "hub.db"
    SqliteStore(path, gevent.get_hub().loop).close()
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(os.urandom(8192))
    with pytest.raises(StoreError, match=r"hub\.db cannot be used"):
        SqliteStore(path, gevent.get_hub().loop)


def test_a_bug_in_a_thread_is_told(store: SqliteStore) -> None:
    errors = Outcomes()
    store.on_fatal = errors.append
    store.read(lambda _: 1 // 0, lambda _: None)
    store.flush()
    assert isinstance(errors.wait_for(1)[0], ZeroDivisionError)


def test_a_change_that_is_refused_does_not_count_as_a_history_that_fails(store: SqliteStore) -> None:
    told = Outcomes()
    logged: list[str] = []
    sink = logger.add(logged.append, format="{message}")
    store.record(row(1))
    store.write(lambda db: db.execute("INSERT INTO nowhere VALUES (1)"), told.append)
    store.record(row(2))
    store.confirm(told.append)
    store.flush()
    told.wait_for(2)
    logger.remove(sink)
    assert isinstance(told[0], StoreError)
    assert told[1] is None
    assert logged == []


def test_a_history_that_fails_and_works_again_is_logged_once_each(tmp_path: Path) -> None:
    store, told = SqliteStore(tmp_path / "hub.db", gevent.get_hub().loop), Outcomes()
    logged: list[str] = []
    sink = logger.add(logged.append, format="{message}")
    store.write(lambda db: db.execute("PRAGMA max_page_count = 1").fetchall(), told.append)
    store.flush()
    told.wait_for(1)
    for number in range(3):
        for extra in range(300):
            store.record(row(1000 * number + extra, f"#{extra}"))
        store.confirm(told.append)
        store.flush()
        told.wait_for(2 + number)
    store.write(lambda db: db.execute("PRAGMA max_page_count = 100000").fetchall(), told.append)
    store.record(row(9999))
    store.confirm(told.append)
    store.flush()
    told.wait_for(6)
    store.close()
    logger.remove(sink)
    assert [type(result) for result in told[1:4]] == [StoreError] * 3
    assert told[5] is None
    assert [line.partition(":")[0].strip() for line in logged] == [
        "messages are not kept in the history",
        "messages are kept in the history again",
    ]
