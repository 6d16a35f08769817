"""A bad network between a client and the stack, in user space: UDP is lost, doubled, reordered; TCP is not.

The stack listens on 127.0.0.1 only, so the relay can have the *same ports* on another loopback address (Linux
has all of 127.0.0.0/8). A client that is told to dial that address reaches hub and files through the relay and
needs to know nothing of it: the first place where it looks for the files is the host that it dialled.
"""

import contextlib
import random
import selectors
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.stack import LOOPBACK

RELAY_HOST = "127.0.0.2"
_MAX_DATAGRAM = 65535
_SOCKET_BUFFER = 4 << 20
_POLL_S = 0.2


@dataclass(frozen=True)
class Faults:
    """Shares of datagrams in each direction, 0 to 1; `reorder` holds one back until the next has passed."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0


@dataclass
class Counts:
    """What the relay did, both directions together."""

    passed: int = 0
    lost: int = 0


class UdpRelay:
    """Forwards datagrams between `RELAY_HOST:port` and `LOOPBACK:port`; each client has a socket upstream."""

    def __init__(self, port: int, faults: Faults, seed: int) -> None:
        self._port = port
        self._faults = faults
        self._random = random.Random(seed)
        self.counts = Counts()
        self._front = _udp_socket()
        self._front.bind((RELAY_HOST, port))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._front, selectors.EVENT_READ, None)
        self._upstream: dict[tuple[str, int], socket.socket] = {}
        self._held: dict[object, bytes] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="udp-relay")

    def start(self) -> None:
        """Begin to forward."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and close every socket."""
        self._ending.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._ending.is_set():
            for key, _ in self._selector.select(_POLL_S):
                assert isinstance(key.fileobj, socket.socket)
                with contextlib.suppress(ConnectionRefusedError, BlockingIOError):
                    if key.data is None:
                        self._from_client()
                    else:
                        self._from_service(key.fileobj, key.data)

    def _from_client(self) -> None:
        data, client = self._front.recvfrom(_MAX_DATAGRAM)
        upstream = self._upstream.get(client)
        if upstream is None:
            upstream = _udp_socket()
            upstream.connect((LOOPBACK, self._port))
            self._selector.register(upstream, selectors.EVENT_READ, client)
            self._upstream[client] = upstream
        for datagram in self._suffer(upstream, data):
            upstream.send(datagram)

    def _from_service(self, upstream: socket.socket, client: tuple[str, int]) -> None:
        for datagram in self._suffer(client, upstream.recv(_MAX_DATAGRAM)):
            self._front.sendto(datagram, client)

    def _suffer(self, direction: object, data: bytes) -> list[bytes]:
        """What goes on of `data` now, with what was held back before it in this direction."""
        if self._random.random() < self._faults.loss:
            self.counts.lost += 1
            return []
        self.counts.passed += 1
        if direction not in self._held and self._random.random() < self._faults.reorder:
            self._held[direction] = data
            return []
        out = [data]
        if self._random.random() < self._faults.duplicate:
            out.append(data)
        if direction in self._held:
            out.append(self._held.pop(direction))
        return out


class TcpForwarder:
    """Passes connections to `RELAY_HOST:port` on to `LOOPBACK:port`, untouched."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server((RELAY_HOST, port))
        self._listener.settimeout(_POLL_S)
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._accept, name="tcp-forwarder")]

    def start(self) -> None:
        """Begin to accept."""
        self._threads[0].start()

    def close(self) -> None:
        """End every connection and thread."""
        self._ending.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._carry, args=[client], name="tcp-connection")
            self._threads.append(thread)
            thread.start()

    def _carry(self, client: socket.socket) -> None:
        """Both directions of one connection, until either side ends it or the service cannot be reached."""
        with client, contextlib.suppress(ConnectionError), self._service() as server:
            self._pump({client: server, server: client})

    def _service(self) -> socket.socket:
        return socket.create_connection((LOOPBACK, self._port))

    def _pump(self, peers: dict[socket.socket, socket.socket]) -> None:
        with selectors.DefaultSelector() as selector:
            for side in peers:
                selector.register(side, selectors.EVENT_READ)
            while not self._ending.is_set():
                for key, _ in selector.select(_POLL_S):
                    assert isinstance(key.fileobj, socket.socket)
                    data = key.fileobj.recv(_MAX_DATAGRAM)
                    if not data:
                        return
                    peers[key.fileobj].sendall(data)


def _udp_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)
    # what made a socket readable may be gone when it is read: a dead service's refusal, which a send reported
    made.setblocking(False)
    return made


@contextlib.contextmanager
def bad_network(hub_port: int, files_port: int, faults: Faults, seed: int) -> Iterator[UdpRelay]:
    """While this is open, a client that dials `RELAY_HOST:hub_port` has a bad network."""
    relay = UdpRelay(files_port, faults, seed)
    forwarder = TcpForwarder(hub_port)
    relay.start()
    forwarder.start()
    try:
        yield relay
    finally:
        forwarder.close()
        relay.close()
