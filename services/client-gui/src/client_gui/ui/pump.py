"""Carries events from the network's threads onto Tk's thread, in batches that never hold up the window.

The queue is the only thing that both sides touch. Each turn takes events until the batch or the time budget is
used up, applies them to the state, and has the window redraw what changed, once. Nothing here knows a widget.
"""

import queue
import time
import tkinter as tk
from collections.abc import Callable

from client_gui.model.events import Event
from client_gui.model.state import ClientState, Part, apply

TURN_MS = 50
BUSY_TURN_MS = 5
"""Where a turn left events behind: soon, but keys and clicks get their place between."""
MAX_EVENTS = 200
"""Events of one turn at most; the rest stay in the queue, in order, for the next turn."""
BUDGET_S = 0.010


class Pump:
    """Runs from `start` to `stop` on the thread of `root`."""

    def __init__(
        self,
        root: tk.Misc,
        events: "queue.Queue[Event]",
        state: ClientState,
        redraw: Callable[[set[Part]], None],
    ) -> None:
        self._root = root
        self._events = events
        self._state = state
        self._redraw = redraw
        self._after = ""

    def start(self) -> None:
        """Take the first turn soon."""
        self._after = self._root.after(TURN_MS, self._turn)

    def stop(self) -> None:
        """Take no further turn; what is in the queue stays there."""
        if self._after:
            self._root.after_cancel(self._after)
        self._after = ""

    def _turn(self) -> None:
        # Asked for first: a fault in one turn must not be the end of all turns.
        self._after = self._root.after(TURN_MS, self._turn)
        parts, more = self.drain()
        if more:
            self._root.after_cancel(self._after)
            self._after = self._root.after(BUSY_TURN_MS, self._turn)
        if parts:
            self._redraw(parts)

    def drain(self) -> tuple[set[Part], bool]:
        """Apply one batch; returns what changed and whether the batch ended before the queue did."""
        parts: set[Part] = set()
        until = time.monotonic() + BUDGET_S
        for _ in range(MAX_EVENTS):
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                return parts, False
            parts |= apply(self._state, event, time.time())
            if time.monotonic() >= until:
                break
        return parts, not self._events.empty()
