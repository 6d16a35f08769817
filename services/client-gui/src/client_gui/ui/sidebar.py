"""The left side: the conversations with their unread counts, and the people who are here."""

import tkinter as tk
from collections.abc import Iterable
from tkinter import font as tkfont
from tkinter import ttk

from livechat.irc.casemap import fold

from client_gui.model.conversation import Conversation
from client_gui.model.events import LOBBY, Person
from client_gui.model.state import ClientState, Part
from client_gui.ui import palette, theme
from client_gui.ui.actions import Actions
from client_gui.ui.display import Ruler, TextShaper
from client_gui.ui.dots import Dots
from client_gui.ui.tree_sync import Row, TreeSync, row_id

EVERYONE = "Everyone"
_LEAST_ROWS, _MOST_ROWS = 1, 8
_MANY = 99
"""Unread counts beyond are shown as `99+`."""


class Sidebar(ttk.Frame):
    """Two lists; a choice in either one opens the conversation."""

    def __init__(self, parent: tk.Misc, actions: Actions, shaper: TextShaper, dots: Dots) -> None:
        super().__init__(parent, style="Side.TFrame")
        self._actions = actions
        self._shaper = shaper
        self._dots = dots
        self._names: dict[str, str] = {}
        """Row id → name, of both lists."""
        self._showing = False
        self._ruler = Ruler(tkfont.nametofont(palette.BOLD, self))
        self._state: ClientState | None = None
        self._width = theme.px(self, 200)
        self.columnconfigure(0, weight=1)
        self._caption("Conversations", row=0)
        self.conversations = self._list(row=1, columns=("unread",))
        self.conversations.column("unread", width=theme.px(self, 40), stretch=False, anchor="e")
        self._people_caption = self._caption("People", row=2)
        self.people = self._list(row=3)
        self.rowconfigure(3, weight=1)
        self._conversation_rows = TreeSync(self.conversations)
        self._people_rows = TreeSync(self.people)
        self.conversations.bind("<<TreeviewSelect>>", self._conversation_chosen)
        self.conversations.bind("<Delete>", self._close_chosen)
        self._menu = tk.Menu(self, tearoff=False)
        self._menu.add_command(label="Close conversation", command=self._close_pointed)
        self._pointed = ""
        """Row that the menu was opened on."""
        for button in ("<Button-2>", "<Button-3>"):  # the second one is the right one on macOS
            self.conversations.bind(button, self._open_menu)
        self.people.bind("<Double-Button-1>", self._person_double_clicked)
        self.people.bind("<Return>", self._person_entered)
        # One click shows the conversation too: choose a person, then type.
        self.people.bind("<ButtonRelease-1>", self._person_double_clicked)
        self.bind("<Configure>", self._resized)

    def _caption(self, text: str, *, row: int) -> ttk.Label:
        label = ttk.Label(self, text=text, style="Caption.Side.TLabel")
        label.grid(row=row, column=0, sticky="w", padx=theme.px(self, 14), pady=(theme.px(self, 14), 4))
        return label

    def _list(self, *, row: int, columns: tuple[str, ...] = ()) -> ttk.Treeview:
        holder = ttk.Frame(self, style="Side.TFrame")
        holder.grid(row=row, column=0, sticky="nsew", padx=(theme.px(self, 6), 0))
        holder.columnconfigure(0, weight=1)
        holder.rowconfigure(0, weight=1)
        tree = ttk.Treeview(
            holder, style="Side.Treeview", show="tree", selectmode="browse", columns=columns, height=_LEAST_ROWS
        )
        tree.column("#0", width=theme.px(self, 120), minwidth=theme.px(self, 60), stretch=True)
        tree.grid(sticky="nsew")
        theme.attach_scrollbar(holder, tree)
        theme.show_focus(tree)
        tree.tag_configure("unread", font=palette.BOLD)
        tree.tag_configure("quiet", foreground=palette.PALETTE.muted)
        return tree

    def refresh(self, state: ClientState, parts: set[Part]) -> None:
        """Show who and what there is."""
        self._showing = True
        self._state = state
        if parts & {Part.CONVERSATIONS, Part.TRANSCRIPT, Part.PEOPLE, Part.PHASE}:
            self._show_conversations(state)
        if parts & {Part.PEOPLE, Part.PHASE}:
            self._show_people(state)
        self._showing = False

    def _show_conversations(self, state: ClientState) -> None:
        rows = [self._conversation_row(state, item) for item in _ordered(state.conversations.values())]
        self._conversation_rows.show(rows)
        self.conversations.configure(height=min(max(len(rows), _LEAST_ROWS), _MOST_ROWS))
        chosen = row_id(state.focused)
        if self.conversations.selection() != (chosen,):
            self.conversations.selection_set(chosen)
            self.conversations.see(chosen)

    def _conversation_row(self, state: ClientState, conversation: Conversation) -> Row:
        iid = row_id(fold(conversation.name))
        self._names[iid] = conversation.name
        if conversation.name == LOBBY:
            title, dot = EVERYONE, self._dots.get(palette.PALETTE.accent)
        else:
            here = conversation.is_channel or state.person(conversation.name) is not None
            title, dot = self._fit(conversation.name, "00+"), self._dot(conversation.name, here=here)
        unread = conversation.unread
        count = f"{_MANY}+" if unread > _MANY else str(unread or "")
        return Row(iid, title, (count,), ("unread",) if unread else (), str(dot))

    def _show_people(self, state: ClientState) -> None:
        people = sorted(state.people.values(), key=lambda person: fold(person.nick))
        self._people_rows.show([self._person_row(state, person) for person in people])
        self._people_caption.configure(text=f"People ({len(people)})" if people else "People")

    def _person_row(self, state: ClientState, person: Person) -> Row:
        iid = row_id(fold(person.nick))
        self._names[iid] = person.nick
        remark = " (you)" if state.is_me(person.nick) else " (away)" if person.away else ""
        text = self._fit(person.nick, remark) + remark
        tags = ("quiet",) if person.away else ()
        return Row(iid, text, (), tags, str(self._dot(person.nick, here=not person.away)))

    def _dot(self, nick: str, *, here: bool) -> tk.PhotoImage:
        if here:
            return self._dots.get(palette.name_colour(nick))
        return self._dots.get(palette.PALETTE.muted, hollow=True)

    def _fit(self, name: str, beside: str) -> str:
        """`name` shortened to what its column can show next to `beside`."""
        room = self._width - theme.px(self, 62) - self._ruler.width(beside)
        return self._ruler.elide_end(self._shaper.label(name), max(room, 0))

    def _resized(self, event: "tk.Event[tk.Misc]") -> None:
        changed, self._width = event.width != self._width, event.width
        if changed and self._state is not None:
            self.refresh(self._state, {Part.PEOPLE})

    def _conversation_chosen(self, _event: "tk.Event[tk.Misc]") -> None:
        chosen = self.conversations.selection()
        if chosen and not self._showing:
            self._actions.focus(self._names[chosen[0]])

    def _close_chosen(self, _event: "tk.Event[tk.Misc]") -> None:
        for iid in self.conversations.selection():
            self._actions.close_conversation(self._names[iid])

    def _open_menu(self, event: "tk.Event[tk.Misc]") -> None:
        self._pointed = self.conversations.identify_row(event.y)
        if self._names.get(self._pointed, LOBBY) != LOBBY:
            self._menu.tk_popup(event.x_root, event.y_root)

    def _close_pointed(self) -> None:
        self._actions.close_conversation(self._names[self._pointed])

    def _person_double_clicked(self, event: "tk.Event[tk.Misc]") -> None:
        if iid := self.people.identify_row(event.y):
            self._actions.focus(self._names[iid])

    def _person_entered(self, _event: "tk.Event[tk.Misc]") -> None:
        for iid in self.people.selection():
            self._actions.focus(self._names[iid])


def _ordered(conversations: Iterable[Conversation]) -> list[Conversation]:
    """The lobby, other rooms, then private talks; each by name, so that nothing jumps under the pointer."""
    return sorted(conversations, key=lambda item: (item.name != LOBBY, not item.is_channel, fold(item.name)))
