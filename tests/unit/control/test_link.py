"""The hub's link and the file service's listener against each other, over loopback in one gevent loop."""

import os
import random
from collections.abc import Iterator, Sequence

import pytest
from chat_hub import control_link
from chat_hub.control_link import ControlLink
from file_udp import control
from file_udp.control import ControlListener, Host
from file_udp.offers import Offer, Offers
from file_udp.status import Status
from gevent import socket
from livechat.catalogue import Catalogue, FileEntry
from livechat.control.channel import ControlChannel, HandshakeData
from livechat.control.handshake import Role
from livechat.control.listener import FileServiceInfo
from livechat.control.messages import Service, Stats
from livechat.control.reconnect import MAX_REVOCATIONS, Backoff, Revocations
from loguru import logger

from tests.support.greenlets import eventually

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
STATUS = Status(1, 1, 1, 1, 1)


def entry(number: int, size: int = 1) -> FileEntry:
    return FileEntry.of(f"{number}.txt", size, 1, bytes(32))


class Core:
    """The hub's core: what it knows of the files, and what it heard of the service."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.service: FileServiceInfo | None = None
        self.snapshots = 0
        self.reasons: list[str] = []

    def files_connected(self, service: FileServiceInfo) -> None:
        self.service = service

    def files_snapshot(self, entries: Sequence[FileEntry]) -> None:
        self.snapshots += 1
        self.catalogue.replace_all(entries)

    def file_changed(self, entry: FileEntry) -> None:
        self.catalogue.put(entry)

    def file_removed(self, file_id: bytes) -> None:
        self.catalogue.remove(file_id)

    def files_disconnected(self, reason: str) -> None:
        self.service = None
        self.reasons.append(reason)


class Files:
    """A file service's control side over offers that the test changes."""

    def __init__(self, key: bytes = KEY, port: int = 0) -> None:
        self.offers = Offers()
        self.revoked: list[bytes] = []
        service = Service(6969, ("files.example",), ("10.1.2.3",))
        host = Host(service, self.offers, self._stats, self.revoked.append)
        self.listener = ControlListener(("127.0.0.1", port), key, host)
        self.listener.start()

    def _stats(self) -> Stats:
        return Stats(1, len(self.offers), 0, 0, 0, 0)

    def put(self, *entries: FileEntry) -> None:
        for one in entries:
            self.offers.put(Offer(one, STATUS, b""))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    lines: list[str] = []
    number = logger.add(lines.append, format="{level} {message}")
    yield lines
    logger.remove(number)


@pytest.fixture
def files() -> Iterator[Files]:
    made = Files()
    yield made
    made.listener.stop()


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
def link(files: Files, core: Core) -> Iterator[ControlLink]:
    made = ControlLink(("127.0.0.1", files.listener.port), KEY, core)
    made.start()
    yield made
    made.stop()


def test_the_hub_hears_the_service_its_files_and_every_change(
    files: Files, core: Core, link: ControlLink
) -> None:
    files.put(*(entry(number) for number in range(1200)))
    eventually(lambda: core.snapshots == 1)
    assert core.service == FileServiceInfo(6969, ("files.example",), ("10.1.2.3",))
    assert len(core.catalogue) == 1200
    eventually(lambda: link.stats == Stats(1, 1200, 0, 0, 0, 0))
    files.put(entry(5000), entry(7, size=99))
    files.put(entry(7, size=99))
    files.offers.withdraw(entry(3))
    expected = {one.name: one for one in files.offers.entries()}
    eventually(lambda: {one.name: one for one in core.catalogue} == expected)


def test_several_hubs_hear_the_same(files: Files, link: ControlLink, core: Core) -> None:
    second_core = Core()
    second = ControlLink(("127.0.0.1", files.listener.port), KEY, second_core)
    second.start()
    eventually(lambda: core.snapshots and second_core.snapshots)
    files.put(entry(1))
    eventually(lambda: len(core.catalogue) == len(second_core.catalogue) == 1)
    second.stop()
    files.put(entry(2))
    eventually(lambda: len(core.catalogue) == 2)


def test_a_service_that_comes_back_is_found_and_told_the_revocations_again(
    files: Files, core: Core, link: ControlLink
) -> None:
    link.revoke(b"\1" * 8)
    eventually(lambda: files.revoked == [b"\1" * 8])
    link.revoke(b"\2" * 8)
    eventually(lambda: len(files.revoked) == 2)
    port = files.listener.port
    files.listener.stop()
    eventually(lambda: core.reasons)
    assert core.reasons == ["The file service closed the connection."]
    assert core.service is None
    link.revoke(b"\3" * 8)
    again = Files(port=port)
    again.put(entry(1))
    eventually(lambda: core.snapshots == 2)
    assert len(core.catalogue) == 1
    eventually(lambda: again.revoked == [bytes([n]) * 8 for n in (1, 2, 3)])
    again.listener.stop()


