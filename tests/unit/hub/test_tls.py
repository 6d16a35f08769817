"""TLS on its own port: the hub's certificate, clients' certificates, reloading, sts, bad peers, slow ones."""

import contextlib
import hashlib
import re
import signal
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_hub import certificates
from chat_hub.bounds import Bounds
from chat_hub.certificates import CertificateError, CertificateFiles

from tests.support.certificates import issued_by_an_authority
from tests.support.hub_process import Process, Wire, free_port


def trusting_nothing() -> ssl.SSLContext:
    """A client that does not look at the certificate, as for a pinned fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class TlsHub(Process):
    """A hub with a TLS port that is open already."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.tls_port = free_port()
        super().__init__(folder, LIVECHAT_HUB_TLS_PORT=str(self.tls_port), **settings)
        self.fingerprint = self.until_logged("certificate loaded").split()[-1]

    def over_tls(self, nick: str = "", context: ssl.SSLContext | None = None) -> Wire:
        return self.connect(nick, port=self.tls_port, context=context or trusting_nothing())


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[TlsHub]:
    process = TlsHub(tmp_path)
    yield process
    assert process.end() == 0


def shown_certificate(wire: Wire) -> str:
    assert isinstance(wire.sock, ssl.SSLSocket)
    der = wire.sock.getpeercert(binary_form=True)
    assert der is not None
    return hashlib.sha256(der).hexdigest()


def test_people_over_tls_and_over_tcp_talk(hub: TlsHub) -> None:
    a, b = hub.over_tls("a"), hub.connect("b")
    a.send("PRIVMSG b :" + "x" * 400)
    assert b.until("PRIVMSG").endswith("x" * 400)
    b.send("PRIVMSG a :hi", "WHOIS a", "WHOIS b")
    assert a.until("PRIVMSG").endswith(":hi")
    assert " 671 b a :is using a secure connection" in b.until(" 671 ")
    b.until(" 318 b a ")
    assert not re.search(" 671 b b ", b.until(" 318 b b "))
    a.send("QUIT :bye")
    assert b.until(" QUIT ").endswith("Quit: bye")
    assert b"ERROR :Closing link" in a.rest()


def test_a_certificate_is_made_at_the_first_start_private_and_kept(tmp_path: Path) -> None:
    hub = TlsHub(tmp_path)
    file = tmp_path / "hub" / certificates.SELF_SIGNED
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert shown_certificate(hub.over_tls()) == hub.fingerprint
    assert hub.end() == 0
    again = TlsHub(tmp_path)
    assert again.fingerprint == hub.fingerprint
    assert again.end() == 0
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(("version", "works"), [("TLSv1_2", True), ("TLSv1_3", True), ("TLSv1_1", False)])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_1_2_is_the_oldest(hub: TlsHub, version: str, works: bool) -> None:
    context = trusting_nothing()
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if works:
        hub.over_tls("a", context)
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            hub.over_tls("a", context)


def test_a_client_certificate_is_asked_for_and_any_is_taken(hub: TlsHub, tmp_path: Path) -> None:
    """Its fingerprint is what counts (SASL EXTERNAL, 276); who signed it does not."""
    certificates.make_self_signed(tmp_path / "client.pem", "client.example")
    context = trusting_nothing()
    context.load_cert_chain(tmp_path / "client.pem")
    wire = hub.over_tls("a", context)
    wire.send("WHOIS a")
    files = CertificateFiles(tmp_path / "client.pem", tmp_path / "client.pem", given=True)
    assert wire.until(" 276 ").endswith(certificates.fingerprint(files))
    other = hub.connect("b")
    other.send("WHOIS a")
    assert not re.search(" 276 ", other.until(" 318 | 276 ")), "the fingerprint is nobody else's business"


def test_a_new_certificate_is_read_without_dropping_anybody(tmp_path: Path) -> None:
    chain, key = tmp_path / "c.pem", tmp_path / "k.pem"
    issued_by_an_authority(chain, key)
    hub = TlsHub(
        tmp_path,
        LIVECHAT_TLS_CERT=str(chain),
        LIVECHAT_TLS_KEY=str(key),
        LIVECHAT_OPER_NAME="root",
        LIVECHAT_OPER_PASSWORD="pw",
    )
    a = hub.over_tls("a")
    issued_by_an_authority(chain, key)
    hub.process.send_signal(signal.SIGHUP)
    second = hub.until_logged("certificate reloaded").split()[-1]
    assert second != hub.fingerprint
    b = hub.over_tls("b")
    assert (shown_certificate(a), shown_certificate(b)) == (hub.fingerprint, second)
    a.send("PRIVMSG b :still here")
    assert b.until("PRIVMSG").endswith("still here")

    third = rehash(hub, chain, key)
    assert shown_certificate(hub.over_tls("d")) == third != second
    second = third

    key.write_text("broken")
    hub.process.send_signal(signal.SIGHUP)
    assert "the former one stays in use" in hub.until_logged("cannot be used")
    assert shown_certificate(hub.over_tls("c")) == second
    assert hub.end() == 0


def rehash(hub: TlsHub, chain: Path, key: Path) -> str:
    """Give the hub another certificate with REHASH; its fingerprint as the log has it."""
    issued_by_an_authority(chain, key)
    operator = hub.connect("operator")
    operator.send("OPER root pw", "REHASH")
    operator.until(" 382 ")
    return hub.until_logged("certificate reloaded").split()[-1]


