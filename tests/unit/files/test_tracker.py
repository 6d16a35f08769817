"""What the tracker decides: examples, and a machine that does to a folder whatever people do."""

from dataclasses import dataclass, replace

import pytest
from file_udp.status import Status
from file_udp.tracker import RETRY_S, SETTLE_S, Due, Tracker
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from livechat.catalogue import FileEntry

STATUS = Status(size=10, mtime_ns=100, ctime_ns=100, inode=1, device=1)


def entry_of(name: str, status: Status, content: int = 0) -> FileEntry:
    return FileEntry.of(name, status.size, status.modified_ms, content.to_bytes(32, "big"))


def offered(tracker: Tracker, name: str = "a", status: Status = STATUS) -> FileEntry:
    """Bring `name` to where it is offered."""
    tracker.observe({name: status}, 0.0)
    tracker.observe({name: status}, SETTLE_S)
    due = tracker.next_due()
    assert due == Due(name, status)
    entry = entry_of(name, status)
    assert tracker.hashed(due, entry)
    return entry


def test_a_file_is_hashed_when_it_was_seen_unchanged_for_two_seconds_and_not_before() -> None:
    tracker = Tracker()
    tracker.observe({"a": STATUS}, 0.0)
    tracker.observe({"a": STATUS}, SETTLE_S - 0.01)
    assert tracker.next_due() is None
    tracker.observe({"a": STATUS}, SETTLE_S)
    assert tracker.next_due() == Due("a", STATUS)
    assert tracker.next_due() is None


def test_a_growing_file_is_never_due() -> None:
    tracker = Tracker()
    for second in range(20):
        tracker.observe(
            {"a": replace(STATUS, size=10 + second, mtime_ns=second, ctime_ns=second)}, float(second)
        )
        assert tracker.next_due() is None


def test_a_copy_that_sets_the_time_back_settles_from_that_moment() -> None:
    tracker = Tracker()
    tracker.observe({"a": STATUS}, 0.0)
    tracker.observe({"a": replace(STATUS, mtime_ns=1, ctime_ns=101)}, 1.9)
    tracker.observe({"a": replace(STATUS, mtime_ns=1, ctime_ns=101)}, 3.0)
    assert tracker.next_due() is None


def test_a_file_that_is_known_need_not_settle() -> None:
    tracker = Tracker()
    tracker.observe({"a": STATUS, "b": STATUS}, 0.0, at_once={"a"})
    assert tracker.next_due() == Due("a", STATUS)
    assert tracker.next_due() is None


def test_small_files_are_hashed_before_large_ones() -> None:
    tracker = Tracker()
    found = {str(size): replace(STATUS, size=size) for size in (5, 1, 3)}
    tracker.observe(found, 0.0, at_once=found)
    assert [due.name for due in iter(tracker.next_due, None)] == ["1", "3", "5"]


@pytest.mark.parametrize("change", [{"size": 11}, {"mtime_ns": 101}, {"inode": 2}, {"device": 2}])
def test_a_file_that_changed_is_withdrawn_at_once_and_settles_again(change: dict[str, int]) -> None:
    tracker = Tracker()
    entry = offered(tracker)
    changed = replace(STATUS, **change)
    assert tracker.observe({"a": changed}, 10.0) == [entry]
    assert tracker.observe({"a": changed}, 10.0 + SETTLE_S) == []
    assert tracker.next_due() == Due("a", changed)


def test_a_file_of_which_only_ctime_moved_stays_offered_while_it_is_hashed_again() -> None:
    tracker = Tracker()
    entry = offered(tracker)
    touched = replace(STATUS, ctime_ns=200)
    assert tracker.observe({"a": touched}, 10.0) == []
    assert tracker.observe({"a": touched}, 12.0) == []
    assert tracker.next_due() == Due("a", touched)
    assert tracker.observe({}, 13.0) == [entry]


def test_a_file_that_is_gone_is_withdrawn() -> None:
    tracker = Tracker()
    entry = offered(tracker)
    assert tracker.observe({}, 10.0) == [entry]
    assert tracker.observe({}, 11.0) == []


def test_a_manifest_that_comes_too_late_is_thrown_away() -> None:
    tracker = Tracker()
    tracker.observe({"a": STATUS}, 0.0, at_once={"a"})
    due = tracker.next_due()
    assert due
    tracker.observe({"a": replace(STATUS, size=11)}, 1.0)
    assert not tracker.hashed(due, entry_of("a", STATUS))
    tracker.observe({}, 2.0)
    assert not tracker.hashed(due, entry_of("a", STATUS))
    assert tracker.unreadable(due, 3.0) is None


