"""The transcript of one conversation: a disabled tk.Text that is told what to show and remembers only that.

New lines are inserted in one call; a line whose status changed is drawn again in its place; the oldest are cut
off. The view stays at the end unless the person has scrolled up.
"""

import time
import tkinter as tk
from collections import deque
from collections.abc import Iterable, Sequence
from tkinter import font as tkfont
from tkinter import ttk

from client_gui.model.conversation import Conversation, Line, Status
from client_gui.ui import palette, theme
from client_gui.ui.display import Ruler, TextShaper
from client_gui.ui.transcript import Entry, Layout

MAX_DRAWN = 1_500
"""Lines in the widget; older ones are cut off in steps of TRIM."""
TRIM = 300
_MARGIN = 18


class ChatView(ttk.Frame):
    """Shows the conversation it was given last."""

    def __init__(self, parent: tk.Misc, shaper: TextShaper) -> None:
        super().__init__(parent)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.text = tk.Text(
            self, wrap="word", state="disabled", undo=False, borderwidth=0,
            highlightthickness=1, cursor="arrow", font=palette.BODY,
            background=palette.PALETTE.surface, foreground=palette.PALETTE.text,
            padx=0, pady=theme.px(self, palette.GAP), width=20, height=5,
            highlightbackground=palette.PALETTE.surface, highlightcolor=palette.PALETTE.accent,
            selectbackground=palette.PALETTE.accent_soft, selectforeground=palette.PALETTE.text,
            inactiveselectbackground=palette.PALETTE.accent_soft, takefocus=True,
        )  # fmt: skip
        self.text.grid(sticky="nsew")
        theme.attach_scrollbar(self, self.text)
        self._layout = Layout(shaper, Ruler(tkfont.nametofont(palette.BODY, self)).width)
        self._conversation: Conversation | None = None
        self._entries: deque[Entry] = deque()
        self._relayout = ""
        self._to_end = theme.accent(ttk.Button(self, text="New messages below", command=self._jump_to_end))
        self._empty = ttk.Label(self, style="Muted.TLabel", justify="center")
        self._define_tags()
        self.text.bind("<Configure>", self._resized)
        self.text.bind("<Button-1>", lambda _event: self.text.focus_set(), add="+")

    def _define_tags(self) -> None:
        text, colours = self.text, palette.PALETTE
        margin, small = theme.px(self, _MARGIN), theme.px(self, 2)
        for colour in palette.NAME_COLOURS:
            text.tag_configure(colour, foreground=colour, font=palette.BOLD)
        above = theme.px(self, 10)
        text.tag_configure("header", lmargin1=margin, lmargin2=margin, rmargin=margin, spacing1=above)
        text.tag_configure("time", foreground=colours.muted, font=palette.SMALL)
        text.tag_configure(
            "body", lmargin1=margin, lmargin2=margin, rmargin=margin, spacing1=small, spacing2=small
        )
        text.tag_configure("rtl", justify="right")
        text.tag_configure("sending", foreground=colours.muted)
        text.tag_configure("failed", foreground=colours.danger)
        text.tag_configure("action", lmargin1=margin, lmargin2=margin, rmargin=margin, spacing1=above)
        text.tag_configure("notice", foreground=colours.muted)
        text.tag_configure(
            "reason",
            foreground=colours.danger,
            font=palette.SMALL,
            lmargin1=margin,
            lmargin2=margin,
            rmargin=margin,
        )
        text.tag_configure(
            "info", foreground=colours.muted, font=palette.SMALL, lmargin1=margin, lmargin2=margin,
            rmargin=margin, spacing1=theme.px(self, 8),
        )  # fmt: skip
        text.tag_configure(
            "day", foreground=colours.muted, font=palette.SMALL, justify="center", spacing1=theme.px(self, 14)
        )
        text.tag_raise("sel")

    def show(self, conversation: Conversation, hint: str) -> None:
        """Bring the view up to what `conversation` holds; `hint` stands in an empty one."""
        if conversation is not self._conversation:
            self._conversation = conversation
            self._redraw()
        else:
            self._catch_up(conversation)
        if self._entries:
            self._empty.place_forget()
        else:
            self._empty.configure(text=hint)
            self._empty.place(relx=0.5, rely=0.45, anchor="center")

    def is_at_end(self) -> bool:
        """Whether the newest line is in view."""
        return self.text.yview()[1] >= 0.9999

    def _redraw(self) -> None:
        self._entries.clear()
        with _Writable(self.text):
            self.text.delete("1.0", "end")
            if self._conversation is not None:
                self._append(list(self._conversation.lines)[-MAX_DRAWN:])
        self._jump_to_end()

    def _catch_up(self, conversation: Conversation) -> None:
        at_end = self.is_at_end()
        last = self._entries[-1].line.number if self._entries else -1
        with _Writable(self.text):
            self._update_settled(conversation)
            added = self._append(conversation.lines_after(last))
            self._trim()
        if at_end or any(line.own and line.status is Status.SENDING for line in added):
            self._jump_to_end()
        elif added:
            self._to_end.place(relx=0.5, rely=1.0, y=-theme.px(self, 12), anchor="s")

    def _append(self, lines: Iterable[Line]) -> Sequence[Line]:
        added = list(lines)
        before = self._entries[-1].line if self._entries else None
        now = time.time()
        arguments: list[str | tuple[str, ...]] = []
        for line in added:
            entry = self._layout.entry(line, before, now)
            self._entries.append(entry)
            for segment in entry.segments:
                arguments.extend(segment)
            before = line
        if arguments:
            self.text.insert("end", *arguments)  # type: ignore[arg-type]  # Tk takes text and tags in turn
        return added

    def _update_settled(self, conversation: Conversation) -> None:
        """Draw own messages again that are no longer on their way."""
        row = 1
        before: Line | None = None
        for position, entry in enumerate(self._entries):
            if entry.line.status is Status.SENDING:
                line = conversation.line(entry.line.number)
                if line is not None and line is not entry.line:
                    entry = self._replace(position, row, line, before)
            row += entry.rows
            before = entry.line

    def _replace(self, position: int, row: int, line: Line, before: Line | None) -> Entry:
        old = self._entries[position]
        new = self._entries[position] = self._layout.entry(line, before, time.time())
        self.text.delete(f"{row}.0", f"{row + old.rows}.0")
        arguments = [part for segment in new.segments for part in segment]
        self.text.insert(f"{row}.0", *arguments)  # type: ignore[arg-type]  # as in _append
        return new

    def _trim(self) -> None:
        if len(self._entries) <= MAX_DRAWN + TRIM:
            return
        rows = sum(self._entries.popleft().rows for _ in range(len(self._entries) - MAX_DRAWN))
        self.text.delete("1.0", f"{rows + 1}.0")

    def _jump_to_end(self) -> None:
        self._to_end.place_forget()
        self.text.see("end")
        self.text.yview_moveto(1.0)

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        width = max(event.width - 2 * theme.px(self, _MARGIN) - theme.px(self, 4), 40)
        changed, self._layout.width = width != self._layout.width, width
        if changed and not self._relayout and any(entry.depends_on_width for entry in self._entries):
            # Dragging an edge sends many of these: lay out once they are through.
            self._relayout = self.after_idle(self._lay_out_again)
        elif changed and self.is_at_end():
            self.text.yview_moveto(1.0)

    def _lay_out_again(self) -> None:
        self._relayout = ""
        self._redraw()


class _Writable:
    """Opens a disabled text for the program's own changes."""

    def __init__(self, text: tk.Text) -> None:
        self._text = text

    def __enter__(self) -> None:
        self._text.configure(state="normal")

    def __exit__(self, *_fault: object) -> None:
        self._text.configure(state="disabled")
