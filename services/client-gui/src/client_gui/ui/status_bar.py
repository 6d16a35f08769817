"""The line at the bottom: how the connection stands, the last remark, and the way out."""

import math
import tkinter as tk
from tkinter import ttk

from client_gui.model.state import ClientState, Phase
from client_gui.ui import palette, theme
from client_gui.ui.actions import Actions
from client_gui.ui.display import TextShaper
from client_gui.ui.dots import Dots


def sentence(state: ClientState, now: float, shaper: TextShaper) -> str:
    """The state of the connection for a person; `now` is Unix seconds."""
    if state.phase is Phase.ONLINE:
        return f"Connected to {state.server} as {shaper.label(state.nick)}"
    if state.phase is Phase.RECONNECTING:
        if state.retry_at is None:
            return "Connection lost, trying again now…"
        return f"Connection lost, trying again in {max(1, math.ceil(state.retry_at - now))} s…"
    return "Connecting…" if state.phase is Phase.CONNECTING else "Not connected"


_COLOURS = {
    Phase.ONLINE: palette.PALETTE.success,
    Phase.RECONNECTING: palette.PALETTE.warning,
    Phase.CONNECTING: palette.PALETTE.warning,
    Phase.LOGGED_OUT: palette.PALETTE.muted,
}


class StatusBar(ttk.Frame):
    """Shows what `sentence` says, with a dot in the colour of the phase."""

    def __init__(self, parent: tk.Misc, actions: Actions, shaper: TextShaper, dots: Dots) -> None:
        super().__init__(parent, style="Bar.TFrame")
        self._shaper = shaper
        self._dots = dots
        gap = theme.px(self, palette.GAP)
        self.columnconfigure(1, weight=1)
        ttk.Frame(self, style="Line.TFrame", height=1).grid(row=0, column=0, columnspan=3, sticky="ew")
        self.connection = ttk.Label(self, style="Bar.TLabel", compound="left")
        self.connection.grid(row=1, column=0, sticky="w", padx=(2 * gap, gap), pady=gap // 2)
        self.notice = ttk.Label(self, style="Muted.Bar.TLabel")
        self.notice.grid(row=1, column=1, sticky="w", padx=gap)
        self.log_out = ttk.Button(self, text="Log out", style="Bar.Link.TButton", command=actions.log_out)
        self.log_out.grid(row=1, column=2, padx=gap, pady=2)

    def refresh(self, state: ClientState, now: float) -> None:
        """Show the phase and the last remark of `state`."""
        self.connection.configure(
            text=sentence(state, now, self._shaper), image=str(self._dots.get(_COLOURS[state.phase]))
        )
        reason = state.connection_reason if state.phase is Phase.RECONNECTING else state.notice
        self.notice.configure(text=self._shaper.label(reason))
