"""The back end of the client: intents in, events out, threads inside. It knows neither window nor terminal."""

import queue
import threading
from collections.abc import Callable
from typing import Any

from client_gui.model.events import Event
from client_gui.model.intents import (
    CancelDownload,
    Download,
    DownloadLink,
    Intent,
    LogIn,
    LogOut,
    RetryDownload,
    Say,
)
from client_gui.net.hub_connection import Ticket
from client_gui.net.hub_link import HubLink
from client_gui.net.transfer_link import GIVE_UP_S, TransferLink

FULL_WAIT_S = 0.2
"""A full queue of events holds the threads up (through TCP the server too); so often they look for `close`."""


class Backend:
    """`start`, `post` any number of intents from any thread, take events from `events`, `close`."""

    def __init__(self, events: "queue.Queue[Event]", *, give_up_s: float = GIVE_UP_S) -> None:
        """`give_up_s`: a download in which nothing moves for so long fails (resumable)."""
        self._events = events
        self._closing = threading.Event()
        self._hub = HubLink(self._emit, self._on_ticket)
        self._transfers = TransferLink(self._emit, self._hub.request_ticket, give_up_s)
        self._table: dict[type, Callable[[Any], None]] = {
            LogIn: self._log_in,
            LogOut: self._log_out,
            Say: self._hub.say,
            Download: self._transfers.order,
            DownloadLink: self._transfers.order,
            CancelDownload: lambda intent: self._transfers.cancel(intent.transfer_id),
            RetryDownload: lambda intent: self._transfers.retry(intent.transfer_id),
        }

    def start(self) -> None:
        """Start the threads."""
        self._hub.start()
        self._transfers.start()

    def post(self, intent: Intent) -> None:
        """Do what the person wants; how it went comes as events."""
        self._table[type(intent)](intent)

    def close(self) -> None:
        """Log out, leave partials in order, end the threads. Events are not delivered any more."""
        self._closing.set()
        self._transfers.close()
        self._hub.close()

    def _log_in(self, intent: LogIn) -> None:
        self._transfers.stop_all("You have logged in to another server.")
        self._hub.log_in(intent)

    def _log_out(self, _intent: LogOut) -> None:
        self._transfers.stop_all("You have logged out.")
        self._hub.log_out()

    def _on_ticket(self, ticket: Ticket) -> None:
        self._transfers.ticket(ticket)

    def _emit(self, event: Event) -> None:
        while not self._closing.is_set():
            try:
                self._events.put(event, timeout=FULL_WAIT_S)
            except queue.Full:
                continue
            return
