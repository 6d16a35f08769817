"""A window whose model is fed by hand, and what tests do with windows."""

import gc
import shutil
import subprocess
import threading
import time
import tkinter as tk
from collections.abc import Callable, Iterator
from pathlib import Path

from client_gui.model import events as ev
from client_gui.model.intents import Intent
from client_gui.model.state import ClientState, Part, apply
from client_gui.ui import theme
from client_gui.ui.controller import Controller
from client_gui.ui.login_dialog import LoginForm
from client_gui.ui.window import Window

from tests.support.requirements import missing

SCREENSHOTS = Path(__file__).parents[2] / "artifacts" / "screenshots"
WAIT_S = 20.0


def pump_until(root: tk.Misc, condition: Callable[[], object], what: str, within_s: float = WAIT_S) -> None:
    """Run the window until `condition` holds; AssertionError with `what` after `within_s`."""
    deadline = time.monotonic() + within_s
    idle = threading.Event()  # waiting for it gives the other threads of this process their turn
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {what}"
        root.update()
        idle.wait(0.002)
    root.update()


def all_widgets(widget: tk.Misc) -> Iterator[tk.Misc]:
    """`widget` and everything in it."""
    yield widget
    for child in widget.winfo_children():
        yield from all_widgets(child)


def screenshot(root: tk.Misc, name: str) -> Path:
    """What the window shows, as a PNG among the artefacts."""
    if shutil.which("import") is None:
        missing("gui", "import (package imagemagick) is not there")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    target = SCREENSHOTS / f"{name}.png"
    root.update()
    subprocess.run(["import", "-window", hex(root.winfo_id()), str(target)], check=True, timeout=30)
    return target


class Scene:
    """The real window over a state that a test feeds with events; `posted` has what the person asked for."""

    def __init__(self, downloads: Path, form: LoginForm | None = None) -> None:
        self.root = theme.create_root()
        self.state = ClientState()
        self.posted: list[Intent] = []
        self.remembered: list[tuple[str, str, int]] = []
        self.controller = Controller(
            self.state,
            self.posted.append,
            self.redraw,
            downloads=downloads,
            remember=lambda *login: self.remembered.append(login),
        )
        self.window = Window(self.root, self.state, self.controller, form or LoginForm("", "localhost", 6667))
        self.main = self.window.main
        self.login = self.window.login

    def open(self, size: str = "1200x760") -> None:
        """Show the window in `size`, focused as a person would have it."""
        self.window.open()
        self.resize(size)
        self.root.focus_force()
        if self.login.winfo_manager():
            self.login.focus_first()
        self.root.update()

    def resize(self, size: str) -> None:
        """Give the window a size and let it settle."""
        width, height = (int(side) for side in size.split("x"))
        self.root.geometry(f"{size}+0+0")
        pump_until(
            self.root,
            lambda: (self.root.winfo_width(), self.root.winfo_height()) == (width, height),
            f"the window is {size}",
        )

    def redraw(self, parts: set[Part]) -> None:
        """What the pump does after applying events."""
        self.window.refresh(parts)

    def feed(self, *events: ev.Event, now: float | None = None) -> None:
        """Apply events as the pump does, and draw."""
        parts: set[Part] = set()
        for event in events:
            parts |= apply(self.state, event, time.time() if now is None else now)
        self.redraw(parts)
        self.root.update()

    def close(self) -> None:
        """Take the window away."""
        self.window.close()
        self.root.destroy()
        gc.collect()


def type_text(widget: tk.Misc, text: str, *, enter: bool = False) -> None:
    """Type into `widget` through key events."""
    widget.focus_force()
    widget.update()
    for char in text:
        if char == " ":
            widget.event_generate("<space>")
        elif char == "\n":
            widget.event_generate("<Shift-Return>")
        elif char.isascii() and char.isalnum():
            widget.event_generate(f"<Key-{char}>")
        else:
            widget.event_generate("<Key>", keysym=_KEYSYMS[char])
    if enter:
        widget.event_generate("<Return>")
    widget.update()


_KEYSYMS = {
    "/": "slash", ".": "period", ",": "comma", "!": "exclam", "?": "question", "-": "minus", "_": "underscore",
    ":": "colon", "'": "apostrophe",
}  # fmt: skip
