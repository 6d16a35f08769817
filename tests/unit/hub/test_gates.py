"""Output that waits for a result: the order of an outbox with gates, answers that come later, waiting lines."""

from dataclasses import dataclass, field

import pytest
from chat_hub.commands import COMMANDS
from chat_hub.commands.table import Command
from chat_hub.outbox import Gate, Outbox
from chat_hub.replies import Deferred, Request
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hub_harness import OUR_CAPS, HubHarness


@dataclass
class Box:
    """An outbox and what was told of it."""

    limit: int = 10**6
    dirty: list[Outbox] = field(default_factory=list)
    overflows: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.limit, self.dirty, lambda: self.overflows.append(1))


def test_what_is_put_behind_a_gate_waits_and_keeps_its_order() -> None:
    box = Box()
    box.outbox.put(b"1")
    first, second = box.outbox.gate(), None
    box.outbox.put(b"3")
    second = box.outbox.gate()
    box.outbox.put(b"5")
    assert box.outbox.take() == b"1"
    second.release([b"4"])
    assert not box.outbox.sendable
    first.release([b"2"])
    assert box.outbox.take() == b"2345"
    assert not box.outbox.gated


def test_an_outbox_is_dirty_only_when_something_may_be_sent() -> None:
    box = Box()
    gate = box.outbox.gate()
    box.outbox.put(b"x")
    assert box.dirty == []
    gate.release()
    gate.release([b"once"])
    assert box.dirty == [box.outbox]
    assert box.outbox.take() == b"x"


def test_what_waits_behind_a_gate_counts_for_the_bound() -> None:
    box = Box(limit=10)
    gate = box.outbox.gate()
    box.outbox.put(b"x" * 10)
    assert not box.overflows
    gate.release([b"y"])
    assert box.overflows
    assert box.dirty == [box.outbox]
    box.outbox.close(b"bye")
    assert box.outbox.take() == b"\r\nbye"


def test_after_an_overflow_gates_release_nothing() -> None:
    box = Box(limit=10)
    gate = box.outbox.gate()
    box.outbox.put(b"x" * 11)
    late = box.outbox.gate()
    gate.release([b"a"])
    late.release([b"b"])
    box.outbox.close(b"bye")
    assert box.outbox.take() == b"\r\nbye"


def test_the_farewell_waits_behind_the_gates() -> None:
    box = Box(limit=10)
    gate = box.outbox.gate()
    box.outbox.close(b"bye")
    assert not box.outbox.sendable
    gate.release([b"at last"])
    assert box.outbox.take() == b"at lastbye"


@given(st.lists(st.one_of(st.just("put"), st.just("gate"), st.just("take"), st.integers(0, 5)), max_size=40))
def test_no_order_of_gates_changes_the_order_of_bytes(steps: list[str | int]) -> None:
    box = Box()
    closed: list[tuple[Gate, bytes]] = []
    expected, got, number = b"", b"", 0
    for step in [*steps, *[0] * 40, "take"]:
        if step in {"put", "gate"}:
            number += 1
            chunk = b"%d," % number
            expected += chunk
            if step == "put":
                box.outbox.put(chunk)
            else:
                closed.append((box.outbox.gate(), chunk))
        elif step == "take":
            got += box.outbox.take()
        elif closed:
            gate, chunk = closed.pop(int(step) % len(closed))
            gate.release([chunk])
        assert expected.startswith(got)
    assert got == expected
    assert box.outbox.size_bytes == 0


# -- answers that come later -----------------------------------------------------------------------------------


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[Deferred]:
    """The command LATER, which answers when the test says so; each leaves its Deferred in the list."""
    waiting: list[Deferred] = []

    def handle(request: Request) -> None:
        waiting.append(request.later())

    def wait(request: Request) -> None:
        request.session.suspend()
        handle(request)

    monkeypatch.setitem(COMMANDS, "LATER", Command("LATER", handle))
    monkeypatch.setitem(COMMANDS, "WAIT", Command("WAIT", wait))
    return waiting


def test_the_answer_to_a_later_command_waits_for_the_answer_before_it(later: list[Deferred]) -> None:
    a = HubHarness().client("a")
    assert a.ask("LATER", "PING 1") == []
    later[0].request.from_server("PONG", "0")
    later[0].done()
    later[0].done()
    assert [m.params[-1] for m in a.read()] == ["0", "1"]


@pytest.mark.parametrize(
    ("lines", "commands"), [(0, ["ACK"]), (1, ["PONG"]), (2, ["BATCH", "PONG", "PONG", "BATCH"])]
)
def test_a_late_answer_is_labelled_like_any_other(
    later: list[Deferred], lines: int, commands: list[str]
) -> None:
    a = HubHarness().client("a", caps=OUR_CAPS)
    assert a.ask("@label=x LATER") == []
    for number in range(lines):
        later[0].request.from_server("PONG", str(number))
    later[0].done()
    got = a.read()
    assert [m.command for m in got] == commands
    assert got[0].tags["label"] == "x"


def test_a_late_answer_to_a_session_that_is_gone_goes_nowhere(later: list[Deferred]) -> None:
    hub = HubHarness()
    a = hub.client("a").send("LATER")
    hub.hub.close(a.session, "gone", hub.now)
    later[0].done()
    assert [m.command for m in a.read()] == ["ERROR"]


def test_lines_behind_a_suspended_one_run_when_it_resumes(later: list[Deferred]) -> None:
    a = HubHarness().client("a")
    assert a.ask("WAIT", "PING 1") == []
    later[0].done()
    assert a.read() == []
    a.session.resume()
    assert [m.params[-1] for m in a.read()] == ["1"]
