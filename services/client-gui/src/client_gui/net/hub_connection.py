"""One TCP connection to the hub, from the first byte to the last: a socket round `model.irc.session`.

Used by `net.hub_link`, on its thread; whether to connect again is decided there.
"""

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from client_gui.model import events as ev
from client_gui.model.intents import LogIn
from client_gui.model.irc.facts import Disconnect, TicketGranted, TicketRefused
from client_gui.model.irc.session import IrcSession, Phase
from client_gui.net.dial import place
from client_gui.net.mailbox import Mailbox

RECEIVE_BYTES = 65_536
MAX_UNSENT_BYTES = 262_144
"""Taken from the session and not yet by the kernel; beyond it the session keeps its own (bounded) output."""
GOODBYE_S = 0.5
"""To get QUIT out; a server that does not read in that time misses it."""

Ticket = TicketGranted | TicketRefused


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended: `final` means that trying again would not help."""

    reason: str
    final: bool = False
    name_refused: bool = False
    password_refused: bool = False


class HubConnection:
    """`serve` once. `read_mail` obeys the commands in `mailbox` and tells whether to stay."""

    def __init__(
        self,
        login: LogIn,
        sock: socket.socket,
        *,
        mailbox: Mailbox[object],
        read_mail: Callable[[], bool],
        emit: Callable[[ev.Event], None],
        on_ticket: Callable[[Ticket], None],
    ) -> None:
        self.session = IrcSession(login.name, login.password, time.monotonic())
        self._where = place(login.host, login.port)
        self._sock = sock
        self._mailbox = mailbox
        self._read_mail = read_mail
        self._emit = emit
        self._on_ticket = on_ticket
        self._peer = ""
        self._unsent = bytearray()
        self._wanted = True

    @property
    def was_online(self) -> bool:
        """True when the log-in has succeeded, whatever came after."""
        return self.session.phase_reached is Phase.ONLINE

    def serve(self) -> Ended | None:
        """Until the connection ends; None when it ended because it is not wanted any more."""
        try:
            self._peer = str(self._sock.getpeername()[0])
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            return Ended(self._broken())
        with selectors.DefaultSelector() as selector:
            selector.register(self._mailbox, selectors.EVENT_READ)
            selector.register(self._sock, selectors.EVENT_READ)
            ended = self._exchange(selector)
        if ended is None:
            self._say_goodbye()
        self.session.connection_lost(ended.reason if ended else "You have logged out.")
        self._tell()
        return ended

    def _exchange(self, selector: selectors.BaseSelector) -> Ended | None:
        while self._wanted:
            ended = self._tell()
            if ended is not None:
                return ended
            if not self._flush():
                return Ended(self._broken())
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
            selector.modify(self._sock, wanted)
            if not self._turn(selector):
                return self._tell() or Ended(self._broken())
        return None

    def _turn(self, selector: selectors.BaseSelector) -> bool:
        """Wait for something and take it in; False when the other side has closed."""
        timer = self.session.get_timer()
        timeout = None if timer is None else max(timer - time.monotonic(), 0.0)
        open_ = True
        for key, mask in selector.select(timeout):
            if key.fileobj is self._mailbox:
                self._wanted = self._read_mail()
            elif mask & selectors.EVENT_READ:
                open_ = self._receive()
        self.session.handle_timer(time.monotonic())
        return open_

    def _receive(self) -> bool:
        try:
            data = self._sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if data:
            self.session.receive(data, time.monotonic(), time.time())
        return bool(data)

    def _flush(self) -> bool:
        if len(self._unsent) < MAX_UNSENT_BYTES:
            self._unsent += self.session.data_to_send()
        try:
            while self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
        except BlockingIOError:
            pass  # the selector tells when there is room
        except OSError:
            return False
        return True

    def _tell(self) -> Ended | None:
        """Pass on what the session has to tell; what ends it comes back."""
        ended: Ended | None = None
        while (fact := self.session.next_fact()) is not None:
            match fact:
                case Disconnect(reason):
                    ended = Ended(reason if self.was_online else f"{self._where} answers, but {reason}.")
                case ev.LoginRefused(reason, name_refused, password_refused):
                    # an ERROR alone may be a matter of the moment (full, too many at once)
                    final = password_refused or not self.session.goodbye
                    ended = Ended(reason, final, name_refused, password_refused)
                case TicketGranted():
                    here = tuple((host or self._peer, port) for host, port in fact.candidates)
                    self._on_ticket(replace(fact, candidates=here))
                case TicketRefused():
                    self._on_ticket(fact)
                case _:
                    self._emit(fact)
        return ended

    def _say_goodbye(self) -> None:
        self.session.quit()
        try:
            self._sock.settimeout(GOODBYE_S)
            self._sock.sendall(bytes(self._unsent) + self.session.data_to_send())
        except OSError:
            pass  # it is gone already

    def _broken(self) -> str:
        """The sentence for a connection that the other side has closed."""
        if self.session.goodbye:
            return f"The server closed the connection: {self.session.goodbye}"
        if self.was_online:
            return "The connection to the server broke off."
        if not self.session.recognised:
            return f"{self._where} closed the connection without a word: is the server still starting?"
        return "The server closed the connection during the log-in."
