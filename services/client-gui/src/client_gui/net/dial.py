"""Getting a TCP connection to a host that a person has typed, and a clear sentence where there is none.

Addresses are tried as RFC 8305 (Happy Eyeballs) describes, in its simple form: the families take turns, the
next address starts a quarter of a second after the one before or as soon as that has failed, the first to
connect wins. Waiting can be interrupted through a mailbox.
"""

import errno
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from itertools import chain, zip_longest

from livechat.errors import LiveChatError

from client_gui.net.mailbox import Mailbox

NEXT_ADDRESS_S = 0.25
CONNECT_S = 10.0
"""For all addresses together."""
MAX_ADDRESSES = 16
"""Of one name; further ones are not tried."""

Address = tuple[int, str, int]
"""Address family, numeric address, port."""

_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
_NOBODY_THERE = frozenset({errno.ECONNREFUSED, errno.EADDRNOTAVAIL})
"""The second one: an address of this machine that it does not have, such as ::1 in a container without IPv6."""
_IN_PROGRESS = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)})


class DialError(LiveChatError):
    """No connection, and why, as one sentence."""


def place(host: str, port: int) -> str:
    """How sentences name a server."""
    return f"{host} port {port}"


def resolve(host: str, port: int, kind: int = socket.SOCK_STREAM) -> list[Address]:
    """The numeric addresses of `host`, families taking turns. Blocks; raises DialError."""
    try:
        found = socket.getaddrinfo(host, port, type=kind)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise DialError(f"The name {host} could not be looked up: is there a network?") from error
        raise DialError(f"There is no computer called {host}: is the address right?") from error
    except (UnicodeError, OSError) as error:
        raise DialError(f"{host} is not an address that can be used.") from error
    unique = list(dict.fromkeys((family, str(info[0]), port) for family, _, _, _, info in found))
    first_family = unique[0][0] if unique else 0
    first = [address for address in unique if address[0] == first_family]
    other = [address for address in unique if address[0] != first_family]
    turns = chain.from_iterable(zip_longest(first, other))
    return [address for address in turns if address is not None][:MAX_ADDRESSES]


def resolve_aside(host: str, port: int, deliver: Callable[[list[Address] | DialError], None]) -> None:
    """`resolve` in a thread of its own: looking up a name can take long and cannot be interrupted."""

    def work() -> None:
        try:
            deliver(resolve(host, port))
        except DialError as error:
            deliver(error)

    threading.Thread(target=work, name="resolve", daemon=True).start()


def connect(
    addresses: list[Address],
    host: str,
    mailbox: Mailbox[object],
    interrupted: Callable[[], bool],
    timeout_s: float = CONNECT_S,
) -> socket.socket | None:
    """A connected, non-blocking socket; None when `interrupted` after mail came. Raises DialError."""
    with selectors.DefaultSelector() as selector:
        selector.register(mailbox, selectors.EVENT_READ)
        attempt = _Attempt(selector, host, timeout_s)
        try:
            return attempt.run(list(addresses), interrupted)
        finally:
            attempt.close_losers()


class _Attempt:
    """Connections that are under way side by side."""

    def __init__(self, selector: selectors.BaseSelector, host: str, timeout_s: float) -> None:
        self._selector = selector
        self._host = host
        self._deadline = time.monotonic() + timeout_s
        self._pending: set[socket.socket] = set()
        self._fault: int = errno.ETIMEDOUT
        self._port = 0

    def run(self, addresses: list[Address], interrupted: Callable[[], bool]) -> socket.socket | None:
        next_start = 0.0
        while addresses or self._pending:
            now = time.monotonic()
            if now >= self._deadline:
                self._fault = errno.ETIMEDOUT
                break
            if addresses and (now >= next_start or not self._pending):
                self._start(addresses.pop(0))
                next_start = now + NEXT_ADDRESS_S
                continue
            until = min(next_start, self._deadline) if addresses else self._deadline
            for key, _ in self._selector.select(max(until - now, 0.0)):
                if isinstance(key.fileobj, Mailbox):
                    if interrupted():
                        return None
                elif isinstance(key.fileobj, socket.socket) and self._finished(key.fileobj):
                    return key.fileobj
        raise DialError(refusal_sentence(self._fault, self._host, self._port))

    def _start(self, address: Address) -> None:
        family, ip, port = address
        self._port = port
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:  # this machine has no such family
            self._fault = error.errno or errno.EIO
            return
        sock.setblocking(False)
        code = sock.connect_ex((ip, port))
        if code not in _IN_PROGRESS:
            self._fault = code
            sock.close()
            return
        self._pending.add(sock)
        self._selector.register(sock, selectors.EVENT_WRITE)

    def _finished(self, sock: socket.socket) -> bool:
        self._selector.unregister(sock)
        self._pending.discard(sock)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._fault = code
            sock.close()
        return not code

    def close_losers(self) -> None:
        for sock in self._pending:
            sock.close()


def refusal_sentence(code: int, host: str, port: int) -> str:
    """Why connecting failed, for a person."""
    if code in _NOBODY_THERE:
        return f"Nothing answers on {place(host, port)}: is the server running, and is the port right?"
    if code == errno.ETIMEDOUT:
        return f"{place(host, port)} does not answer: is the address right, and is it on this network?"
    if code in _UNREACHABLE:
        return f"{host} cannot be reached from this network."
    return f"{place(host, port)} cannot be connected to: {os.strerror(code)}."
