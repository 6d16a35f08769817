"""The hub on a real loop: listening, accepting, flushing once per turn, the one timer. I/O only.

Everything runs in the callbacks of one gevent loop: no greenlet, queue or gevent socket is on the path of a
message. The prepare watcher runs before the loop waits, so one turn's output goes out in one send per client.
"""

import errno
import socket
import time
from collections.abc import Callable
from typing import Any

import gevent
from loguru import logger

from chat_hub import limits
from chat_hub.clock import Now
from chat_hub.connection import Connection
from chat_hub.hub import Hub

BACKLOG = 1024
ACCEPTS_PER_TURN = 64  # the rest waits in the kernel for the next turn
TICK_S = 1.0
STOP_WITHIN_S = 1.0
_LAST_PRIORITY = -2  # libev's lowest: after gevent has run what other greenlets put into outboxes
_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def wall_and_mono() -> Now:
    """The current moment."""
    return Now(time.monotonic(), time.time())


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; `::` takes IPv4 as well. Raises OSError."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = infos[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setblocking(False)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


class HubServer:
    """Serves `hub` on `listener`."""

    def __init__(self, hub: Hub, listener: socket.socket, now: Callable[[], Now] = wall_and_mono) -> None:
        self.hub = hub
        self.now = now
        self.loop: Any = gevent.get_hub().loop
        self.delayed: dict[Connection, None] = {}
        self._listener = listener
        self._connections: dict[Connection, None] = {}
        self._lingering: dict[Connection, float] = {}
        self._accepter = self.loop.io(listener.fileno(), 1)
        self._preparer = self.loop.prepare(priority=_LAST_PRIORITY)
        self._timer = self.loop.timer(TICK_S, TICK_S)
        self._accept_paused = False

    @property
    def address(self) -> tuple[str, int]:
        """Where the hub really listens."""
        host, port, *_ = self._listener.getsockname()
        return host, port

    def start(self) -> None:
        """Begin to accept."""
        self._accepter.start(self._accept)
        self._preparer.start(self.flush)
        self._timer.start(self._tick)

    def stop(self) -> None:
        """Stop accepting, commit everything, tell everybody, and give slow readers a moment to take it."""
        self._accepter.stop()
        self._listener.close()
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

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                sock, peer = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._accept_failed(error)
                return
            self._welcome(sock, peer[0])

    def _accept_failed(self, error: OSError) -> None:
        if error.errno not in _NO_ROOM:
            logger.debug("a connection was gone before it was accepted: {}", error)
            return
        logger.warning("no room for another connection ({}): accepting pauses for a second", error.strerror)
        self._accepter.stop()
        self._accept_paused = True

    def _welcome(self, sock: socket.socket, peer: str) -> None:
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            local = sock.getsockname()[0]
        except OSError:
            sock.close()  # it went away while it was accepted
            return
        session = self.hub.connect(_plain(peer), _plain(local), self.now())
        connection = Connection(self, sock, session)
        self._connections[connection] = None

    def _tick(self) -> None:
        now = self.now()
        if self._accept_paused:
            self._accept_paused = False
            self._accepter.start(self._accept)
        self.hub.tick(now)
        self.resume_delayed()
        for connection, deadline in list(self._lingering.items()):
            if deadline <= now.mono:
                connection.destroy()


def _plain(address: str) -> str:
    """An address without its zone, and an IPv4 one that came through an IPv6 socket as IPv4."""
    address = address.partition("%")[0]
    return address.removeprefix("::ffff:") if "." in address else address
