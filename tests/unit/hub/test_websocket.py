"""WebSocket: the protocol without sockets, and the port of a real process."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_hub.bounds import Bounds
from chat_hub.websocket import MAX_MESSAGE_BYTES, NotOpenedError, WebSocket
from hypothesis import given
from hypothesis import strategies as st
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate
from wsproto.frame_protocol import CloseReason

from tests.support.hub_process import Process, free_port
from tests.support.websocket_client import WebSocketClient

ORIGIN = "https://chat.example.org"


def opened(
    *protocols: str, origins: tuple[str, ...] = (), origin: str | None = None
) -> tuple[WebSocket, WSConnection]:
    """Both ends after the handshake."""
    server, client = WebSocket(origins), WSConnection(ConnectionType.CLIENT)
    headers = [(b"Origin", origin.encode())] if origin else []
    request = Request(host="x", target="/", subprotocols=list(protocols), extra_headers=headers)
    assert server.receive(client.send(request)) == b""
    client.receive_data(server.take_answer())
    (accepted,) = client.events()
    assert isinstance(accepted, AcceptConnection)
    assert accepted.extensions == []
    return server, client


def heard(client: WSConnection, data: bytes) -> list[str | bytes]:
    """The messages in `data`."""
    client.receive_data(data)
    return [event.data for event in client.events() if isinstance(event, Message)]


# -- the protocol ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "agreed"),
    [
        (("text.ircv3.net", "binary.ircv3.net"), "text.ircv3.net"),
        (("binary.ircv3.net", "text.ircv3.net"), "binary.ircv3.net"),
        (("chat", "binary.ircv3.net"), "binary.ircv3.net"),
        (("chat",), None),
        ((), None),
    ],
)
def test_the_client_s_order_of_preference_decides(wanted: tuple[str, ...], agreed: str | None) -> None:
    """ "The server MUST accept any subprotocol it supports, respecting the client's order of preference." """
    server, client = WebSocket(()), WSConnection(ConnectionType.CLIENT)
    server.receive(client.send(Request(host="x", target="/", subprotocols=list(wanted))))
    client.receive_data(server.take_answer())
    assert [e.subprotocol for e in client.events() if isinstance(e, AcceptConnection)] == [agreed]


def test_a_message_is_a_line_without_its_end() -> None:
    """ "each message MUST consist of a single IRC line, except that servers and clients MUST NOT include" """
    server, client = opened("text.ircv3.net")
    assert server.receive(client.send(TextMessage(data="NICK жора"))) == "NICK жора\r\n".encode()
    assert heard(client, server.frames(b"PING a\r\nPING b\r\n")) == ["PING a", "PING b"]
    binary, reader = opened("binary.ircv3.net")
    assert binary.receive(reader.send(BytesMessage(data=b"NICK \xff"))) == b"NICK \xff\r\n"
    assert heard(reader, binary.frames(b"PING a\r\n")) == [b"PING a"]


def test_clients_that_send_line_ends_all_the_same_are_understood() -> None:
    server, client = opened("text.ircv3.net")
    assert server.receive(client.send(TextMessage(data="PING a\r\n"))) == b"PING a\r\n"


@pytest.mark.parametrize("text", ["PRIVMSG a :x\r\nQUIT", "PRIVMSG a :x\nQUIT", "A\rB"])
def test_a_message_with_several_lines_is_an_injection_and_ends_it(text: str) -> None:
    server, client = opened("text.ircv3.net")
    assert server.receive(client.send(TextMessage(data=text))) == b""
    client.receive_data(server.take_answer())
    assert [e.code for e in client.events() if isinstance(e, CloseConnection)] == [CloseReason.POLICY_VIOLATION]
    assert server.ended


@given(
    st.lists(st.binary(min_size=1, max_size=9000).filter(lambda b: b"\r" not in b and b"\n" not in b)),
    st.data(),
)
def test_frames_are_what_wsproto_reads_however_the_stream_is_cut(
    lines: list[bytes], data: st.DataObject
) -> None:
    server, client = opened("binary.ircv3.net")
    stream = b"".join(line + b"\r\n" for line in lines)
    cut = data.draw(st.integers(0, len(stream)))
    got: list[bytes] = []
    client.receive_data(server.frames(stream[:cut]) + server.frames(stream[cut:]))
    part = b""
    for event in client.events():
        assert isinstance(event, BytesMessage)
        part += event.data
        if event.message_finished:
            got.append(part)
            part = b""
    assert got == lines


@given(st.text(max_size=300), st.data())
def test_fragments_are_joined_however_they_are_cut(text: str, data: st.DataObject) -> None:
    line = "".join(char for char in text if char not in "\r\n")
    cut = data.draw(st.integers(0, len(line)))
    server, client = opened("text.ircv3.net")
    stream = client.send(TextMessage(data=line[:cut], message_finished=False))
    stream += client.send(Ping(payload=b"between"))
    stream += client.send(TextMessage(data=line[cut:]))
    assert b"".join(server.receive(stream[i : i + 1]) for i in range(len(stream))) == line.encode() + b"\r\n"


def test_a_message_over_the_limit_is_kept_only_so_far_that_it_is_answered_as_too_long() -> None:
    """ "Clients and servers SHOULD impose limits on the maximum size of messages they will accept" """
    server, client = opened("text.ircv3.net")
    for _ in range(50):
        assert server.receive(client.send(TextMessage(data="x" * 9000, message_finished=False))) == b""
    line = server.receive(client.send(TextMessage(data="x")))
    assert line == b"x" * MAX_MESSAGE_BYTES + b"\r\n"


def test_pings_are_answered_and_only_the_newest_waits() -> None:
    server, client = opened("text.ircv3.net")
    for number in range(1000):
        server.receive(client.send(Ping(payload=b"%d" % number)))
    client.receive_data(server.take_answer())
    assert [e.payload for e in client.events() if isinstance(e, Pong)] == [b"999"]
    assert server.take_answer() == b""


def test_the_peer_s_closing_is_answered_once() -> None:
    server, client = opened("text.ircv3.net")
    server.receive(client.send(CloseConnection(code=1000)))
    assert server.ended
    client.receive_data(server.take_answer())
    list(client.events())
    assert client.state is ConnectionState.CLOSED
    assert (server.close(), server.receive(b"anything"), server.take_answer()) == (b"", b"", b"")


def test_our_closing_is_sent_once_and_the_answer_ends_it() -> None:
    server, client = opened("text.ircv3.net")
    closing = server.close()
    assert server.close() == b""
    client.receive_data(closing)
    (event,) = client.events()
    assert isinstance(event, CloseConnection)
    server.receive(client.send(event.response()))
    assert (server.ended, server.take_answer()) == (True, b"")


def test_bytes_that_are_not_utf_8_end_a_text_connection() -> None:
    server, client = opened("text.ircv3.net")
    frame = bytearray(client.send(BytesMessage(data=b"\xff\xfe")))
    frame[0] = 0x81  # the same as text
    server.receive(bytes(frame))
    client.receive_data(server.take_answer())
    assert [e.code for e in client.events() if isinstance(e, CloseConnection)] == [
        CloseReason.INVALID_FRAME_PAYLOAD_DATA
    ]


def test_compression_is_not_agreed_to_and_compressed_frames_end_it() -> None:
    server, client = WebSocket(()), WSConnection(ConnectionType.CLIENT)
    request = Request(host="x", target="/", extensions=[PerMessageDeflate()])
    server.receive(client.send(request))
    answer = server.take_answer()
    assert b"deflate" not in answer.lower()
    client.receive_data(answer)
    frame = bytearray(client.send(TextMessage(data="PING a")))
    frame[0] |= 0x40  # RSV1
    server.receive(bytes(frame))
    assert server.ended


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ((), None, True),
        ((), ORIGIN, False),
        ((ORIGIN,), ORIGIN, True),
        ((ORIGIN,), "HTTPS://Chat.Example.org", True),
        ((ORIGIN,), "http://chat.example.org", False),
        ((ORIGIN,), "https://chat.example.org.evil.example", False),
        ((ORIGIN,), "null", False),
        (("null",), "null", True),
        (("*",), "https://anything.example", True),
    ],
)
def test_pages_are_let_in_by_their_origin_only(
    origins: tuple[str, ...], origin: str | None, allowed: bool
) -> None:
    if allowed:
        assert opened("text.ircv3.net", origins=origins, origin=origin)[0].opened
        return
    server, client = WebSocket(origins), WSConnection(ConnectionType.CLIENT)
    assert origin is not None
    request = Request(host="x", target="/", extra_headers=[(b"Origin", origin.encode())])
    with pytest.raises(NotOpenedError, match="LIVECHAT_WS_ORIGINS"):
        server.receive(client.send(request))
    client.receive_data(server.take_answer())
    assert [e.status_code for e in client.events() if isinstance(e, RejectConnection)] == [403]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NICK a\r\nUSER a 0 * :a\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: \xff\r\nX: \xff\r\nSec-WebSocket-Protocol: \xff\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000, b"400"),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 8\r\n\r\n",
            b"426",
        ),
    ],
)
def test_what_is_no_websocket_is_refused_in_http(request_bytes: bytes, status: bytes) -> None:
    server = WebSocket(())
    with pytest.raises(NotOpenedError):
        server.receive(request_bytes)
    assert server.take_answer().startswith(b"HTTP/1.1 " + status)


# -- the port --------------------------------------------------------------------------------------------------


class WebSocketHub(Process):
    """A hub with a WebSocket port."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.ws_port = free_port()
        settings |= {"LIVECHAT_HUB_WS_PORT": str(self.ws_port), "LIVECHAT_WS_ORIGINS": ORIGIN}
        super().__init__(folder, **settings)

    def over_ws(self, nick: str = "", origin: str | None = None) -> WebSocketClient:
        client = WebSocketClient(self.ws_port, origin=origin)
        self.wires.append(client)  # type: ignore[arg-type]  # it is closed in the same way
        if nick:
            client.register(nick)
        return client


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[WebSocketHub]:
    process = WebSocketHub(tmp_path)
    yield process
    assert process.end() == 0


