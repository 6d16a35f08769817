"""The UDP socket: answers leave from where the question came, in order, and a full buffer loses nothing."""

import socket as plain_socket
from collections.abc import Iterator
from typing import Any

import gevent
import pytest
from file_udp import server as server_module
from file_udp.server import UdpServer, open_socket, reply_from
from gevent import socket
from hypothesis import given
from hypothesis import strategies as st
from livechat.transfer.events import Address
from livechat.transfer.server import ServerEndpoint

from tests.support.greenlets import eventually


class Echo(ServerEndpoint):
    """Answers each datagram with three: itself, and itself twice over."""

    def __init__(self) -> None:
        self.seen: list[Address] = []

    def receive_datagram(self, data: bytes, addr: Address, now: float) -> list[bytes]:
        self.seen.append(addr)
        return [data, data * 2, data * 3] if data != b"silence" else []


def served(host: str) -> Iterator[tuple[int, Echo]]:
    sock = open_socket(host, 0)
    endpoint = Echo()
    server = UdpServer(sock, endpoint)
    server.start()
    yield sock.getsockname()[1], endpoint
    server.stop()


@pytest.fixture(params=["0.0.0.0", "::"])
def everywhere(request: pytest.FixtureRequest) -> Iterator[tuple[int, Echo]]:
    yield from served(request.param)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "127.1.2.3"])
def test_answers_come_from_the_address_that_was_asked(everywhere: tuple[int, Echo], host: str) -> None:
    port, _ = everywhere
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, gevent.Timeout(5):
        client.bind(("127.0.0.1", 0))  # the route prefers 127.0.0.1 for the way back
        client.sendto(b"x", (host, port))
        assert [client.recvfrom(10) for _ in range(3)] == [(b"x" * n, (host, port)) for n in (1, 2, 3)]


def test_a_dual_stack_socket_answers_ipv6_too() -> None:
    for port, endpoint in served("::"):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client, gevent.Timeout(5):
            client.connect(("::1", port))
            client.send(b"x")
            assert client.recv(10) == b"x"
            assert endpoint.seen == [client.getsockname()[:2]]


def test_more_questions_than_one_turn_takes_are_all_answered(everywhere: tuple[int, Echo]) -> None:
    port, endpoint = everywhere
    count = server_module.DATAGRAMS_PER_TURN * 3 + 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, gevent.Timeout(5):
        client.connect(("127.0.0.1", port))
        for _ in range(count):
            client.send(b"silence")
        client.send(b"x")
        assert client.recv(10) == b"x"
        assert len(endpoint.seen) == count + 1


class Full(plain_socket.socket):
    """A socket that refuses the next `refusals` datagrams."""

    refusals = 0
    error: OSError = BlockingIOError()

    def sendmsg(self, *arguments: Any) -> int:
        if self.refusals:
            self.refusals -= 1
            raise self.error
        return super().sendmsg(*arguments)


@pytest.mark.parametrize("error", [BlockingIOError(), OSError(105, "No buffer space available")])
@pytest.mark.parametrize("refusals", [1, 2, 5])
def test_a_full_buffer_delays_answers_and_loses_none(refusals: int, error: OSError) -> None:
    sock = Full(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    sock.error = error
    server = UdpServer(sock, Echo())
    server.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, gevent.Timeout(5):
        client.connect(sock.getsockname())
        for round_number in range(1, 4):
            sock.refusals = refusals
            client.send(b"a")
            client.send(b"b")
            received = [client.recv(10) for _ in range(6)]
            assert received == [b"a", b"aa", b"aaa", b"b", b"bb", b"bbb"]
            assert server.stats.blocked == round_number
    server.stop()


def test_an_answer_that_the_system_refuses_is_counted_and_the_next_one_is_sent() -> None:
    sock = Full(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    sock.error, sock.refusals = OSError(1, "Operation not permitted"), 1
    server = UdpServer(sock, Echo())
    server.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(sock.getsockname())
        client.send(b"a")
        eventually(lambda: server.stats.failed == 1)
        assert client.recv(10) == b"aa"
    server.stop()


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 60), st.binary(max_size=24))))
def test_what_else_the_system_says_of_a_datagram_is_passed_over(said: list[tuple[int, int, bytes]]) -> None:
    assert len(reply_from(said)) <= 1
