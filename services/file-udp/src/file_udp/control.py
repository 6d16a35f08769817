"""The file service's end of the control channel: listens for hubs and tells each what is offered.

Sockets, greenlets and the clock round `livechat.control` (docs/protocol/control.md). Per hub one greenlet
reads and one writes; a hub that does not read is dropped: the snapshot of its next connection puts it right.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import gevent
from gevent import socket
from gevent.queue import Queue
from livechat.catalogue import FileEntry
from livechat.control.channel import ControlChannel, Established, Event, HandshakeData
from livechat.control.handshake import Role
from livechat.control.keepalive import KeepAlive, Verdict
from livechat.control.messages import (
    Changed,
    ControlMessage,
    Entry,
    Ping,
    Pong,
    Removed,
    Revoke,
    Service,
    Stats,
    pages,
)
from livechat.errors import RemoteProtocolError
from loguru import logger

from file_udp.loud import raise_in_main
from file_udp.offers import Offers

MAX_HUBS = 16
"""Connections at once; further ones are closed as they come."""

MAX_UNSENT_BYTES = 4 << 20
"""What waits for one hub; a full snapshot has at most 3.4 MB. At the bound the hub is dropped."""

READ_BYTES = 65536
CHECK_EVERY_S = 1.0
STATS_EVERY_S = 60.0
ACCEPT_PAUSE_S = 0.2
BACKLOG = 16


@dataclass(frozen=True, slots=True)
class Host:
    """What the control channel asks of the rest of the service."""

    service: Service
    offers: Offers
    stats: Callable[[], Stats]
    revoke: Callable[[bytes], None]


class ControlListener:
    """Serves the hubs that connect to `address`."""

    def __init__(self, address: tuple[str, int], master_key: bytes, host: Host) -> None:
        self._address = address
        self._master_key = master_key
        self._host = host
        self._sessions: set[_Session] = set()
        self._socket: socket.socket | None = None
        self._acceptor: gevent.Greenlet | None = None
        host.offers.subscribe(self)

    @property
    def port(self) -> int:
        """The TCP port that hubs connect to, once started."""
        assert self._socket is not None
        port: int = self._socket.getsockname()[1]
        return port

    def start(self) -> None:
        """Bind and accept. Raises OSError."""
        family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(self._address)
        self._socket.listen(BACKLOG)
        self._acceptor = gevent.spawn(self._accept, self._socket)
        self._acceptor.link_exception(raise_in_main)

    def stop(self) -> None:
        """Close everything."""
        if self._acceptor is not None:
            self._acceptor.kill()
        if self._socket is not None:
            self._socket.close()
        for session in list(self._sessions):
            session.kill()

    def file_changed(self, entry: FileEntry) -> None:
        """Tell every hub of a new or changed file."""
        self._tell(Changed(Entry.of(entry)))

    def file_removed(self, file_id: bytes) -> None:
        """Tell every hub of a file that is gone."""
        self._tell(Removed(file_id))

    def _tell(self, message: ControlMessage) -> None:
        for session in self._sessions:
            session.post_if_established(message)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, peer = listener.accept()
            except OSError as error:  # out of descriptors, or the connection was gone already
                logger.warning("a hub could not be accepted: {}", error)
                gevent.sleep(ACCEPT_PAUSE_S)
                continue
            if len(self._sessions) >= MAX_HUBS:
                logger.warning("a connection from {} was closed: there are {} hubs", peer[0], MAX_HUBS)
                sock.close()
                continue
            session = _Session(sock, peer[0], self._master_key, self._host)
            self._sessions.add(session)
            session.start(self._sessions.discard)


class _SessionError(Exception):
    """The connection to a hub is over; the text is a sentence for the log."""


class _Session:
    """One hub's connection."""

    def __init__(self, sock: socket.socket, peer: str, master_key: bytes, host: Host) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._peer = peer
        self._host = host
        self._channel = ControlChannel(Role.SERVICE, master_key, os.urandom)
        self._alive = KeepAlive(time.monotonic())
        self._stats_due = time.monotonic() + STATS_EVERY_S
        self._unsent: Queue[bytes] = Queue()
        self._unsent_bytes = 0
        self._fault = ""
        self._greenlets: list[gevent.Greenlet] = []

    def start(self, ended: "Callable[[_Session], None]") -> None:
        """Serve the hub; `ended` is called once when the connection is over."""
        reader, writer = gevent.spawn(self._read), gevent.spawn(self._write)
        for greenlet in (reader, writer):
            greenlet.link_exception(raise_in_main)
        reader.link(lambda _: ended(self))
        self._greenlets = [reader, writer]

    def kill(self) -> None:
        """End the connection now."""
        gevent.killall(self._greenlets)

    def post_if_established(self, message: ControlMessage) -> None:
        """Send `message` to a hub that has had its snapshot; a hub before that gets it with the snapshot."""
        if self._channel.established:
            self._post(message)

    def _post(self, message: ControlMessage) -> None:
        self._post_bytes(self._channel.send(message))

    def _post_bytes(self, data: bytes) -> None:
        if self._unsent_bytes + len(data) > MAX_UNSENT_BYTES:
            self._fail("it does not read what it is sent")
            return
        self._unsent_bytes += len(data)
        self._unsent.put(data)

    def _read(self) -> None:
        reason = ""
        try:
            while True:
                self._read_once()
        except (_SessionError, RemoteProtocolError, OSError) as error:
            reason = self._fault or str(error)
        finally:
            gevent.killall(self._greenlets[1:], block=False)
            self._socket.close()
        logger.warning("hub {} disconnected: {}", self._peer, reason)

    def _read_once(self) -> None:
        data = None
        with gevent.Timeout(CHECK_EVERY_S, False):
            data = self._socket.recv(READ_BYTES)
        if data:
            for event in self._channel.receive_data(data):
                self._take(event)
            self._alive.received(time.monotonic())
        elif data is not None:
            early = "" if self._channel.established else " during the handshake: it may have another key"
            raise _SessionError(f"it closed the connection{early}")
        self._check_time()

    def _take(self, event: Event) -> None:
        match event:
            case HandshakeData(data):
                self._post_bytes(data)
            case Established():
                self._greet()
            case Revoke(ticket_id):
                self._host.revoke(ticket_id)
            case Ping(number):
                self._post(Pong(number))
            case _:
                pass  # a Pong: that it came was all

    def _greet(self) -> None:
        """Tell all there is, in one go: no change can come between."""
        self._alive.established(time.monotonic())
        logger.info("hub {} connected", self._peer)
        self._post(self._host.service)
        for page in pages(self._host.offers.entries()):
            self._post(page)
        self._post(self._host.stats())

    def _check_time(self) -> None:
        now = time.monotonic()
        verdict = self._alive.check(now)
        if verdict is Verdict.DEAD:
            raise _SessionError("it has not answered for too long")
        if verdict is Verdict.PING:
            self._post(Ping(self._alive.pings))
        if now >= self._stats_due and self._channel.established:
            self._stats_due = now + STATS_EVERY_S
            self._post(self._host.stats())

    def _write(self) -> None:
        try:
            while True:
                data = self._unsent.get()
                self._socket.sendall(data)
                self._unsent_bytes -= len(data)
        except OSError as error:
            self._fail(str(error))

    def _fail(self, reason: str) -> None:
        """Wake the reader, which ends the connection for `reason`."""
        self._fault = self._fault or reason
        with suppress(OSError):  # not connected any more: the reader knows already
            self._socket.shutdown(socket.SHUT_RDWR)
