"""What the commands share: a back end for the time of one command, logged in or not."""

import argparse
import os
import queue
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from livechat.errors import LiveChatError

from client_gui.model import events as ev
from client_gui.model.intents import Intent, LogIn
from client_gui.net.backend import Backend
from client_gui.net.profile import Profile, ProfileStore, default_name

MAX_EVENTS = 10_000
"""Waiting to be read; at the bound the back end waits, and the server with it."""
SPARE_NAMES = 9
"""name2 to name9 are tried where the name was not asked for and is taken."""
PASSWORD_VARIABLE = "LIVECHAT_SERVER_PASSWORD"  # noqa: S105  # its name, not what it holds
"""The server's password comes from the environment: arguments can be read by everybody on a machine."""
_TICK_S = 0.5
"""Windows delivers Ctrl-C only between waits."""


class CommandFailedError(LiveChatError):
    """The command cannot be done, and why."""


class Client:
    """A context manager round a back end."""

    def __init__(self, options: argparse.Namespace, *, give_up_s: float = 60.0) -> None:
        self._events: queue.Queue[ev.Event] = queue.Queue(MAX_EVENTS)
        self._backend = Backend(self._events, give_up_s=give_up_s)
        self._options = options

    def __enter__(self) -> Self:
        self._backend.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._backend.close()

    def post(self, intent: Intent) -> None:
        """Hand an intent to the back end."""
        self._backend.post(intent)

    def log_in(self) -> ev.Online:
        """Log in as the options and the profile say; raises CommandFailedError."""
        profile = ProfileStore(self._options.profile_dir).load()
        host, port = self._options.server or (profile.host, profile.port)
        password = os.environ.get(PASSWORD_VARIABLE, "")
        reason = ""
        for name in self._names(profile):
            self.post(LogIn(name, host, port, password))
            for event in self.events():
                if isinstance(event, ev.Online):
                    return event
                if isinstance(event, ev.LoginRefused):
                    if event.password_refused:
                        raise CommandFailedError(f"{event.reason} It is read from {PASSWORD_VARIABLE}.")
                    if not event.name_refused:
                        raise CommandFailedError(event.reason)
                    reason = event.reason
                    break
        raise CommandFailedError(reason)

    def events(self, timeout_s: float | None = None) -> Iterator[ev.Event]:
        """Events as they come; ends when none has come for `timeout_s` seconds."""
        while True:
            event = self.next_event(timeout_s)
            if event is None:
                return
            yield event

    def next_event(self, timeout_s: float | None = None) -> ev.Event | None:
        """The next event; None when none has come for `timeout_s` seconds."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            wait = _TICK_S if deadline is None else min(max(deadline - time.monotonic(), 0.0), _TICK_S)
            try:
                return self._events.get(timeout=wait) if wait else self._events.get_nowait()
            except queue.Empty:
                if deadline is not None and time.monotonic() >= deadline:
                    return None

    def _names(self, profile: Profile) -> list[str]:
        if self._options.name:
            return [self._options.name]
        name = profile.name or default_name()
        return [name, *(f"{name}{number}" for number in range(2, SPARE_NAMES + 1))]


def files(client: Client) -> tuple[ev.FilesListed, str]:
    """The list of files and the nick we have, after a log-in; raises CommandFailedError."""
    nick = client.log_in().nick
    for event in client.events():
        match event:
            case ev.FilesListed():
                return event, nick
            case ev.FilesUnavailable(reason) | ev.ConnectionLost(reason) | ev.LoginRefused(reason):
                raise CommandFailedError(reason)
    raise CommandFailedError("The server has not told its files.")