def test_another_key_is_said_clearly_and_retried_slowly(
    core: Core, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_link, "REFUSED_DELAY_S", 0.05)
    files = Files(OTHER_KEY)
    link = ControlLink(("127.0.0.1", files.listener.port), KEY, core)
    link.start()
    eventually(lambda: sum("may have another key" in line for line in logged) >= 3)
    link.stop()
    files.listener.stop()
    assert core.reasons == []
    errors = [line for line in logged if line.startswith("ERROR")]
    assert len(errors) == 1, "one line for the same reason, however often"
    assert "same key file" in errors[0]


def test_a_service_that_is_not_there_is_logged_once_and_tried_again(core: Core, logged: list[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    link = ControlLink(("127.0.0.1", port), KEY, core)
    link.start()
    eventually(lambda: sum("Connection refused" in line for line in logged) >= 3)
    assert sum(line.startswith("WARNING") for line in logged) == 1
    files = Files(port=port)
    eventually(lambda: core.snapshots == 1)
    link.stop()
    files.listener.stop()


def as_hub(files: Files) -> tuple[socket.socket, ControlChannel]:
    """Connect by hand and prove the key."""
    sock = socket.create_connection(("127.0.0.1", files.listener.port))
    channel = ControlChannel(Role.HUB, KEY, os.urandom)
    sock.sendall(channel.greeting())
    (reply, *_) = channel.receive_data(sock.recv(4096))
    assert isinstance(reply, HandshakeData)
    sock.sendall(reply.data)
    return sock, channel


def test_a_hub_that_does_not_read_is_dropped_and_the_others_are_not(
    files: Files, core: Core, link: ControlLink, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "MAX_UNSENT_BYTES", 500_000)
    lazy, _ = as_hub(files)
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    eventually(lambda: core.snapshots == 1)
    number = 0

    def told_more_and_dropped() -> bool:
        nonlocal number
        for _ in range(2000):
            number += 1
            files.put(entry(number % 1000, size=number))
        return any("does not read" in line for line in logged)

    eventually(told_more_and_dropped)
    expected = {one.name: one.size for one in files.offers.entries()}
    eventually(lambda: {one.name: one.size for one in core.catalogue} == expected)
    assert not core.reasons
    lazy.close()


def test_connections_beyond_the_bound_are_closed(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MAX_HUBS", 2)
    kept = [as_hub(files)[0] for _ in range(2)]
    with socket.create_connection(("127.0.0.1", files.listener.port)) as third:
        assert third.recv(100) == b""
    for sock in kept:
        sock.close()


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x05hello", b"\xff" * 100])
def test_a_stranger_is_closed_at_once_and_the_service_goes_on(
    files: Files, core: Core, link: ControlLink, said: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", files.listener.port)) as stranger:
        stranger.sendall(said)
        assert stranger.recv(100) == b""
    eventually(lambda: core.snapshots == 1)


def test_a_hub_that_says_what_it_may_not_is_closed(files: Files) -> None:
    sock, channel = as_hub(files)
    sock.sendall(channel.send(Stats(1, 1, 1, 1, 1, 1)))
    while sock.recv(65536):
        pass
    sock.close()


def test_an_error_in_the_core_is_loud(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Core):
        def files_connected(self, service: FileServiceInfo) -> None:
            raise ZeroDivisionError

    link = ControlLink(("127.0.0.1", files.listener.port), KEY, Broken())
    link.start()
    with pytest.raises(ZeroDivisionError):
        eventually(lambda: False)
    link.stop()


def test_delays_double_up_to_five_seconds_and_begin_again() -> None:
    backoff = Backoff()
    delays = [backoff.next_delay(0.5) for _ in range(7)]
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    backoff.reset()
    dice = random.Random(1)
    jittered = {Backoff().next_delay(dice.random()) for _ in range(100)}
    assert 0.15 <= min(jittered) < 0.16
    assert 0.24 < max(jittered) <= 0.25


def test_revocations_are_bounded_and_end_with_their_tickets() -> None:
    revocations = Revocations()
    for number in range(MAX_REVOCATIONS + 10):
        revocations.add(number.to_bytes(8, "big"), now=float(number))
    assert len(revocations.current(0.0)) == MAX_REVOCATIONS
    assert revocations.current(0.0)[0] == (10).to_bytes(8, "big")
    revocations.add((10).to_bytes(8, "big"), now=MAX_REVOCATIONS + 10.0)
    assert revocations.current(600.0 + MAX_REVOCATIONS + 9) == [(10).to_bytes(8, "big")]
    assert revocations.current(600.0 + MAX_REVOCATIONS + 10) == []
