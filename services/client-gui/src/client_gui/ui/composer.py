"""Where a message is typed: Enter sends, Shift+Enter breaks the line, each conversation keeps its draft."""

import tkinter as tk
from tkinter import ttk

from client_gui.ui import palette, theme
from client_gui.ui.actions import Actions

_MOST_ROWS = 6


class Composer(ttk.Frame):
    """The text field and the Send button. What was typed stays until it is on its way."""

    def __init__(self, parent: tk.Misc, actions: Actions) -> None:
        side, top, bottom = (theme.px(parent, gap) for gap in (14, 6, 12))
        super().__init__(parent, padding=(side, top, side, bottom))
        self._actions = actions
        self._conversation = ""
        self._drafts: dict[str, str] = {}
        self._hint = ""
        self._enabled = False
        self.columnconfigure(0, weight=1)
        self._border = tk.Frame(self, background=palette.PALETTE.line)
        self._border.grid(row=0, column=0, sticky="nsew")
        self.text = tk.Text(
            self._border, height=1, width=20, wrap="word", undo=True, maxundo=200, font=palette.BODY,
            borderwidth=0, highlightthickness=0, background=palette.PALETTE.surface,
            foreground=palette.PALETTE.text, insertbackground=palette.PALETTE.text,
            padx=theme.px(self, 10), pady=theme.px(self, 8),
            selectbackground=palette.PALETTE.accent_soft, selectforeground=palette.PALETTE.text,
        )  # fmt: skip
        self.text.pack(fill="both", expand=True, padx=1, pady=1)
        self._placeholder = tk.Label(
            self.text, font=palette.BODY, foreground=palette.PALETTE.muted, background=palette.PALETTE.surface,
            borderwidth=0, padx=0, pady=0, cursor="xterm",
        )  # fmt: skip
        self._placeholder.bind("<Button-1>", lambda _event: self.text.focus_set())
        self.send_button = theme.accent(ttk.Button(self, text="Send", command=self._send))
        self.send_button.grid(
            row=0, column=1, sticky="se", padx=(theme.px(self, palette.GAP), 0), ipady=theme.px(self, 4)
        )
        self.fault = ttk.Label(self, style="DangerSmall.TLabel", justify="left")
        self.bind("<Configure>", lambda event: self.fault.configure(wraplength=event.width - 2 * side))
        self._bind_keys()

    def _bind_keys(self) -> None:
        for key in ("<Return>", "<KP_Enter>"):
            self.text.bind(key, self._on_return)
        self.text.bind("<Shift-Return>", self._on_shift_return)
        # A text would take Tab for itself; here it moves the focus, as in every other field.
        self.text.bind("<Tab>", self._on_tab)
        self.text.bind("<<Modified>>", self._on_modified)
        self.text.bind("<FocusIn>", lambda _event: self._frame(focused=True))
        self.text.bind("<FocusOut>", lambda _event: self._frame(focused=False))

    def refresh(self, conversation: str, *, hint: str, enabled: bool) -> None:
        """Write to `conversation` from now on; `hint` stands in the empty field, also while it is disabled."""
        if conversation != self._conversation:
            self._drafts[self._conversation] = self.draft
            self._conversation = conversation
            self._fill(self._drafts.pop(conversation, ""))
            self._complain("")
        self.text.configure(
            state="normal" if enabled else "disabled",
            background=palette.PALETTE.surface if enabled else palette.PALETTE.side,
            foreground=palette.PALETTE.text if enabled else palette.PALETTE.muted,
        )
        self._placeholder.configure(background=self.text["background"])
        self.send_button.state(["!disabled" if enabled else "disabled"])
        self._enabled = enabled
        self._frame()
        self._hint = hint
        self._show_hint()

    @property
    def draft(self) -> str:
        """What stands in the field."""
        return self.text.get("1.0", "end-1c")

    def focus_text(self) -> None:
        """Put the cursor into the field."""
        self.text.focus_set()

    def _send(self) -> None:
        if not self.draft.strip() or self.text["state"] == "disabled":
            return
        fault = self._actions.say(self.draft)
        self._complain(fault)
        if not fault:
            self._fill("")
        self.text.focus_set()

    def _fill(self, draft: str) -> None:
        state = self.text["state"]
        self.text.configure(state="normal")
        self.text.replace("1.0", "end", draft)
        self.text.edit_reset()
        self.text.mark_set("insert", "end")
        self.text.configure(state=state)
        self._grow()

    def _complain(self, sentence: str) -> None:
        self.fault.configure(text=sentence)
        if sentence:
            self.fault.grid(row=1, column=0, columnspan=2, sticky="w", pady=(theme.px(self, 4), 0))
        else:
            self.fault.grid_forget()

    def _grow(self) -> None:
        counted = self.text.count("1.0", "end", "displaylines")
        rows = counted[0] if isinstance(counted, tuple) else counted
        self.text.configure(height=min(max(int(rows or 1), 1), _MOST_ROWS))
        self._show_hint()

    def _show_hint(self) -> None:
        if self.draft:
            self._placeholder.place_forget()
        else:
            self._placeholder.configure(text=self._hint)
            self._placeholder.place(x=0, y=0)

    def _frame(self, *, focused: bool | None = None) -> None:
        """The border tells where the keyboard is."""
        if focused is None:
            focused = self.focus_get() is self.text
        lit = focused and self._enabled
        self._border.configure(background=palette.PALETTE.accent if lit else palette.PALETTE.line)

    def _on_modified(self, _event: "tk.Event[tk.Misc]") -> None:
        if self.text.edit_modified():
            self.text.edit_modified(False)
            self._grow()

    def _on_return(self, _event: "tk.Event[tk.Misc]") -> str:
        self._send()
        return "break"

    def _on_shift_return(self, _event: "tk.Event[tk.Misc]") -> str:
        self.text.insert("insert", "\n")
        self.text.see("insert")
        return "break"

    def _on_tab(self, event: "tk.Event[tk.Misc]") -> str:
        target = self.text.tk_focusNext()
        if target is not None:
            target.focus_set()
        del event
        return "break"
