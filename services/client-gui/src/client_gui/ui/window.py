"""The application's one window: the log-in dialog or the main window, whichever the state calls for."""

import tkinter as tk

from client_gui.model.state import ClientState, Part, Phase
from client_gui.ui import theme
from client_gui.ui.actions import Actions
from client_gui.ui.login_dialog import LoginDialog, LoginForm
from client_gui.ui.main_window import MainWindow

_SIZE = (1200, 760)
_LEAST = (720, 480)
_LOGGED_IN = {Phase.ONLINE, Phase.RECONNECTING}


class Window:
    """Swaps the two faces of `root` and hands on what changed."""

    def __init__(self, root: tk.Tk, state: ClientState, actions: Actions, form: LoginForm) -> None:
        self.root = root
        self._state = state
        self._tick = ""
        self.login = LoginDialog(root, actions, form)
        self.main = MainWindow(root, actions)
        width, height = (theme.px(root, side) for side in _SIZE)
        width, height = min(width, root.winfo_screenwidth()), min(height, root.winfo_screenheight())
        root.geometry(f"{width}x{height}")
        root.minsize(*(theme.px(root, side) for side in _LEAST))

    def open(self) -> None:
        """Show the window for the first time."""
        self.refresh(set(Part))
        self.root.deiconify()
        if self.login.winfo_manager():
            self.login.focus_first()
        self._ticking()

    def close(self) -> None:
        """Stop what runs by itself, before the window is destroyed."""
        if self._tick:
            self.root.after_cancel(self._tick)
        self._tick = ""

    def refresh(self, parts: set[Part]) -> None:
        """Draw again what changed in the state."""
        logged_in = self._state.phase in _LOGGED_IN
        if logged_in and not self.main.winfo_manager():
            self.login.pack_forget()
            self.main.pack(fill="both", expand=True)
            parts = set(Part)
            self.main.composer.focus_text()
        elif not logged_in and not self.login.winfo_manager():
            self.main.pack_forget()
            self.login.pack(fill="both", expand=True)
        if logged_in:
            self.main.refresh(self._state, parts)
        elif Part.PHASE in parts:
            self.login.refresh(self._state)

    def _ticking(self) -> None:
        self._tick = self.root.after(1000, self._ticking)
        if self.main.winfo_manager():
            self.main.tick(self._state)
