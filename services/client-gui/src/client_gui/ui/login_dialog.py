"""The dialog that asks for name, server and port, and says in one sentence why a log-in did not work.

It fills the window while nobody is logged in. Whether a log-in runs and why the last one failed is the state's;
only what stands in the fields lives here. Most servers have no password: the field for it comes with a refusal
that asks for one, and what stands in it goes to that server alone.
"""

import tkinter as tk
from dataclasses import dataclass
from tkinter import ttk

from livechat.irc.names import nick_fault
from livechat.settings import MAX_PORT, parse_endpoint

from client_gui.model.state import ClientState, Phase
from client_gui.ui import palette, theme
from client_gui.ui.actions import Actions

_CARD_WIDTH = 380
_UNTOLD = -1
"""Stands for "no port in the server field"."""


@dataclass(frozen=True, slots=True)
class LoginForm:
    """What the fields hold when the dialog opens."""

    name: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One sentence, and the field (`name`, `host` or `port`) that it is about."""

    field: str
    sentence: str


def check(name: str, host: str, port: str) -> LoginForm | Fault:
    """What to log in with, or the first thing that is wrong. `host` may be HOST:PORT, which then counts."""
    if not name:
        return Fault("name", "Please enter your name.")
    if sentence := nick_fault(name):
        return Fault("name", sentence)
    if not host:
        return Fault("host", "Please enter the server's name or IP address.")
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    try:
        address, told = parse_endpoint(host, default_port=_UNTOLD)
    except ValueError:
        address, told = "", _UNTOLD
    if not address or any(char.isspace() or not char.isprintable() for char in address):
        return Fault("host", "That is not the name or IP address of a server.")
    number = number if told == _UNTOLD else told
    if not 1 <= number <= MAX_PORT:
        return Fault("port", "The port is a number from 1 to 65535, usually 6667.")
    return LoginForm(name, address, number)


class LoginDialog(ttk.Frame):
    """The whole window while logged out; `fields` are the entries by name."""

    def __init__(self, parent: tk.Misc, actions: Actions, form: LoginForm) -> None:
        super().__init__(parent, style="Side.TFrame")
        self._actions = actions
        self._connecting = False
        self._asked: tuple[str, int] | None = None
        """The server that was connected to last."""
        self._protected: tuple[str, int] | None = None
        """The server that the password is for."""
        self.fields: dict[str, ttk.Entry] = {}
        self._card = card = ttk.Frame(self, padding=theme.px(self, 28))
        border = tk.Frame(self, background=palette.PALETTE.line)
        border.place(relx=0.5, rely=0.5, anchor="center")
        card.lift(border)
        card.pack(in_=border, padx=1, pady=1)
        card.columnconfigure(0, weight=1, minsize=theme.px(self, _CARD_WIDTH - 100))
        card.columnconfigure(1, minsize=theme.px(self, 92))
        self._build(form)
        self.bind_all_returns()

    def _build(self, form: LoginForm) -> None:
        card, gap = self._card, theme.px(self, palette.GAP)
        ttk.Label(card, text=theme.TITLE, style="Title.TLabel").grid(columnspan=2, sticky="w")
        ttk.Label(card, text="Chat with everyone on your network, share files.", style="Muted.TLabel").grid(
            columnspan=2, sticky="w", pady=(0, 2 * gap)
        )
        self._add_field("name", "Your name", form.name, row=2, column=0, columnspan=2)
        self._add_field("host", "Server (name or IP)", form.host, row=4, column=0)
        self._add_field("port", "Port", str(form.port), row=4, column=1, width=7)
        self._password_label = self._add_field(
            "password", "Server's password", "", row=6, column=0, columnspan=2
        )
        self.fields["password"].configure(show="•")
        self._show_password(show=False)
        self.message = ttk.Label(
            card, style="Danger.TLabel", wraplength=theme.px(self, _CARD_WIDTH - 8), justify="left"
        )
        self.message.grid(row=8, columnspan=2, sticky="ew", pady=(gap, gap))
        self.submit = theme.accent(ttk.Button(card, text="Connect", command=self._submit))
        self.submit.grid(row=9, columnspan=2, sticky="ew", ipady=theme.px(self, 3))
        self.cancel = theme.accent(
            ttk.Button(card, text="Cancel", command=self._actions.log_out), "secondary-outline"
        )

    def _add_field(
        self, field: str, label: str, value: str, *, row: int, column: int, columnspan: int = 1, width: int = 20
    ) -> ttk.Label:
        gap = theme.px(self, palette.GAP)
        left = gap if column else 0
        caption = ttk.Label(self._card, text=label, style="Caption.TLabel")
        caption.grid(row=row, column=column, columnspan=columnspan, sticky="w", padx=(left, 0), pady=(gap, 2))
        entry = ttk.Entry(self._card, width=width, font=palette.BODY)
        entry.insert(0, value)
        entry.grid(row=row + 1, column=column, columnspan=columnspan, sticky="ew", padx=(left, 0))
        entry.bind("<Key>", self._typed, add="+")
        self.fields[field] = entry
        return caption

    def _show_password(self, *, show: bool) -> None:
        for widget in (self._password_label, self.fields["password"]):
            if show:
                widget.grid()
            else:
                widget.grid_remove()

    def bind_all_returns(self) -> None:
        """Enter submits from every field; Escape cancels."""
        for entry in self.fields.values():
            entry.bind("<Return>", self._on_return)
            entry.bind("<KP_Enter>", self._on_return)
            entry.bind("<Escape>", self._on_escape)
        self.cancel.bind("<Escape>", self._on_escape)

    def focus_first(self) -> None:
        """Put the focus where the person goes on: the first empty field, else the name."""
        shown = (entry for entry in self.fields.values() if entry.winfo_manager())
        empty = next((entry for entry in shown if not entry.get()), None)
        entry = empty or self.fields["name"]
        entry.focus_set()
        entry.selection_range(0, "end")
        entry.icursor("end")

    def refresh(self, state: ClientState) -> None:
        """Show whether a log-in runs, or why the last one failed."""
        self._connecting = state.phase is Phase.CONNECTING
        for entry in self.fields.values():
            entry.state(["disabled" if self._connecting else "!disabled"])
        if self._connecting:
            self._show_connecting(state.server)
            return
        was_connecting = bool(self.cancel.winfo_manager())
        self.cancel.grid_forget()
        self.submit.grid()
        self._say(state.login_error)
        if not was_connecting and not state.login_error:
            return
        if state.password_refused:
            self._protected = self._asked
            self._show_password(show=True)
            self._point_at("password")
        elif state.name_refused:
            self._point_at("name")
        else:
            self.fields["host"].focus_set()

    def _show_connecting(self, server: str) -> None:
        shown = server or self.fields["host"].get()
        self.message.configure(text=f"Connecting to {shown}…", style="Quiet.TLabel")
        self.submit.grid_remove()
        self.cancel.grid(row=9, columnspan=2, sticky="ew", ipady=theme.px(self, 3))
        self.cancel.focus_set()

    def _submit(self) -> None:
        if self._connecting:
            return
        name, host, port = (self.fields[field].get().strip() for field in ("name", "host", "port"))
        checked = check(name, host, port)
        if isinstance(checked, Fault):
            self._say(checked.sentence)
            self._point_at(checked.field)
            return
        self._say("")
        self._set("host", checked.host)
        self._set("port", str(checked.port))
        self._asked = (checked.host, checked.port)
        if self._asked != self._protected:
            self._set("password", "")
            self._show_password(show=False)
        self._actions.log_in(checked.name, checked.host, checked.port, self.fields["password"].get())

    def _point_at(self, field: str) -> None:
        entry = self.fields[field]
        entry.state(["invalid"])
        entry.focus_set()
        entry.selection_range(0, "end")

    def _set(self, field: str, value: str) -> None:
        self.fields[field].delete(0, "end")
        self.fields[field].insert(0, value)

    def _say(self, sentence: str) -> None:
        self.message.configure(text=sentence, style="Danger.TLabel")

    def _typed(self, event: "tk.Event[tk.Misc]") -> None:
        if event.char and event.char.isprintable():
            for entry in self.fields.values():
                entry.state(["!invalid"])

    def _on_return(self, _event: "tk.Event[tk.Misc]") -> str:
        self._submit()
        return "break"

    def _on_escape(self, _event: "tk.Event[tk.Misc]") -> str:
        if self._connecting:
            self._actions.log_out()
        return "break"