def test_a_given_certificate_that_is_broken_stops_the_start(tmp_path: Path) -> None:
    chain, key = tmp_path / "c.pem", tmp_path / "k.pem"
    issued_by_an_authority(chain, key)
    chain.write_text("nothing")
    hub = Process(
        tmp_path,
        LIVECHAT_HUB_TLS_PORT=str(free_port()),
        LIVECHAT_TLS_CERT=str(chain),
        LIVECHAT_TLS_KEY=str(key),
    )
    assert hub.process.wait(timeout=20) == 1
    assert "c.pem" in hub.log[0]
    hub.end()


def test_a_key_of_another_certificate_is_said(tmp_path: Path) -> None:
    for name in "ab":
        issued_by_an_authority(tmp_path / f"{name}.pem", tmp_path / f"{name}.key")
    with pytest.raises(CertificateError, match=r"a\.pem"):
        certificates.check(CertificateFiles(tmp_path / "a.pem", tmp_path / "b.key", given=True))


# -- sts -------------------------------------------------------------------------------------------------------


def test_sts_is_said_only_with_a_certificate_that_clients_can_trust(tmp_path: Path) -> None:
    """IRCv3 sts: "Clients MUST use sufficient certificate verification to ensure the connection is secure"."""
    chain, key = tmp_path / "c.pem", tmp_path / "k.pem"
    issued_by_an_authority(chain, key)
    given = {"LIVECHAT_TLS_CERT": str(chain), "LIVECHAT_TLS_KEY": str(key), "LIVECHAT_STS_DURATION": "600"}
    hub = TlsHub(tmp_path, **given)
    plain, secure, old = hub.connect(), hub.over_tls(), hub.connect()
    # "To enforce an STS upgrade policy, servers MUST send this key to non-securely connected clients."
    plain.send("CAP LS 302")
    assert re.search(rf"[ :]sts=port={hub.tls_port}( |$)", plain.until(" LS "))
    # "To enforce an STS persistence policy, servers MUST send this key to securely connected clients."
    secure.send("CAP LS 302")
    assert re.search(r"[ :]sts=duration=600( |$)", secure.until(" LS "))
    # "When enabled, the capability has a REQUIRED value": who knows no values is not told
    old.send("CAP LS")
    assert "sts" not in old.until(" LS ").split()
    # "Servers MAY reply with a CAP NAK message if a client requests this capability."
    plain.send("CAP REQ sts")
    assert " NAK " in plain.until(" NAK | ACK ")
    assert hub.end() == 0


def test_sts_is_not_said_with_a_certificate_that_signs_itself(hub: TlsHub) -> None:
    for wire in (hub.connect(), hub.over_tls()):
        wire.send("CAP LS 302")
        assert "sts=" not in wire.until(" LS ")


# -- bad peers -------------------------------------------------------------------------------------------------


def test_plain_text_garbage_and_half_handshakes_hurt_nobody(hub: TlsHub) -> None:
    talker = hub.over_tls("talker")
    silent = [socket.create_connection(("127.0.0.1", hub.tls_port)) for _ in range(30)]
    for number, sock in enumerate(silent):
        sock.sendall([b"\x16\x03\x01\x02\x00", b"CAP LS 302\r\n", b"\x00" * 300][number % 3])
    for number in range(3):
        hub.over_tls(f"p{number}").send("PING x")
        talker.send("PING there")
        talker.until("PONG")
    for sock in silent:
        sock.close()


def test_an_end_without_close_notify_is_a_lost_connection(hub: TlsHub) -> None:
    a, b = hub.over_tls("a"), hub.over_tls("b")
    a.sock.close()
    assert b.until(" QUIT ").startswith(":a!")


def test_a_half_close_with_close_notify_ends_the_session(hub: TlsHub) -> None:
    a, b = hub.over_tls("a"), hub.over_tls("b")
    assert isinstance(a.sock, ssl.SSLSocket)
    with contextlib.suppress(OSError):
        a.sock.unwrap()  # close_notify, and then the hub's end
    assert b.until(" QUIT ").startswith(":a!")


def test_a_reader_over_tls_that_stops_is_disconnected_and_others_go_on(tmp_path: Path) -> None:
    hub = TlsHub(tmp_path, LIVECHAT_FLOOD_CONTROL="off")
    hub.over_tls("slow")
    talker, listener = hub.over_tls("talker"), hub.over_tls("listener")
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
    """Records that the kernel did not take are given to OpenSSL again as they were."""
    hub = TlsHub(tmp_path, LIVECHAT_FLOOD_CONTROL="off")
    slow, talker = hub.over_tls("slow"), hub.over_tls("talker")
    lines = 10_000
    for start in range(0, lines, 500):
        talker.send(*[f"PRIVMSG slow :{number} {'x' * 400}" for number in range(start, start + 500)])
    talker.send("PING done")
    talker.until("PONG")
    for number in range(lines):
        assert slow.until(" PRIVMSG slow ").split()[3] == f":{number}"
    assert hub.end() == 0


def test_the_end_of_the_server_is_told_over_tls_within_two_seconds(hub: TlsHub) -> None:
    a = hub.over_tls("a")
    waiting = socket.create_connection(("127.0.0.1", hub.tls_port))
    hub.process.terminate()
    assert b"ERROR :Closing link: The server is shutting down" in a.rest()
    assert hub.process.wait(timeout=2) == 0
    waiting.close()


def test_handshakes_count_as_connections_of_their_address(tmp_path: Path) -> None:
    hub = TlsHub(tmp_path, LIVECHAT_MAX_CONNECTIONS_PER_ADDRESS="2")
    waiting = [socket.create_connection(("127.0.0.1", hub.tls_port), timeout=20) for _ in range(3)]
    assert waiting[2].recv(1) == b"", "closed without a word"
    for sock in waiting:
        sock.close()
    assert hub.end() == 0