def test_browsers_and_other_clients_talk(hub: WebSocketHub) -> None:
    a, b = hub.over_ws("a", origin=ORIGIN), hub.connect("b")
    a.send("PRIVMSG b :" + "漢" * 130)
    assert b.until("PRIVMSG").endswith("漢" * 130)
    b.send("PRIVMSG a :hi")
    assert a.until("PRIVMSG").endswith(":hi")
    a.send("PRIVMSG b :" + "x" * 6000, "PING x")
    a.until(" 417 ")
    a.until("PONG")
    a.send("QUIT :bye")
    assert b.until(" QUIT ").endswith("Quit: bye")
    a.until("ERROR")
    assert a.until_closed().code == CloseReason.NORMAL_CLOSURE


def test_a_page_from_elsewhere_is_refused(hub: WebSocketHub) -> None:
    assert hub.over_ws(origin="https://evil.example").refused == 403


def test_lines_that_come_with_the_request_are_not_lost(hub: WebSocketHub) -> None:
    client = WSConnection(ConnectionType.CLIENT)
    request = client.send(Request(host="x", target="/", subprotocols=["binary.ircv3.net"]))
    with socket.create_connection(("127.0.0.1", hub.ws_port), timeout=20) as sock:
        mask = b"\0\0\0\0"
        sock.sendall(request[:-1])
        sock.sendall(request[-1:] + b"\x82" + bytes((0x80 | 6,)) + mask + b"PING x")
        data = b""
        while b"PONG" not in data:
            data += sock.recv(65536)


