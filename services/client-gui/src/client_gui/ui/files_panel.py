"""The files that are offered: name, size and when each changed, sorted by the column the person chooses."""

import time
import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any

from livechat.catalogue import FileEntry

from client_gui.model.rate import human_size
from client_gui.model.state import ClientState, Phase
from client_gui.ui import formats, palette, theme
from client_gui.ui.actions import Actions
from client_gui.ui.display import Ruler, TextShaper
from client_gui.ui.tree_sync import Row, TreeSync

EMPTY = "Nothing shared yet.\nFiles put into the share folder on the server appear here."
_TITLES = {"#0": "Name", "size": "Size", "changed": "Changed"}
_ORDERS: dict[str, Callable[[FileEntry], Any]] = {
    "#0": lambda entry: entry.name.casefold(),
    "size": lambda entry: (entry.size, entry.name.casefold()),
    "changed": lambda entry: (entry.modified_ms, entry.name.casefold()),
}
_NARROW = 300
"""Logical pixels below which the column of dates is left out: the name counts more."""


class FilesPanel(ttk.Frame):
    """A heading, the list, and Download."""

    def __init__(self, parent: tk.Misc, actions: Actions, shaper: TextShaper) -> None:
        super().__init__(parent, style="Side.TFrame")
        self._actions = actions
        self._shaper = shaper
        self._entries: dict[str, FileEntry] = {}
        self._sort_by, self._descending = "#0", False
        self._available = False
        self._ruler = Ruler(tkfont.nametofont(palette.BODY, self))
        self._name_width = 0
        gap = theme.px(self, palette.GAP)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(2, weight=1)
        self._build_heading(gap)
        self.unavailable = ttk.Label(self, style="DangerSmall.Side.TLabel", justify="left")
        self._build_list(gap)

    def _build_heading(self, gap: int) -> None:
        heading = ttk.Frame(self, style="Side.TFrame")
        heading.grid(row=0, column=0, sticky="ew", padx=(gap, gap), pady=(gap, gap))
        heading.columnconfigure(1, weight=1)
        ttk.Label(heading, text="Files", style="Heading.Side.TLabel").grid(row=0, column=0)
        self._count = ttk.Label(heading, style="Muted.Side.TLabel")
        self._count.grid(row=0, column=1, sticky="w", padx=gap)
        self.button = theme.accent(ttk.Button(heading, text="Download", command=self._download))
        self.button.grid(row=0, column=2)

    def _build_list(self, gap: int) -> None:
        holder = tk.Frame(self, background=palette.PALETTE.surface)
        holder.grid(row=2, column=0, sticky="nsew", padx=(0, gap))
        holder.columnconfigure(0, weight=1)
        holder.rowconfigure(0, weight=1)
        self.tree = tree = ttk.Treeview(
            holder, style="Plain.Treeview", columns=("size", "changed"), selectmode="extended", height=4
        )
        pad = theme.px(self, 26)
        tree.column("#0", width=theme.px(self, 100), minwidth=theme.px(self, 60), stretch=True)
        for column, widest in (("size", "000 MiB"), ("changed", "28 Nov 00:00")):
            tree.column(column, width=self._ruler.width(widest) + pad, stretch=False, anchor="e")
        for column in _TITLES:
            tree.heading(column, command=partial(self._sort, column), anchor=_anchor(column))
        tree.grid(sticky="nsew")
        theme.attach_scrollbar(holder, tree)
        theme.show_focus(tree)
        self._rows = TreeSync(tree)
        self._empty = ttk.Label(holder, style="Muted.TLabel", justify="center", anchor="center")
        tree.bind("<<TreeviewSelect>>", lambda _event: self._show_button())
        tree.bind("<Double-Button-1>", self._double_clicked)
        tree.bind("<Return>", lambda _event: self._download())
        tree.bind("<Configure>", self._resized)
        tree.bind("<ButtonRelease-1>", lambda _event: self._fit_names(), add="+")

    def refresh(self, state: ClientState) -> None:
        """Show the files of `state`, or why they cannot be fetched."""
        self._entries = {entry.file_id.hex(): entry for entry in state.files.values()}
        self._available = state.phase is Phase.ONLINE and not state.files_reason
        self._show_rows()
        self._show_button()
        if state.files_reason:
            self.unavailable.configure(text=self._shaper.label(state.files_reason))
            self.unavailable.grid(row=1, column=0, sticky="ew", padx=theme.px(self, palette.GAP), pady=(0, 6))
        else:
            self.unavailable.grid_forget()
        total = sum(entry.size for entry in self._entries.values())
        self._count.configure(text=f"{len(self._entries)} · {human_size(total)}" if self._entries else "")
        if self._entries or state.files_reason:
            self._empty.place_forget()
        else:
            self._empty.configure(text=EMPTY)
            self._empty.place(relx=0.5, rely=0.45, relwidth=0.86, anchor="center")

    def _show_rows(self) -> None:
        order = _ORDERS[self._sort_by]
        entries = sorted(self._entries.values(), key=order, reverse=self._descending)
        self._rows.show([self._row(entry) for entry in entries])
        for column, title in _TITLES.items():
            arrow = ("  ▾" if self._descending else "  ▴") if column == self._sort_by else ""
            self.tree.heading(column, text=f"{title}{arrow}")

    def _row(self, entry: FileEntry) -> Row:
        name = self._shaper.label(entry.name)
        if self._name_width:
            name = self._ruler.elide(name, self._name_width)
        changed = formats.changed(entry.modified_ms, time.time())
        return Row(entry.file_id.hex(), name, (human_size(entry.size), changed))

    def _show_button(self) -> None:
        usable = self._available and bool(self.tree.selection())
        self.button.state(["!disabled" if usable else "disabled"])

    def _sort(self, column: str) -> None:
        self._descending = not self._descending if column == self._sort_by else column != "#0"
        self._sort_by = column
        self._show_rows()

    def _download(self) -> None:
        if not self._available:
            return
        for iid in self.tree.selection():
            if iid in self._entries:
                self._actions.download(self._entries[iid])

    def _double_clicked(self, event: "tk.Event[tk.Misc]") -> None:
        if self.tree.identify_row(event.y):
            self._download()

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        shown = ("size",) if event.width < theme.px(self, _NARROW) else ("size", "changed")
        if tuple(self.tree["displaycolumns"]) != shown:
            self.tree.configure(displaycolumns=shown)
        self._empty.configure(wraplength=max(event.width * 8 // 10, 80))
        self.unavailable.configure(wraplength=max(event.width - 8, 80))
        self.after_idle(self._fit_names)

    def _fit_names(self) -> None:
        """Shorten names to the width that their column has now."""
        width = int(self.tree.column("#0", "width")) - theme.px(self, 14)
        if width != self._name_width:
            self._name_width = width
            self._show_rows()


def _anchor(column: str) -> Any:
    return "w" if column == "#0" else "e"
