"""The order of messages at the hub, and when a silent peer is asked and given up."""

from collections.abc import Sequence

import pytest
from livechat.catalogue import MAX_FILES, FileEntry
from livechat.control.intake import Intake
from livechat.control.keepalive import KeepAlive, Verdict
from livechat.control.listener import FileServiceInfo
from livechat.control.messages import (
    Changed,
    Entry,
    Ping,
    Removed,
    Service,
    ServiceMessage,
    SnapshotPage,
    Stats,
    pages,
)
from livechat.errors import RemoteProtocolError

SERVICE = Service(6969, ("files.example",), ())
LAST = SnapshotPage((), last=True)


class Heard:
    """A listener that notes what it hears."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, object]] = []

    def files_connected(self, service: FileServiceInfo) -> None:
        self.calls.append(("connected", service))

    def files_snapshot(self, entries: Sequence[FileEntry]) -> None:
        self.calls.append(("snapshot", list(entries)))

    def file_changed(self, entry: FileEntry) -> None:
        self.calls.append(("changed", entry))

    def file_removed(self, file_id: bytes) -> None:
        self.calls.append(("removed", file_id))

    def files_disconnected(self, reason: str) -> None:
        self.calls.append(("disconnected", reason))


def entry(number: int) -> FileEntry:
    return FileEntry.of(f"{number}.txt", number, number, bytes(32))


def test_a_connection_is_heard_in_order_and_its_end_too() -> None:
    heard = Heard()
    intake = Intake(heard)
    files = [entry(n) for n in range(501)]
    changes: list[ServiceMessage] = [Changed(Entry.of(entry(7))), Removed(entry(8).file_id), Ping(1)]
    for message in [SERVICE, *pages(files), *changes]:
        intake.take(message)
    intake.take(Stats(1, 2, 3, 4, 5, 6))
    intake.closed("gone")
    intake.closed("gone again")
    assert heard.calls == [
        ("connected", SERVICE.info()),
        ("snapshot", files),
        ("changed", entry(7)),
        ("removed", entry(8).file_id),
        ("disconnected", "gone"),
    ]
    assert intake.stats == Stats(1, 2, 3, 4, 5, 6)


def test_a_connection_that_was_never_announced_ends_unheard() -> None:
    heard = Heard()
    Intake(heard).closed("wrong key")
    assert heard.calls == []


@pytest.mark.parametrize(
    "messages",
    [
        [LAST],
        [Changed(Entry.of(entry(1)))],
        [SERVICE, SERVICE],
        [SERVICE, Changed(Entry.of(entry(1)))],
        [SERVICE, Removed(bytes(8))],
        [SERVICE, LAST, LAST],
        [SERVICE, SnapshotPage((Entry(bytes(8), "../x", 1, 1, bytes(32)),), last=True)],
        [SERVICE, LAST, Changed(Entry(bytes(8), "/etc/passwd", 1, 1, bytes(32)))],
        [Service(1, ("a b",), ())],
    ],
)
def test_what_is_not_due_or_not_fit_is_a_fault_of_the_service(messages: list[ServiceMessage]) -> None:
    intake = Intake(Heard())
    for message in messages[:-1]:
        intake.take(message)
    with pytest.raises(RemoteProtocolError):
        intake.take(messages[-1])


def test_more_files_than_the_bound_are_a_fault_in_the_snapshot_and_after_it() -> None:
    intake = Intake(Heard())
    intake.take(SERVICE)
    for page in pages(entry(n) for n in range(MAX_FILES)):
        intake.take(page)
    intake.take(Changed(Entry.of(entry(0))))
    with pytest.raises(RemoteProtocolError, match="more than"):
        intake.take(Changed(Entry.of(entry(MAX_FILES))))
    intake = Intake(Heard())
    intake.take(SERVICE)
    *fit, last = pages(entry(n) for n in range(MAX_FILES + 1))
    for page in fit:
        intake.take(page)
    with pytest.raises(RemoteProtocolError, match="more than"):
        intake.take(last)


def test_a_handshake_that_takes_too_long_is_given_up_whatever_comes() -> None:
    watch = KeepAlive(100.0)
    watch.received(104.0)
    assert watch.check(104.9) is Verdict.WAIT
    assert watch.check(105.0) is Verdict.DEAD


def test_silence_is_asked_about_every_five_seconds_and_given_up_after_fifteen() -> None:
    watch = KeepAlive(0.0)
    watch.established(1.0)
    said = {now: watch.check(now) for now in (5.9, 6.0, 6.5, 11.0, 12.0, 15.9, 16.0)}
    assert [now for now, verdict in said.items() if verdict is Verdict.PING] == [6.0, 11.0]
    assert said[16.0] is Verdict.DEAD
    assert watch.pings == 2


def test_anything_heard_ends_the_silence() -> None:
    watch = KeepAlive(0.0)
    watch.established(0.0)
    watch.received(14.5)
    assert watch.check(19.25) is Verdict.WAIT
    assert watch.check(19.5) is Verdict.PING
