"""The code makes and takes the bytes of docs/protocol/transfer-vectors.json."""

import json
from collections.abc import Callable

import pytest
from livechat.ticket import ClientAgreement, Rights, Ticket, TicketSealer, agree_hub, key_id
from livechat.transfer import wire
from livechat.transfer.keys import hello_seal, to_client_seal, to_server_seal
from livechat.transfer.link import Link, parse_link
from livechat.transfer.manifest import ManifestBuilder, decode, root
from livechat.transfer.sealcache import SealCache
from livechat.transfer.sending import Part, Sender
from livechat.transfer.tokens import PathToken, TokenSealer, pack_address

from tests.support import transfer_vectors

V = json.loads(transfer_vectors.VECTORS.read_text())
CONTENT = bytes(i * 7 % 256 for i in range(3000)) * 500
FILE_ID = bytes(range(1, 9))


def raw(*names: str) -> bytes:
    value = V
    for name in names:
        value = value[name]
    return bytes.fromhex(value)


MASTER = raw("master_key")
SESSION = raw("agreement", "session_key")
NONCE, EPOCH = raw("keys", "client_nonce"), raw("keys", "epoch")
REQUEST = V["hello"]["request"]
ROOT = raw("manifest", "root")
OFFER = wire.PathOffer(raw("path_token", "sealed"), 60, 599, 65536, 1200, 5_000_000)


def fixed(*answers: bytes) -> Callable[[int], bytes]:
    source = iter(answers)
    return lambda size: next(a for a in source if len(a) == size)


def a_ticket() -> Ticket:
    t = V["ticket"]
    return Ticket(raw("ticket", "ticket_id"), t["nick"], Rights(t["rights"]), t["rate_cap_bytes_s"],
                  t["expires_at"], SESSION)  # fmt: skip


def a_token() -> PathToken:
    t, p = V["ticket"], V["path_token"]
    return PathToken(
        raw("ticket", "ticket_id"), SESSION, NONCE, EPOCH, pack_address((p["address"], p["port"])),
        p["hello_at"], t["expires_at"], Rights(t["rights"]), t["rate_cap_bytes_s"],
    )  # fmt: skip


def test_the_file_is_what_the_straight_line_code_makes() -> None:
    assert transfer_vectors.make() == V


def test_agreement() -> None:
    client = ClientAgreement(fixed(raw("agreement", "client_private")))
    assert client.public == raw("agreement", "client_public")
    public, key = agree_hub(client.public, fixed(raw("agreement", "hub_private")))
    assert (public, key) == (raw("agreement", "hub_public"), SESSION)
    assert client.session_key(public) == SESSION


def test_ticket() -> None:
    sealer = TicketSealer(MASTER, fixed(raw("ticket", "nonce")))
    assert key_id(MASTER) == raw("key_id")[0]
    assert sealer.seal(a_ticket()) == raw("ticket", "sealed")
    assert sealer.open(raw("ticket", "sealed"), 0) == a_ticket()


def test_path_token() -> None:
    sealer = TokenSealer(MASTER, fixed(raw("path_token", "nonce")))
    assert sealer.seal(a_token()) == raw("path_token", "sealed")
    assert sealer.open(raw("path_token", "sealed")) == a_token()


def test_manifest() -> None:
    builder = ManifestBuilder(V["manifest"]["name"])
    builder.update(CONTENT)
    manifest = builder.finish()
    assert manifest.encode() == raw("manifest", "encoded")
    assert decode(raw("manifest", "encoded")) == manifest
    assert root(manifest.encode()) == ROOT


def test_hello() -> None:
    datagram = raw("hello", "datagram")
    head = wire.pack_hello_head(REQUEST, NONCE, raw("ticket", "sealed"))
    ask = wire.Ask(wire.KIND_MANIFEST, FILE_ID, ROOT[:8], ((0, 1144),), 1160, 1144, 0)
    assert head + hello_seal(SESSION, NONCE).seal(0, ask.pack(1200 - len(head) - 16), head) == datagram
    parsed = wire.unpack_hello_head(datagram)
    assert (parsed.request, parsed.client_nonce, parsed.ticket) == (REQUEST, NONCE, raw("ticket", "sealed"))
    body = hello_seal(SESSION, NONCE).open(0, datagram[parsed.sealed_at :], datagram[: parsed.sealed_at])
    assert wire.unpack_ask(body) == ask


def test_get_and_repair() -> None:
    token = raw("path_token", "sealed")
    ask = wire.Ask(wire.KIND_FILE, FILE_ID, ROOT[:8], ((0, 3464), (100_000, 1144)), 1160, 3464, 1500)
    mend = wire.Mend(wire.KIND_FILE, FILE_ID, ROOT[:8], 0, 3464, EPOCH, V["data"]["counter"], 0b101, 1160, 1600)
    for kind, name, question, unpack in (
        (wire.GET, "get", ask, wire.unpack_ask),
        (wire.REPAIR, "repair", mend, wire.unpack_mend),
    ):
        datagram, number = raw(name, "datagram"), V[name]["request"]
        seal = to_server_seal(SESSION, NONCE, EPOCH)
        head = wire.pack_question_head(kind, number, token)
        assert head + seal.seal(number, question.pack(wire.question_room(token)), head) == datagram
        parsed = wire.unpack_question_head(datagram)
        assert (parsed.request, parsed.token) == (number, token)
        body = seal.open(number, datagram[parsed.sealed_at :], datagram[: parsed.sealed_at])
        assert unpack(body) == question


@pytest.mark.parametrize(
    ("name", "kind", "counter", "body"),
    [
        ("path", wire.PATH, 1, wire.pack_path(OFFER)),
        ("busy", wire.BUSY, 2, wire.pack_busy(250, 1_000_000)),
        ("gone", wire.GONE, 3, wire.pack_gone(FILE_ID, ROOT[:8])),
        ("error_expired", wire.ERROR, 4, bytes((wire.ERROR_EXPIRED,))),
    ],
)  # fmt: skip
def test_answers(name: str, kind: int, counter: int, body: bytes) -> None:
    head = wire.pack_answer_head(kind, REQUEST, NONCE, EPOCH, counter)
    datagram = raw("answers", name)
    assert head + to_client_seal(SESSION, NONCE, EPOCH).seal(counter, body, head) == datagram
    assert wire.unpack_answer_head(datagram) == wire.AnswerHead(kind, REQUEST, NONCE, EPOCH, counter)


def test_data() -> None:
    sender = Sender(EPOCH, SealCache(1 << 20))
    sender._counter = V["data"]["counter"] - 1
    part = Part(wire.KIND_FILE, FILE_ID, ROOT[:8], 0, CONTENT[:3464])
    datagrams = sender.chunk(V["get"]["request"], NONCE, to_client_seal(SESSION, NONCE, EPOCH), part, 1160)
    assert [d.hex() for d in datagrams] == V["data"]["datagrams"]
    assert wire.chunk_aad(wire.KIND_FILE, FILE_ID, ROOT[:8], 0, 3464) == raw("data", "associated_data")


def test_reset() -> None:
    assert wire.pack_reset(wire.RESET_ADDRESS, raw("get", "datagram"), V["get"]["request"]) == raw("reset")


def test_link() -> None:
    link = Link(
        "192.0.2.1", 6969, "0410610410410", ROOT, raw("ticket", "sealed"), SESSION,
        (("files.example", 6969), ("2001:db8::1", 7000)),
    )  # fmt: skip
    assert link.encode() == V["link"]
    assert parse_link(V["link"]) == link
