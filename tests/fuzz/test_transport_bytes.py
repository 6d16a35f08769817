"""Any bytes into the transports: WebSocket before and after its handshake, TLS on a real socket pair."""

import socket
from pathlib import Path

import pytest
from chat_hub import certificates
from chat_hub.certificates import CertificateFiles
from chat_hub.tls import TlsStream, make_context
from chat_hub.transport import Step
from chat_hub.websocket import MAX_MESSAGE_BYTES, NotOpenedError, WebSocket
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from wsproto import ConnectionType, WSConnection
from wsproto.events import Request

HEADERS = st.lists(
    st.sampled_from(
        [
            *(b"Host: x", b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
            *(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", b"Sec-WebSocket-Protocol: text.ircv3.net,\xff"),
            *(
                b"Origin: null",
                b"Origin: \xff",
                b"Content-Length: 5",
                b"Transfer-Encoding: chunked",
                b"Host: \xff",
            ),
            *(b"Sec-WebSocket-Extensions: permessage-deflate; x=\xff", b"Expect: 100-continue", b":", b" x"),
        ]
    )
    | st.binary(max_size=20),
    max_size=12,
)
HTTP = st.tuples(
    st.sampled_from([b"GET / HTTP/1.1", b"GET \xff HTTP/1.0", b"POST / HTTP/1.1", b"x"]), HEADERS
).map(lambda parts: b"\r\n".join([parts[0], *parts[1], b"", b""]))
FRAME = st.tuples(
    st.sampled_from([0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A, 0xC1, 0x83, 0xFF]),
    st.booleans(),
    st.binary(max_size=140),
).map(lambda f: bytes((f[0], (0x80 * f[1]) | min(len(f[2]), 125))) + b"\0\0\0\0" * f[1] + f[2])


def check(server: WebSocket, pieces: list[bytes]) -> None:
    for piece in pieces:
        try:
            lines = server.receive(piece)
        except NotOpenedError:
            assert not server.opened
            assert server.take_answer().startswith(b"HTTP/1.1 4")
            return
        for line in lines.split(b"\r\n"):
            assert len(line) <= MAX_MESSAGE_BYTES
            assert b"\n" not in line
        server.take_answer()


@given(st.lists(HTTP | FRAME | st.binary(min_size=1, max_size=200), max_size=8))
def test_no_request_breaks_the_websocket(pieces: list[bytes]) -> None:
    check(WebSocket(("null",)), pieces)


@given(st.lists(FRAME | st.binary(max_size=200), max_size=30))
def test_no_frames_break_the_websocket(pieces: list[bytes]) -> None:
    server = WebSocket(())
    server.receive(WSConnection(ConnectionType.CLIENT).send(Request(host="x", target="/")))
    check(server, pieces)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> SSL.Context:
    path: Path = tmp_path_factory.mktemp("tls") / "own.pem"
    certificates.make_self_signed(path, "livechat.local")
    return make_context(CertificateFiles(path, path, given=True))


@given(
    pieces=st.lists(st.binary(max_size=60) | st.just(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03"), max_size=6)
)
def test_no_bytes_break_a_tls_handshake(context: SSL.Context, pieces: list[bytes]) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.setblocking(False)
        stream = TlsStream(context, ours)
        try:
            for piece in pieces:
                theirs.sendall(piece)
                assert stream.open() is Step.READ
            theirs.shutdown(socket.SHUT_WR)
            stream.open()
        except OSError:
            pass  # what a broken handshake ends with; anything else is a bug
        finally:
            stream.close()