def test_a_file_that_moved_under_the_hashing_is_tried_again_even_if_it_looks_the_same() -> None:
    tracker = Tracker()
    tracker.observe({"a": STATUS}, 0.0, at_once={"a"})
    due = tracker.next_due()
    assert due
    tracker.moved(due, 1.0)
    tracker.observe({"a": STATUS}, 1.0 + SETTLE_S)
    assert tracker.next_due() == due


def test_an_unreadable_file_is_withdrawn_and_left_alone_until_it_changes_or_a_minute_passes() -> None:
    tracker = Tracker()
    entry = offered(tracker)
    touched = replace(STATUS, ctime_ns=200)
    tracker.observe({"a": touched}, 10.0)
    tracker.observe({"a": touched}, 12.0)
    due = tracker.next_due()
    assert due
    assert tracker.unreadable(due, 12.0) == entry
    tracker.observe({"a": touched}, 12.0 + RETRY_S - 1)
    assert tracker.next_due() is None
    tracker.observe({"a": touched}, 12.0 + RETRY_S)
    assert tracker.next_due() == due


@dataclass
class OnDisk:
    status: Status
    content: int
    changed_at: float
    readable: bool = True


NAME_CHOICES = ["a", "b"]
NAMES = st.sampled_from(NAME_CHOICES)
CHANGES = [
    "create or replace",
    "copy keeping the time",
    "delete",
    "rename",
    "grow",
    "write in place",
    "write in place and hide it",
    "change rights",
]


class Folder(RuleBasedStateMachine):
    """A folder, people who change it, a clock, a scanner and one hasher that takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.tracker = Tracker()
        self.disk: dict[str, OnDisk] = {}
        self.offers: dict[str, FileEntry] = {}
        self.offered_as: dict[str, Status] = {}
        self.hashing: Due | None = None
        self.now = 0.0
        self.ticks = 0

    @rule(name=NAMES, change=st.sampled_from(CHANGES))
    def change(self, name: str, change: str) -> None:
        """One thing that a person does; `t` is a time and a content that never was before."""
        self.ticks += 1
        t = self.ticks
        file = self.disk.get(name)
        match change:
            case "create or replace":
                self.disk[name] = OnDisk(Status(3, t, t, t, 1), t, self.now)
            case "copy keeping the time":
                self.disk[name] = OnDisk(Status(3, 1, t, t, 1), t, self.now)
            case "delete":
                self.disk.pop(name, None)
            case "rename" if file:
                del self.disk[name]
                self.disk["b" if name == "a" else "a"] = replace(file, status=replace(file.status, ctime_ns=t))
            case "grow" if file:
                grown = replace(file.status, size=file.status.size + 1, mtime_ns=t, ctime_ns=t)
                self.disk[name] = OnDisk(grown, t, self.now, file.readable)
            case "write in place" if file:
                written = replace(file.status, mtime_ns=t, ctime_ns=t)
                self.disk[name] = OnDisk(written, t, self.now, file.readable)
            case "write in place and hide it" if file:
                self.disk[name] = OnDisk(replace(file.status, ctime_ns=t), t, self.now, file.readable)
            case "change rights" if file:
                status = replace(file.status, ctime_ns=t)
                self.disk[name] = replace(file, status=status, readable=not file.readable)

    @rule(seconds=st.sampled_from([0.3, 1.0, 2.0]))
    def scan(self, seconds: float) -> None:
        self.now += seconds
        found = {name: file.status for name, file in self.disk.items()}
        for entry in self.tracker.observe(found, self.now):
            assert self.offers.pop(entry.name) == entry
        for name in self.offers:
            assert self.disk[name].status.same_content(self.offered_as[name]), "what changed is still offered"
        self.begin_hashing()

    def begin_hashing(self) -> None:
        if self.hashing is None:
            self.hashing = self.tracker.next_due()

    @rule()
    def end_hashing(self) -> None:
        due, self.hashing = self.hashing, None
        if due is None:
            return
        file = self.disk.get(due.name)
        if file is not None and not file.readable:
            gone = self.tracker.unreadable(due, self.now)
            if gone is not None:
                assert self.offers.pop(due.name) == gone
        elif file is None or file.status != due.status:
            self.tracker.moved(due, self.now)
        else:
            entry = entry_of(due.name, due.status, file.content)
            if self.tracker.hashed(due, entry):
                assert self.now - file.changed_at >= SETTLE_S, "a file that was just written is offered"
                self.offers[due.name] = entry
                self.offered_as[due.name] = due.status

    def teardown(self) -> None:
        """Quiet at last: what is offered equals what is on disk."""
        for _ in range(3):
            self.end_hashing()
            self.scan(RETRY_S)
            for _ in NAME_CHOICES:
                self.begin_hashing()
                self.end_hashing()
        readable = {name: file for name, file in self.disk.items() if file.readable}
        assert self.offers == {n: entry_of(n, file.status, file.content) for n, file in readable.items()}


TestFolder = Folder.TestCase
TestFolder.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
