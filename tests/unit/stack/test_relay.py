"""tests.support.relay: the bad network is as bad as it says, and as good."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.support.relay import RELAY_HOST, Faults, UdpRelay
from tests.support.stack import LOOPBACK

# few enough for any socket buffer to hold them all
COUNT = 100


@pytest.fixture
def echo() -> Iterator[socket.socket]:
    """A socket on loopback that the test reads and answers from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind((LOOPBACK, 0))
        service.settimeout(10)
        yield service


@contextlib.contextmanager
def relayed(service: socket.socket, faults: Faults) -> Iterator[tuple[UdpRelay, socket.socket]]:
    relay = UdpRelay(service.getsockname()[1], faults, seed=1)
    relay.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            client.connect((RELAY_HOST, service.getsockname()[1]))
            yield relay, client
    finally:
        relay.close()


def test_without_faults_everything_passes_in_order_both_ways(echo: socket.socket) -> None:
    with relayed(echo, Faults()) as (relay, client):
        for number in range(COUNT):
            client.send(str(number).encode())
            data, address = echo.recvfrom(100)
            echo.sendto(data, address)
            assert client.recv(100) == str(number).encode()
    assert (relay.counts.passed, relay.counts.lost) == (2 * COUNT, 0)


def test_loss_is_about_what_was_asked_for(echo: socket.socket) -> None:
    with relayed(echo, Faults(loss=0.2)) as (relay, client):
        for _ in range(COUNT):
            client.send(b"x")
        while relay.counts.passed + relay.counts.lost < COUNT:
            echo.recv(100)
    assert COUNT * 0.1 < relay.counts.lost < COUNT * 0.3


def test_doubled_and_reordered_datagrams_are_all_there(echo: socket.socket) -> None:
    with relayed(echo, Faults(duplicate=0.2, reorder=0.2)) as (_, client):
        sent = [str(number) for number in range(COUNT)]
        for text in sent:
            client.send(text.encode())
        heard: list[str] = []
        # one may be held back at the end
        while len(set(heard)) < COUNT - 1:
            heard.append(echo.recv(100).decode())
    assert len(heard) > COUNT
    first = list(dict.fromkeys(heard))
    assert first != sorted(first, key=int)
