"""The queue is drained on Tk's thread, in order, in bounded turns, and outlives a fault."""

import queue
import tkinter as tk

import pytest
from client_gui.model.events import Event, Notice
from client_gui.model.state import ClientState, Part
from client_gui.ui.pump import MAX_EVENTS, Pump

from tests.support.gui import Scene, pump_until

pytestmark = pytest.mark.gui


def test_a_turn_is_bounded_and_the_rest_follows_in_order(scene: Scene) -> None:
    events: queue.Queue[Event] = queue.Queue()
    state = ClientState()
    drawn: list[str] = []
    pump = Pump(scene.root, events, state, lambda _parts: drawn.append(state.notice))
    count = 3 * MAX_EVENTS + 1
    for number in range(count):
        events.put(Notice(str(number)))
    pump.start()
    pump_until(scene.root, events.empty, "everything was taken")
    pump.stop()
    assert drawn[-1] == str(count - 1)
    assert [int(text) for text in drawn] == sorted(int(text) for text in drawn)
    assert len(drawn) >= 4


def test_nothing_is_drawn_when_nothing_happened(scene: Scene) -> None:
    drawn: list[set[Part]] = []
    pump = Pump(scene.root, queue.Queue(), ClientState(), drawn.append)
    assert pump.drain() == (set(), False)
    assert drawn == []


def test_a_fault_in_one_turn_is_not_the_end_of_all_turns(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[object] = []
    monkeypatch.setattr(tk.Tk, "report_callback_exception", lambda _root, *fault: faults.append(fault[1]))
    events: queue.Queue[Event] = queue.Queue()
    state = ClientState()

    def redraw(_parts: set[Part]) -> None:
        if state.notice == "bad":
            raise ValueError("a bug")

    pump = Pump(scene.root, events, state, redraw)
    pump.start()
    events.put(Notice("bad"))
    pump_until(scene.root, lambda: faults, "the fault was reported")
    events.put(Notice("good"))
    pump_until(scene.root, lambda: state.notice == "good", "the next turn")
    pump.stop()


def test_after_stop_no_turn_is_taken(scene: Scene) -> None:
    events: queue.Queue[Event] = queue.Queue()
    pump = Pump(scene.root, events, ClientState(), lambda _parts: None)
    pump.start()
    pump.stop()
    events.put(Notice("late"))
    done: list[bool] = []
    scene.root.after(150, lambda: done.append(True))
    pump_until(scene.root, lambda: done, "some turns' time has passed")
    assert events.qsize() == 1
