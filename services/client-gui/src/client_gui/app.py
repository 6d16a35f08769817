"""Puts the program together: profile, back end, state, controller, window and pump; nothing else."""

import gc
import queue
import signal
from pathlib import Path
from types import FrameType

from client_gui.model.events import Event
from client_gui.model.intents import Intent
from client_gui.model.state import ClientState, Part
from client_gui.net.backend import Backend
from client_gui.net.profile import ProfileStore
from client_gui.ui import faults, theme
from client_gui.ui.controller import Controller
from client_gui.ui.login_dialog import LoginForm
from client_gui.ui.pump import Pump
from client_gui.ui.window import Window

MAX_WAITING_EVENTS = 20_000
"""Between the network's threads and the window; at the bound those threads wait, and TCP slows the server."""


class App:
    """The desktop client: `open`, then Tk's main loop, then `close`; `run` does all three."""

    def __init__(self, profile_dir: Path | None = None) -> None:
        """`profile_dir` holds what is remembered between starts; the system's place for it when None.

        Raises ui.theme.DisplayError where no window can be opened.
        """
        self.root = theme.create_root()
        self.root.report_callback_exception = faults.report
        self.state = ClientState()
        self._store = ProfileStore(profile_dir)
        profile = self._store.load()
        self._events: queue.Queue[Event] = queue.Queue(MAX_WAITING_EVENTS)
        self._backend: Backend | None = None
        """There from `open` on."""
        self._closed = False
        self._controller = Controller(
            self.state,
            self._post,
            self._redraw,
            downloads=profile.downloads_folder,
            remember=self._remember,
        )
        form = LoginForm(profile.name, profile.host, profile.port)
        self.window = Window(self.root, self.state, self._controller, form)
        self._pump = Pump(self.root, self._events, self.state, self.window.refresh)
        self._bind()

    def run(self) -> None:
        """Show the window and stay until it is closed."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        self.open()
        try:
            self.root.mainloop()
        finally:
            self.close()

    def open(self) -> None:
        """Start the network's threads and show the window."""
        self._backend = Backend(self._events)
        self._backend.start()
        self._pump.start()
        self.window.open()

    def close(self) -> None:
        """End: the window goes at once, then the session; downloads stay resumable. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._pump.stop()
        self.window.close()
        self.root.withdraw()
        self.root.update_idletasks()
        try:
            if self._backend is not None:
                self._backend.close()
        finally:
            self.root.destroy()
            # What Tk objects are left must go on this thread: their deletion calls Tk.
            gc.collect()

    def _post(self, intent: Intent) -> None:
        if self._backend is not None:
            self._backend.post(intent)

    def _redraw(self, parts: set[Part]) -> None:
        self.window.refresh(parts)

    def _remember(self, name: str, host: str, port: int) -> None:
        self._store.update(name=name, host=host, port=port)

    def _bind(self) -> None:
        self.root.protocol("WM_DELETE_WINDOW", self.close)
        self.root.bind_all("<Control-q>", lambda _event: self.close())
        if self.root.tk.call("tk", "windowingsystem") == "aqua":
            self.root.createcommand("tk::mac::Quit", self.close)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # Python runs this between two callbacks of Tk, on Tk's thread: the pump comes by 20 times a second.
        self.root.after_idle(self.close)
