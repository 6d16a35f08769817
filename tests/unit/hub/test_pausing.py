"""Lines that wait, on real sockets: for a full store, for a result. Nothing is lost, memory is bounded."""

import socket
from collections.abc import Iterator

import pytest
from chat_hub import limits
from chat_hub.listener import listen
from chat_hub.server import HubServer

from tests.support.greenlets import eventually
from tests.support.hub_harness import HubHarness

LINES = 4000
LINE = "PRIVMSG #lobby :" + "x" * 100


@pytest.fixture
def harness() -> HubHarness:
    return HubHarness()


@pytest.fixture
def server(harness: HubHarness) -> Iterator[HubServer]:
    made = HubServer(harness.hub, listen("127.0.0.1", 0))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def wire(server: HubServer) -> Iterator[socket.socket]:
    with socket.create_connection(server.address) as sock:
        sock.setblocking(False)
        sock.send(b"NICK a\r\nUSER a 0 * :a\r\nJOIN #lobby\r\n")
        eventually(lambda: server.hub.find("a") is not None)
        yield sock


def pour(wire: socket.socket, data: memoryview) -> memoryview:
    """Send as much of `data` as the kernel takes now; the rest."""
    while data:
        try:
            data = data[wire.send(data) :]
        except BlockingIOError:
            break
    return data


def kept(harness: HubHarness) -> int:
    return int(harness.store.connection.execute("SELECT count(*) FROM messages WHERE kind = 1").fetchone()[0])


def test_while_the_store_is_full_senders_are_not_read_from_and_nothing_is_lost(
    harness: HubHarness, server: HubServer, wire: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAITING_INPUT_BYTES", 4096)
    harness.store.full = True
    rest = memoryview("".join(f"{LINE}{number}\r\n" for number in range(LINES)).encode())
    rest = pour(wire, rest)
    (connection,) = server._connections
    eventually(lambda: not connection._reading, what="the pause")
    assert connection._lines.buffered_bytes < 4096 + 2 * 65536
    assert not connection.session.closed
    assert kept(harness) == 0
    harness.store.full = False
    server.resume_delayed()

    def everything_is_kept() -> bool:
        nonlocal rest
        rest = pour(wire, rest)
        return kept(harness) == LINES

    eventually(everything_is_kept)


def test_lines_behind_a_suspended_one_wait_and_reading_pauses_at_the_bound(
    harness: HubHarness, server: HubServer, wire: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WAITING_INPUT_BYTES", 4096)
    (connection,) = server._connections
    connection.session.suspend()
    rest = pour(wire, memoryview("".join(f"{LINE}{number}\r\n" for number in range(LINES)).encode()))
    eventually(lambda: not connection._reading, what="the pause")
    assert kept(harness) == 0
    connection.session.resume()

    def everything_is_kept() -> bool:
        nonlocal rest
        rest = pour(wire, rest)
        return kept(harness) == LINES

    eventually(everything_is_kept)
