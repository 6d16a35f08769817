"""The thread that keeps the client online: log-in, reconnecting, log-out.

One LogIn at a time. The first connection is tried once, and its fault told in one sentence (LoginRefused); what
has been online comes back by itself with backoff until LogOut. Commands come through a mailbox, events go to
`emit`, tickets to `on_ticket`; both are called on this thread. What happens on a connection is
`net.hub_connection`.
"""

import random
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from client_gui.model import events as ev
from client_gui.model.backoff import Backoff
from client_gui.model.intents import LogIn, Say
from client_gui.model.irc.facts import TicketRefused
from client_gui.net.dial import Address, DialError, connect, resolve_aside
from client_gui.net.hub_connection import Ended, HubConnection, Ticket
from client_gui.net.mailbox import Mailbox

NAME_HELD_S = 180.0
"""After a broken connection the server may hold our name until it notices; so long it is asked for again."""

_NOT_CONNECTED = "You are not connected."


@dataclass(frozen=True, slots=True)
class _LogOut:
    """Leave; `closing` ends the thread too."""

    closing: bool = False


@dataclass(frozen=True, slots=True)
class _AskTicket:
    """Ask the hub for a ticket."""

    client_public: bytes


@dataclass(frozen=True, slots=True)
class _Resolved:
    """The answer of the resolving thread for one LogIn."""

    login: LogIn
    result: list[Address] | DialError


class HubLink:
    """See the module. All methods may be called from any thread; `start` and `close` once."""

    def __init__(self, emit: Callable[[ev.Event], None], on_ticket: Callable[[Ticket], None]) -> None:
        self._emit = emit
        self._on_ticket = on_ticket
        self._mailbox: Mailbox[object] = Mailbox()
        self._thread = threading.Thread(target=self._run, name="hub-link", daemon=True)
        self._login: LogIn | None = None
        self._connection: HubConnection | None = None
        self._resolved: _Resolved | None = None
        self._closing = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def log_in(self, login: LogIn) -> None:
        """Connect and register; ends any session there is."""
        self._mailbox.put(login)

    def log_out(self) -> None:
        """Say goodbye and stay offline; LoggedOut follows."""
        self._mailbox.put(_LogOut())

    def say(self, say: Say) -> None:
        """Send a message; MessageQueued and what follows it, or MessageFailed, tell how it went."""
        self._mailbox.put(say)

    def request_ticket(self, client_public: bytes) -> None:
        """`on_ticket` gets the answer, whatever happens."""
        self._mailbox.put(_AskTicket(client_public))

    def close(self, timeout_s: float = 2.0) -> None:
        """Say goodbye and end the thread."""
        self._mailbox.put(_LogOut(closing=True))
        self._thread.join(timeout_s)

    # --- the thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            if self._login is None:
                self._wait(None)
            else:
                self._stay_online(self._login)
        self._mailbox.close()

    def _wants(self, login: LogIn) -> bool:
        return self._login is login

    def _stay_online(self, login: LogIn) -> None:
        """Until `login` is no longer wanted, or cannot succeed."""
        backoff, attempt = Backoff(), 0
        online_at: float | None = None
        while self._wants(login):
            attempt += 1
            self._emit(ev.Connecting(_typed(login), attempt))
            was_online, ended = self._try(login)
            if was_online:
                online_at, attempt = time.monotonic(), 0
                backoff.reset()
            if ended is None or not self._wants(login):
                return
            held = ended.name_refused and online_at is not None and time.monotonic() - online_at < NAME_HELD_S
            if online_at is None or (ended.final and not held):
                self._login = None
                self._emit(ev.LoginRefused(ended.reason, ended.name_refused, ended.password_refused))
                return
            delay = backoff.next_s(random.random())  # noqa: S311  # spreads load, keeps no secret
            self._emit(ev.ConnectionLost(ended.reason, delay))
            self._wait(time.monotonic() + delay, lambda: not self._wants(login))

    def _try(self, login: LogIn) -> tuple[bool, Ended | None]:
        """One connection from start to end: (it was online, how it ended; None when it was given up)."""
        try:
            sock = self._connect(login)
        except DialError as error:
            return False, Ended(str(error))
        if sock is None:
            return False, None
        with sock:
            connection = self._connection = HubConnection(
                login,
                sock,
                mailbox=self._mailbox,
                read_mail=lambda: self._read_mail(login),
                emit=self._emit,
                on_ticket=self._on_ticket,
            )
            ended = connection.serve()
        self._connection = None
        if self._login is None:
            self._emit(ev.LoggedOut())
        return connection.was_online, ended

    def _connect(self, login: LogIn) -> socket.socket | None:
        self._resolved = None
        resolve_aside(login.host, login.port, lambda result: self._mailbox.put(_Resolved(login, result)))
        while (addresses := self._addresses(login)) is None:
            if not self._wants(login):
                return None
            self._wait(None)
        if not self._wants(login):  # the addresses and another wish have come together
            return None
        return connect(addresses, login.host, self._mailbox, lambda: not self._read_mail(login))

    def _addresses(self, login: LogIn) -> list[Address] | None:
        """What the resolving thread has found for `login`, None so far; raises its DialError."""
        if self._resolved is None or self._resolved.login is not login:
            return None
        if isinstance(self._resolved.result, DialError):
            raise self._resolved.result
        return self._resolved.result

    def _read_mail(self, login: LogIn) -> bool:
        """Obey what has come; True while `login` is wanted."""
        for command in self._mailbox.drain():
            self._obey(command)
        return self._wants(login)

    def _wait(self, until: float | None, enough: Callable[[], bool] | None = None) -> None:
        """Obey commands until `until` (monotonic), or until one has come after which `enough` says so."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._mailbox, selectors.EVENT_READ)
            while True:
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    return
                if not selector.select(left):
                    continue
                for command in self._mailbox.drain():
                    self._obey(command)
                if enough is None or enough():
                    return

    def _obey(self, command: object) -> None:
        match command:
            case LogIn():
                self._login = command
            case _LogOut():
                self._login = None
                self._closing = self._closing or command.closing
                if self._connection is None:
                    self._emit(ev.LoggedOut())
            case _Resolved():
                if self._wants(command.login):  # one that comes late must not take the place of the right one
                    self._resolved = command
            case Say():
                self._say(command)
            case _AskTicket():
                if self._connection is None:
                    self._on_ticket(TicketRefused(command.client_public, "UNAVAILABLE", _NOT_CONNECTED))
                else:
                    self._connection.session.request_ticket(command.client_public)

    def _say(self, say: Say) -> None:
        if self._connection is None:
            self._emit(ev.MessageFailed(say.label, say.conversation, say.text, _NOT_CONNECTED))
        else:
            self._connection.session.say(say.conversation, say.text, say.label, time.time(), say.kind)


def _typed(login: LogIn) -> str:
    """HOST:PORT, as the person would type it."""
    return f"[{login.host}]:{login.port}" if ":" in login.host else f"{login.host}:{login.port}"
