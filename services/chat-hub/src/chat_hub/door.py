"""A listening socket: accepts some connections in each turn, pauses when the system is full. I/O only."""

import errno
import socket
from collections.abc import Callable
from typing import Any

from loguru import logger

ACCEPTS_PER_TURN = 64  # the rest waits in the kernel for the next turn
_READABLE = 1  # the event of libev's io watchers
_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Door:
    """Hands each new socket, non-blocking and without delay, to `welcome` with the peer's address and ours."""

    def __init__(
        self, loop: Any, listener: socket.socket, welcome: Callable[[socket.socket, str, str], object]
    ) -> None:
        self._listener = listener
        self._welcome = welcome
        self._watcher = loop.io(listener.fileno(), _READABLE)
        self._paused = False

    @property
    def address(self) -> tuple[str, int]:
        """Where it really listens."""
        host, port, *_ = self._listener.getsockname()
        return host, port

    def open(self) -> None:
        """Begin to accept; what came before waits in the backlog."""
        self._watcher.start(self._accept)

    def close(self) -> None:
        """Accept no more."""
        self._watcher.stop()
        self._watcher.close()
        self._listener.close()

    def resume(self) -> None:
        """Go on after a pause; called once a second."""
        if self._paused:
            self._paused = False
            self._watcher.start(self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTS_PER_TURN):
            try:
                sock, peer = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                self._failed(error)
                return
            self._prepare(sock, peer[0])

    def _prepare(self, sock: socket.socket, peer: str) -> None:
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            local = sock.getsockname()[0]
        except OSError:
            sock.close()  # it went away while it was accepted
            return
        self._welcome(sock, _plain(peer), _plain(local))

    def _failed(self, error: OSError) -> None:
        if error.errno not in _NO_ROOM:
            logger.debug("a connection was gone before it was accepted: {}", error)
            return
        logger.warning("no room for another connection ({}): accepting pauses for a second", error.strerror)
        self._watcher.stop()
        self._paused = True


def _plain(address: str) -> str:
    """An address without its zone, and an IPv4 one that came through an IPv6 socket as IPv4."""
    address = address.partition("%")[0]
    return address.removeprefix("::ffff:") if "." in address else address
