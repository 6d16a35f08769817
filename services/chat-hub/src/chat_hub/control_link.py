"""The hub's end of the control channel: the socket, the reconnecting and the clock round `livechat.control`.

One greenlet connects and reads, a second one per connection writes. What the messages mean to the hub is in
its listener; what the bytes mean is in `livechat.control` (docs/protocol/control.md).
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import gevent
from gevent import socket
from gevent.queue import Full, Queue
from livechat.control.channel import ControlChannel, Established, Event, HandshakeData
from livechat.control.handshake import Role, VersionMismatchError, WrongKeyError
from livechat.control.intake import Intake
from livechat.control.keepalive import KeepAlive, Verdict
from livechat.control.listener import FilesListener
from livechat.control.messages import (
    Changed,
    ControlMessage,
    Ping,
    Pong,
    Removed,
    Revoke,
    Service,
    SnapshotPage,
    Stats,
)
from livechat.control.reconnect import MAX_REVOCATIONS, REFUSED_DELAY_S, Backoff, Revocations, spread
from livechat.errors import RemoteProtocolError
from loguru import logger

CONNECT_TIMEOUT_S = 5.0
READ_BYTES = 65536
CHECK_EVERY_S = 1.0
MAX_UNSENT_FRAMES = MAX_REVOCATIONS + 1024
"""Frames of at most 40 bytes that wait for a file service which does not read; at the bound the connection is
given up and made anew. All revocations are said again at once."""


class _LinkError(Exception):
    """This connection is over; the text is a sentence for the log."""


_FAULTS = (_LinkError, RemoteProtocolError, OSError)


class ControlLink:
    """Keeps one connection to the file service at `address` and tells `listener` what it says."""

    def __init__(
        self,
        address: tuple[str, int],
        master_key: bytes,
        listener: FilesListener,
        *,
        random_bytes: Callable[[int], bytes] = os.urandom,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._address = address
        self._master_key = master_key
        self._listener = listener
        self._random_bytes = random_bytes
        self._dice = dice
        self._backoff = Backoff()
        self._revocations = Revocations()
        self._connection: _Connection | None = None
        self._greenlet: gevent.Greenlet | None = None
        self._last_reason = ""
        self.stats: Stats | None = None

    def start(self) -> None:
        """Begin to connect. Should the greenlet ever die, its error is raised in the main greenlet."""
        self._greenlet = gevent.spawn(self._run)
        self._greenlet.link_exception(_raise_in_main)

    def stop(self) -> None:
        """Close the connection and stop; the listener hears nothing more."""
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None

    def revoke(self, ticket_id: bytes) -> None:
        """Have the file service take no more requests with this ticket, now or when it is back."""
        self._revocations.add(ticket_id, time.monotonic())
        if self._connection is not None:
            self._connection.post(Revoke(ticket_id))

    def _run(self) -> None:
        while True:
            try:
                self._connect_and_read()
            except (WrongKeyError, VersionMismatchError) as error:
                self._report(str(error), logger.error)
                delay = spread(REFUSED_DELAY_S, self._dice())
            except _FAULTS as error:
                self._report(_sentence(error), logger.warning)
                delay = self._backoff.next_delay(self._dice())
            gevent.sleep(delay)

    def _report(self, reason: str, log: Callable[[str], None]) -> None:
        """Log a reason when it is new; the same one again and again only for those who look for it."""
        log = logger.debug if reason == self._last_reason else log
        self._last_reason = reason
        host, port = self._address
        log(f"file service at {host}:{port} not connected: {reason}")

    def _connect_and_read(self) -> None:
        """One connection from its beginning to its end, which is always an error."""
        intake = Intake(self._listener)
        sock = socket.create_connection(self._address, timeout=CONNECT_TIMEOUT_S)
        connection = _Connection(sock, ControlChannel(Role.HUB, self._master_key, self._random_bytes))
        try:
            for event in connection.events():
                self._take(connection, intake, event)
        except _FAULTS as error:
            self._connection = None
            intake.closed(_sentence(error))
            raise
        finally:
            self._connection = None
            connection.close()

    def _take(self, connection: "_Connection", intake: Intake, event: Event) -> None:
        match event:
            case HandshakeData(data):
                connection.post_bytes(data)
            case Established():
                self._established(connection)
            case Ping(number):
                connection.post(Pong(number))
            case Service() | SnapshotPage() | Changed() | Removed() | Stats():
                intake.take(event)
                self.stats = intake.stats
            case _:
                pass  # a Pong: that it came was all

    def _established(self, connection: "_Connection") -> None:
        self._connection = connection
        self._backoff.reset()
        self._last_reason = ""
        logger.info("file service at {}:{} connected", *self._address)
        for ticket_id in self._revocations.current(time.monotonic()):
            connection.post(Revoke(ticket_id))


class _Connection:
    """One TCP connection: reads in the caller's greenlet, writes in its own, watches the silence."""

    def __init__(self, sock: socket.socket, channel: ControlChannel) -> None:
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._channel = channel
        self._alive = KeepAlive(time.monotonic())
        self._unsent: Queue[bytes] = Queue(MAX_UNSENT_FRAMES)
        self._fault = ""
        self._writer = gevent.spawn(self._write)
        self._writer.link_exception(_raise_in_main)
        self.post_bytes(channel.greeting())

    def events(self) -> Iterator[Event]:
        """What the peer says, until an error ends it: one of _FAULTS."""
        while True:
            data = None
            with gevent.Timeout(CHECK_EVERY_S, False):
                data = self._socket.recv(READ_BYTES)
            if data:
                yield from self._received(data)
            elif data is not None:
                raise _LinkError(self._fault or self._closed_by_peer())
            self._check_silence()

    def post(self, message: ControlMessage) -> None:
        """Send `message` behind what waits already."""
        self.post_bytes(self._channel.send(message))

    def post_bytes(self, data: bytes) -> None:
        """Send `data` behind what waits already; too much of that ends the connection."""
        try:
            self._unsent.put_nowait(data)
        except Full:
            self._fail("The file service does not read what it is sent.")

    def close(self) -> None:
        """Let go of the socket and of the writing greenlet."""
        self._writer.kill(block=False)
        self._socket.close()

    def _received(self, data: bytes) -> Iterator[Event]:
        for event in self._channel.receive_data(data):
            if isinstance(event, Established):
                self._alive.established(time.monotonic())
            yield event
        self._alive.received(time.monotonic())

    def _check_silence(self) -> None:
        verdict = self._alive.check(time.monotonic())
        if verdict is Verdict.DEAD:
            raise _LinkError("The file service has not answered for too long.")
        if verdict is Verdict.PING:
            self.post(Ping(self._alive.pings))

    def _closed_by_peer(self) -> str:
        if self._channel.established:
            return "The file service closed the connection."
        return "The file service closed the connection during the handshake: it may have hubs enough."

    def _write(self) -> None:
        try:
            while True:
                self._socket.sendall(self._unsent.get())
        except OSError as error:
            self._fail(_sentence(error))

    def _fail(self, reason: str) -> None:
        """Wake the reader, which ends the connection for `reason`."""
        self._fault = self._fault or reason
        with suppress(OSError):  # not connected any more: the reader knows already
            self._socket.shutdown(socket.SHUT_RDWR)


def _sentence(error: BaseException) -> str:
    return f"{error.strerror}." if isinstance(error, OSError) and error.strerror else str(error) or repr(error)


def _raise_in_main(greenlet: gevent.Greenlet) -> None:
    """A greenlet that dies silently is a stopped service: let its error end the process."""
    gevent.get_hub().handle_system_error(*greenlet.exc_info)
