"""A person at the real client: the App in this process, worked through its widgets."""

import contextlib
import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path
from tkinter import ttk

from client_gui.app import App
from client_gui.model.state import Phase
from client_gui.net.profile import Profile, ProfileStore
from client_gui.ui.transfer_card import TransferCard

from tests.support.gui import pump_until, type_text


class Person:
    """One client. Every wait runs its window."""

    def __init__(self, folder: Path, port: int, name: str) -> None:
        self.downloads = folder / "downloads"
        ProfileStore(folder).save(
            Profile(name=name, host="127.0.0.1", port=port, downloads=str(self.downloads))
        )
        self.app = App(folder)
        self.main = self.app.window.main
        self.login = self.app.window.login
        self.app.open()
        self.app.root.geometry("1200x760+0+0")
        self.app.root.update()

    def until(self, condition: Callable[[], object], what: str, within_s: float = 20.0) -> None:
        """Run the window until `condition` holds."""
        pump_until(self.app.root, condition, what, within_s)

    def fill(self, **fields: str) -> None:
        """Put values into fields of the dialog."""
        for field, value in fields.items():
            entry = self.login.fields[field]
            entry.delete(0, "end")
            entry.insert(0, value)

    def connect(self, **fields: str) -> None:
        """Fill in, press Connect, and wait until it has worked or not."""
        self.fill(**fields)
        self.login.submit.invoke()
        self.until(
            lambda: self.app.state.phase is Phase.CONNECTING or self.refusal() or self.online(), "an attempt"
        )
        self.until(lambda: self.app.state.phase is not Phase.CONNECTING, "the end of the attempt")

    def online(self) -> bool:
        """Whether the log-in is done."""
        return self.app.state.phase is Phase.ONLINE

    def refusal(self) -> str:
        """The sentence in the dialog."""
        return str(self.login.message["text"])

    def say(self, text: str) -> None:
        """Type and press Enter."""
        self.until(lambda: self.main.composer.send_button.instate(["!disabled"]), "the field can be written in")
        type_text(self.main.composer.text, text, enter=True)

    def reads(self, text: str) -> None:
        """Wait until the conversation on the screen shows `text`."""
        self.until(lambda: text in self.transcript(), f"{text!r} on the screen")

    def transcript(self) -> str:
        """What the conversation on the screen shows."""
        return self.main.chat.text.get("1.0", "end")

    def people(self) -> list[str]:
        """The people list as it is shown."""
        return _texts(self.main.sidebar.people)

    def open_person(self, nick: str) -> None:
        """Double-click a person."""
        _click(self.main.sidebar.people, nick)

    def open_conversation(self, title: str) -> None:
        """Click a conversation."""
        _click(self.main.sidebar.conversations, title)

    def files(self) -> list[str]:
        """The files that are shown."""
        return _texts(self.main.files.tree)

    def download(self, name: str) -> TransferCard:
        """Choose a file, press Download, and wait for its card."""
        self.until(lambda: name in self.files(), f"{name} in the list")
        known = set(self.main.transfers.cards)
        tree = self.main.files.tree
        tree.selection_set(_row(tree, name))
        self.until(lambda: self.main.files.button.instate(["!disabled"]), "Download can be pressed")
        self.main.files.button.invoke()
        self.until(lambda: set(self.main.transfers.cards) - known, "a card for the download")
        return self.main.transfers.cards[(set(self.main.transfers.cards) - known).pop()]

    def settled(self, card: TransferCard, word: str, within_s: float = 30.0) -> None:
        """Wait until a card says `word`."""
        self.until(lambda: word in card.status["text"], f"{word!r} on the card", within_s)


@contextlib.contextmanager
def person(folder: Path, port: int, name: str = "Dana") -> Iterator[Person]:
    """Somebody before the dialog of a client that knows where the server is."""
    someone = Person(folder, port, name)
    try:
        yield someone
    finally:
        someone.app.close()


def _texts(tree: ttk.Treeview) -> list[str]:
    return [str(tree.item(iid, "text")) for iid in tree.get_children()]


def _row(tree: ttk.Treeview, text: str) -> str:
    return next(iid for iid in tree.get_children() if str(tree.item(iid, "text")) == text)


def _click(tree: ttk.Treeview, text: str) -> None:
    iid = _row(tree, text)
    tree.see(iid)
    tree.update()
    x, y, _, height = map(int, tree.bbox(iid))
    for _ in range(2):
        tree.event_generate("<ButtonPress-1>", x=x + 4, y=y + height // 2)
        tree.event_generate("<ButtonRelease-1>", x=x + 4, y=y + height // 2)
    tree.update()


def is_alive(root: tk.Misc) -> bool:
    """Whether the window still exists."""
    try:
        return bool(root.winfo_exists())
    except tk.TclError:
        return False
