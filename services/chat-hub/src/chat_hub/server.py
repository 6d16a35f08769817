"""The hub on a real loop: doors, handshakes, connections, flushing once per turn, the one timer. I/O only.

Everything runs in the callbacks of one gevent loop: no greenlet, queue or gevent socket is on the path of a
message. The prepare watcher runs before the loop waits, so one turn's output goes out in one send per client.
"""

import socket
import time
from collections.abc import Callable
from typing import Any

import gevent

from chat_hub import limits
from chat_hub.clock import Now
from chat_hub.connection import Connection
from chat_hub.door import Door
from chat_hub.hub import Hub
from chat_hub.opening import Opening
from chat_hub.transport import OpeningTransport, Transport

TICK_S = 1.0
STOP_WITHIN_S = 1.0
_LAST_PRIORITY = -2  # libev's lowest: after gevent has run what other greenlets put into outboxes


def wall_and_mono() -> Now:
    """The current moment."""
    return Now(time.monotonic(), time.time())


class HubServer:
    """Serves `hub` on `listener` (plain TCP), and on the other doors that are added to it."""

    def __init__(self, hub: Hub, listener: socket.socket, now: Callable[[], Now] = wall_and_mono) -> None:
        self.hub = hub
        self.now = now
        self.loop: Any = gevent.get_hub().loop
        self.delayed: dict[Connection, None] = {}
        self._door = Door(self.loop, listener, self._welcome)
        self._doors = [self._door]
        self._openings: dict[Opening, None] = {}
        self._openings_left = limits.HANDSHAKES_PER_TURN
        self._connections: dict[Connection, None] = {}
        self._lingering: dict[Connection, float] = {}
        self._preparer = self.loop.prepare(priority=_LAST_PRIORITY)
        self._timer = self.loop.timer(TICK_S, TICK_S)

    @property
    def address(self) -> tuple[str, int]:
        """Where the hub really listens for plain TCP."""
        return self._door.address

    def start(self) -> None:
        """Begin to accept."""
        self._door.open()
        self._preparer.start(self.flush)
        self._timer.start(self._tick)

    def add_door(
        self, listener: socket.socket, transport_of: Callable[[socket.socket], OpeningTransport]
    ) -> Door:
        """A door for transports that begin with a handshake; the caller opens it when it is ready for them."""

        def welcome(sock: socket.socket, peer: str, local: str) -> None:
            if self.hub.admission.enter(peer) is None:
                deadline_s = self.now().mono + limits.HANDSHAKE_TIMEOUT_S
                opening = Opening(self, transport_of(sock), (peer, local), deadline_s)
                self._openings[opening] = None
            else:
                self.hub.admission.leave(peer)
                sock.close()  # a handshake to say why would cost what the bound is to save

        door = Door(self.loop, listener, welcome)
        self._doors.append(door)
        return door

    def stop(self) -> None:
        """Stop accepting, commit everything, tell everybody, and give slow readers a moment to take it."""
        for door in self._doors:
            door.close()
        for opening in list(self._openings):
            opening.destroy()
        self.hub.store.close()
        self.hub.shut_down("The server is shutting down")
        self.flush()
        deadline = time.monotonic() + STOP_WITHIN_S
        while self._connections and time.monotonic() < deadline:
            gevent.sleep(0.02)
        for connection in list(self._connections):
            connection.destroy()
        for watcher in (self._preparer, self._timer):
            watcher.stop()

    def flush(self) -> None:
        """Hand over what is to be stored, then send what waits in every outbox that got something.

        A lost client may cause more of both; what is stored then goes in the next turn.
        """
        self.hub.store.flush()
        self._openings_left = limits.HANDSHAKES_PER_TURN
        dirty = self.hub.dirty
        while dirty:
            turn = dirty.copy()
            dirty.clear()
            for outbox in turn:
                if outbox.waker is not None:
                    outbox.waker()

    def resume_delayed(self) -> None:
        """Let those go on whose lines waited."""
        delayed, self.delayed = self.delayed, {}
        for connection in delayed:
            connection.resume()

    def linger(self, connection: Connection) -> None:
        """Destroy `connection` in a moment if it has not gone by itself."""
        self._lingering.setdefault(connection, self.now().mono + limits.LINGER_S)

    def forget(self, connection: Connection) -> None:
        """Note that `connection` is destroyed."""
        self._connections.pop(connection, None)
        self._lingering.pop(connection, None)
        self.delayed.pop(connection, None)

    def may_open(self) -> bool:
        """Whether another step of a handshake may be taken in this turn."""
        self._openings_left -= 1
        return self._openings_left >= 0

    def opened(self, opening: Opening, transport: OpeningTransport) -> None:
        """Begin the session of a transport whose handshake is done."""
        self.forget_opening(opening)
        peer, local = opening.addresses
        connection = self._welcome(transport, peer, local)
        connection.session.secure = transport.secure
        connection.session.certfp = transport.certfp
        connection.begin()

    def forget_opening(self, opening: Opening) -> None:
        """Note that `opening` is over."""
        if opening in self._openings:
            del self._openings[opening]
            self.hub.admission.leave(opening.addresses[0])

    def _welcome(self, transport: Transport, peer: str, local: str) -> Connection:
        connection = Connection(self, transport, self.hub.connect(peer, local, self.now()))
        self._connections[connection] = None
        return connection

    def _tick(self) -> None:
        now = self.now()
        for door in self._doors:
            door.resume()
        for opening in [opening for opening in self._openings if opening.deadline_s <= now.mono]:
            opening.destroy()
        self.hub.tick(now)
        self.resume_delayed()
        for connection, deadline in list(self._lingering.items()):
            if deadline <= now.mono:
                connection.destroy()