def test_garbage_gets_an_answer_in_http_and_hurts_nobody(hub: WebSocketHub) -> None:
    a = hub.over_ws("a")
    for garbage in (b"NICK x\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", hub.ws_port), timeout=20) as sock:
            sock.sendall(garbage)
            assert sock.recv(100).startswith(b"HTTP/1.1 400")
            assert sock.recv(100) == b""
    a.send("PING there")
    a.until("PONG")


def test_a_lost_or_closed_websocket_is_seen_as_quit(hub: WebSocketHub) -> None:
    a, b, c = hub.over_ws("a"), hub.over_ws("b"), hub.connect("c")
    a.sock.close()
    assert c.until(" QUIT ").startswith(":a!")
    b.sock.sendall(
        b.protocol.send(TextMessage(data="PRIVMSG c :last")) + b.protocol.send(CloseConnection(code=1001))
    )
    assert c.until(" PRIVMSG ").endswith(":last")
    assert c.until(" QUIT ").startswith(":b!")
    assert b.until_closed().code == CloseReason.GOING_AWAY


def test_a_reader_over_websocket_that_stops_is_disconnected_and_others_go_on(tmp_path: Path) -> None:
    hub = WebSocketHub(tmp_path, LIVECHAT_FLOOD_CONTROL="off")
    hub.over_ws("slow")
    talker, listener = hub.connect("talker"), hub.connect("listener")
    rounds = 0
    while b" QUIT " not in listener.data:
        talker.send(*[f"PRIVMSG #lobby :{'x' * 400}"] * 500, f"PRIVMSG #lobby :round {rounds}")
        while f"round {rounds}\r\n".encode() not in listener.data:
            listener.data = listener.data[-2000:] if b" QUIT " not in listener.data else listener.data
            listener.data += listener.sock.recv(1 << 20)
        rounds += 1
        assert rounds * 500 * 400 < Bounds().outbox_bytes + (64 << 20)
    assert "SendQ exceeded" in listener.until(" QUIT ")
    assert hub.end() == 0


def test_what_a_slow_reader_gets_at_last_is_whole(tmp_path: Path) -> None:
    hub = WebSocketHub(tmp_path, LIVECHAT_FLOOD_CONTROL="off")
    slow, talker = hub.over_ws("slow"), hub.connect("talker")
    lines = 10_000
    for start in range(0, lines, 500):
        talker.send(*[f"PRIVMSG slow :{number} {'x' * 400}" for number in range(start, start + 500)])
    talker.send("PING done")
    talker.until("PONG")
    for number in range(lines):
        assert slow.until(" PRIVMSG slow ").split()[3] == f":{number}"
    assert hub.end() == 0


def test_the_end_of_the_server_is_told_over_websocket_within_two_seconds(hub: WebSocketHub) -> None:
    a = hub.over_ws("a")
    hub.process.terminate()
    a.until("ERROR :Closing link: The server is shutting down")
    a.until_closed()
    assert hub.process.wait(timeout=2) == 0
