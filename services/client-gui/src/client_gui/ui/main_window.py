"""The window while somebody is logged in: sidebar, conversation, files and downloads, status line.

It arranges the parts and passes on what changed; what they show comes from the state each time.
"""

import time
import tkinter as tk
from tkinter import ttk
from typing import Literal

from client_gui.model.conversation import Conversation
from client_gui.model.events import LOBBY
from client_gui.model.state import ClientState, Part, Phase
from client_gui.ui import palette, theme
from client_gui.ui.actions import Actions
from client_gui.ui.chat_view import ChatView
from client_gui.ui.composer import Composer
from client_gui.ui.display import TextShaper
from client_gui.ui.dots import Dots
from client_gui.ui.files_panel import FilesPanel
from client_gui.ui.sidebar import EVERYONE, Sidebar
from client_gui.ui.status_bar import StatusBar
from client_gui.ui.transfers_panel import TransfersPanel

_SASH = 5


class MainWindow(ttk.Frame):
    """Everything that is seen after the log-in."""

    def __init__(self, parent: tk.Misc, actions: Actions) -> None:
        super().__init__(parent)
        self._shaper = TextShaper.of(self)
        self._dots = Dots(self)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self._panes = self._paned("horizontal")
        self._panes.grid(row=0, column=0, sticky="nsew")
        self.sidebar = Sidebar(self._panes, actions, self._shaper, self._dots)
        middle = self._build_middle(actions)
        self._right = self._paned("vertical")
        self.files = FilesPanel(self._right, actions, self._shaper)
        self.transfers = TransfersPanel(self._right, actions, self._shaper)
        self._right.add(self.files, minsize=theme.px(self, 150), stretch="always", height=theme.px(self, 310))
        self._right.add(
            self.transfers, minsize=theme.px(self, 130), stretch="always", height=theme.px(self, 310)
        )
        self._panes.add(self.sidebar, minsize=theme.px(self, 140), width=theme.px(self, 210), stretch="never")
        self._panes.add(middle, minsize=theme.px(self, 260), stretch="always")
        self._panes.add(self._right, minsize=theme.px(self, 220), width=theme.px(self, 390), stretch="never")
        self.status = StatusBar(self, actions, self._shaper, self._dots)
        self.status.grid(row=1, column=0, sticky="ew")
        self._narrow = False
        self._panes.bind("<Configure>", self._resized)

    def _paned(self, orient: Literal["horizontal", "vertical"]) -> tk.PanedWindow:
        return tk.PanedWindow(
            self, orient=orient, borderwidth=0, sashwidth=theme.px(self, _SASH), sashrelief="flat",
            background=palette.PALETTE.side, opaqueresize=True, showhandle=False,
        )  # fmt: skip

    def _build_middle(self, actions: Actions) -> ttk.Frame:
        middle = ttk.Frame(self._panes)
        middle.columnconfigure(0, weight=1)
        middle.rowconfigure(2, weight=1)
        heading = ttk.Frame(middle, padding=(theme.px(self, 18), theme.px(self, 10)))
        heading.grid(row=0, column=0, sticky="ew")
        self.title = ttk.Label(heading, style="Heading.TLabel", compound="left")
        self.title.pack(side="left")
        self.subtitle = ttk.Label(heading, style="Muted.TLabel")
        self.subtitle.pack(side="left", padx=theme.px(self, 10))
        ttk.Frame(middle, style="Line.TFrame", height=1).grid(row=1, column=0, sticky="ew")
        self.chat = ChatView(middle, self._shaper)
        self.chat.grid(row=2, column=0, sticky="nsew")
        self.composer = Composer(middle, actions)
        self.composer.grid(row=3, column=0, sticky="ew")
        return middle

    def refresh(self, state: ClientState, parts: set[Part]) -> None:
        """Draw again what changed."""
        self.sidebar.refresh(state, parts)
        if parts & {Part.TRANSCRIPT, Part.CONVERSATIONS, Part.PHASE, Part.PEOPLE}:
            self._show_conversation(state)
        if parts & {Part.FILES, Part.PHASE}:
            self.files.refresh(state)
        if Part.TRANSFERS in parts:
            self.transfers.refresh(state)
        if parts & {Part.PHASE, Part.NOTICE}:
            self.status.refresh(state, time.time())

    def tick(self, state: ClientState) -> None:
        """Once a second: what depends on the time alone."""
        if state.phase is Phase.RECONNECTING:
            self.status.refresh(state, time.time())

    def _show_conversation(self, state: ClientState) -> None:
        conversation = state.conversations[state.focused]
        online = state.phase is Phase.ONLINE
        if conversation.name == LOBBY:
            title, count = EVERYONE, len(state.people)
            subtitle = f"{LOBBY} · {count} {'person' if count == 1 else 'people'}" if count else LOBBY
            hint, empty = "Write to everyone", "No messages yet. Say hello to everyone."
        else:
            title = self._shaper.label(conversation.name)
            subtitle = self._private_subtitle(state, conversation)
            hint = f"Write to {title}"
            empty = f"Only you and {title} see what is written here."
        self.title.configure(text=title)
        self.subtitle.configure(text=subtitle)
        self.chat.show(conversation, empty)
        self.composer.refresh(
            conversation.name, hint=hint if online else "Not connected: messages can be sent again soon.",
            enabled=online,
        )  # fmt: skip

    def _private_subtitle(self, state: ClientState, conversation: Conversation) -> str:
        if conversation.is_channel or state.phase is not Phase.ONLINE:
            return ""
        person = state.person(conversation.name)
        if person is None:
            return "private conversation · not here now"
        return "private conversation · away" if person.away else "private conversation"

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        """A narrow window gives the sides less, a wide one their full width back."""
        narrow = event.width < theme.px(self, 960)
        if narrow != self._narrow:
            self._narrow = narrow
            self._widen(self.sidebar, 160 if narrow else 210)
            self._widen(self._right, 270 if narrow else 390)

    def _widen(self, pane: tk.Misc, logical: int) -> None:
        self._panes.tk.call(str(self._panes), "paneconfigure", str(pane), "-width", theme.px(self, logical))
