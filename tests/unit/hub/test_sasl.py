"""The SASL mechanisms and their framing: RFC 4616, RFC 5802, RFC 7677, IRCv3 SASL 3.1."""

import base64
import hashlib
import hmac

import pytest
from chat_hub.sasl.external import external
from chat_hub.sasl.framing import CHUNK_BYTES, MAX_MESSAGE_BYTES, Reassembler, chunks
from chat_hub.sasl.plain import plain
from chat_hub.sasl.prepare import UnfitPasswordError, saslprep
from chat_hub.sasl.scram import Scram, Verifier, derive
from chat_hub.sasl.steps import Accepted, Challenge, CheckPassword, Rejected, Step
from hypothesis import given
from hypothesis import strategies as st
from livechat.errors import RemoteProtocolError

# RFC 7677 section 3
USER, PASSWORD = "user", "pencil"
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
CLIENT_FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
SERVER_NONCE = b"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
CLIENT_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

VERIFIER = derive(PASSWORD, SALT, 4096)
NONCE = b"0123456789abcdefgh"
B64_NONCE = base64.b64encode(NONCE).decode()


def scram(found: Verifier = VERIFIER) -> Scram:
    return Scram(lambda _: found, NONCE)


def client_final(server_first: bytes, bare: str, password: str, header: bytes = b"n,,") -> bytes:
    """What an honest client answers to `server_first` (RFC 5802 section 3)."""
    words = dict(word.split("=", 1) for word in server_first.decode().split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(words["s"]), int(words["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    without_proof = f"c={base64.b64encode(header).decode()},r={words['r']}"
    auth = f"{bare},{server_first.decode()},{without_proof}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), auth, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()


def test_the_exchange_of_rfc_7677_comes_out_letter_by_letter() -> None:
    exchange = scram()
    exchange._server_nonce = SERVER_NONCE.decode()  # the vector's nonce is no base64
    assert exchange(CLIENT_FIRST) == Challenge(SERVER_FIRST)
    assert exchange(CLIENT_FINAL) == Challenge(SERVER_FINAL)
    assert exchange(b"") == Accepted(USER)


def test_a_wrong_password_fails_and_counts() -> None:
    exchange = scram()
    first = exchange(b"n,,n=user,r=abc")
    assert isinstance(first, Challenge)
    rejected = exchange(client_final(first.data, "n=user,r=abc", "Pencil"))
    assert isinstance(rejected, Rejected)
    assert (rejected.counts, rejected.name) == (True, "user")


def test_names_are_unescaped_and_an_equal_authzid_is_fine() -> None:
    exchange = scram()
    header = b"y,a=a=2Cb=3D,"
    first = exchange(header + b"n=a=2Cb=3D,r=abc")
    assert isinstance(first, Challenge)
    second = exchange(client_final(first.data, "n=a=2Cb=3D,r=abc", PASSWORD, header))
    assert isinstance(second, Challenge)
    assert exchange(b"") == Accepted("a,b=")


@pytest.mark.parametrize(
    "first",
    [
        b"p=tls-unique,,n=user,r=abc",  # "If the server does not support channel binding, it MUST fail"
        b"n,a=other,n=user,r=abc",
        b"n,,m=ext,n=user,r=abc",  # "m=": "MUST cause authentication failure"
        b"n,,n=us=20er,r=abc",  # "If … an invalid sequence, the server MUST fail the authentication"
        b"n,,n=,r=abc",
        b"n,,n=user,r=",
        b"n,,n=user",
        b"x,,n=user,r=abc",
        b"n,,n=user,r=" + b"a" * 300,
        b"\xff",
        b"",
    ],
)
def test_first_messages_that_cannot_be_accepted_fail(first: bytes) -> None:
    assert isinstance(scram()(first), Rejected)


def test_a_changed_header_nonce_or_proof_fails() -> None:
    for spoil in (
        lambda final: final.replace(b"c=biws", b"c=eSws"),
        lambda final: final.replace(B64_NONCE.encode(), B64_NONCE.encode()[::-1]),
        lambda final: final[:-8] + b"AAAAAAA=",
        lambda final: final.partition(b",p=")[0],
        lambda final: final.partition(b",p=")[0] + b",p=QUJD",
        lambda final: b"",
    ):
        exchange = scram()
        first = exchange(b"n,,n=user,r=abc")
        assert isinstance(first, Challenge)
        assert isinstance(exchange(spoil(client_final(first.data, "n=user,r=abc", PASSWORD))), Rejected)


@given(st.lists(st.binary(max_size=80), max_size=4))
def test_garbage_gives_steps_and_never_a_login(messages: list[bytes]) -> None:
    exchange = scram()
    for message in messages:
        step = exchange(message)
        assert isinstance(step, Challenge | Rejected)
        if isinstance(step, Rejected):
            break


@given(st.text(min_size=1, max_size=20), st.integers(0, 3), st.binary(max_size=6))
def test_a_message_that_was_tampered_with_never_logs_in(password: str, place: int, noise: bytes) -> None:
    exchange = Scram(lambda _: derive("the right one", SALT, 10), NONCE)
    first = exchange(b"n,,n=user,r=abc")
    assert isinstance(first, Challenge)
    final = client_final(first.data, "n=user,r=abc", password)
    cut = len(final) * place // 4
    step = exchange(final[:cut] + noise + final[cut:])
    assert isinstance(step, Rejected)


# -- PLAIN and EXTERNAL --------------------------------------------------------------------------------------


def test_plain_gives_name_and_prepared_password() -> None:
    assert plain(b"\0ann\0secret") == CheckPassword("ann", "secret")
    assert plain(b"ann\0ann\0\xe2\x85\xa8") == CheckPassword("ann", "IX")


@pytest.mark.parametrize(
    "message", [b"", b"\0", b"\0\0", b"\0a\0", b"\0\0p", b"a\0b", b"\0a\0b\0c", b"\xff\0a\0b"]
)
def test_malformed_plain_messages_fail(message: bytes) -> None:
    assert isinstance(plain(message), Rejected)


def test_nobody_acts_as_somebody_else() -> None:
    assert isinstance(plain(b"bob\0ann\0secret"), Rejected)
    exchange = external("fp", lambda _: "Ann", lambda a, b: a.lower() == b.lower())
    assert exchange(b"") == exchange(b"ann") == Accepted("Ann")
    assert isinstance(exchange(b"bob"), Rejected)
    assert isinstance(exchange(b"\xff"), Rejected)


@given(st.binary(max_size=60))
def test_any_bytes_give_a_step(message: bytes) -> None:
    steps: list[Step] = [plain(message), external(None, lambda _: None, lambda *_: True)(message)]
    assert all(isinstance(step, CheckPassword | Rejected) for step in steps)


@pytest.mark.parametrize(
    ("given", "prepared"),  # RFC 4013 section 3
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
    ],
)
def test_the_examples_of_rfc_4013(given: str, prepared: str) -> None:
    assert saslprep(given) == prepared


@pytest.mark.parametrize("given", ["\u0007", "\u06271", "", "\u00ad", "a\u202eb", "\ue000"])
def test_prohibited_passwords_are_refused(given: str) -> None:
    with pytest.raises(UnfitPasswordError):
        saslprep(given)


@given(st.text(max_size=12))
def test_preparing_twice_changes_nothing(text: str) -> None:
    try:
        prepared = saslprep(text)
    except UnfitPasswordError:
        return
    assert saslprep(prepared) == prepared


# -- framing -------------------------------------------------------------------------------------------------


@given(st.binary(max_size=1500))
def test_what_is_cut_into_chunks_comes_together_again(data: bytes) -> None:
    """SASL 3.1: "If the last chunk was exactly 400 bytes long, it must also be followed by AUTHENTICATE +"."""
    parts = chunks(data)
    assert all(len(part) <= CHUNK_BYTES for part in parts)
    assert len(parts[-1]) < CHUNK_BYTES
    reassembler = Reassembler()
    assert [reassembler.feed(part) for part in parts[:-1]] == [None] * (len(parts) - 1)
    assert reassembler.feed(parts[-1]) == data


@pytest.mark.parametrize(("size", "lengths"), [(0, [1]), (297, [396]), (300, [400, 1]), (301, [400, 4])])
def test_the_edges_of_a_chunk(size: int, lengths: list[int]) -> None:
    assert [len(part) for part in chunks(b"x" * size)] == lengths


def test_a_message_over_its_bound_is_refused_and_the_next_starts_anew() -> None:
    reassembler = Reassembler()
    full = "A" * CHUNK_BYTES
    for _ in range(MAX_MESSAGE_BYTES // CHUNK_BYTES):
        assert reassembler.feed(full) is None
    with pytest.raises(RemoteProtocolError):
        reassembler.feed(full)
    assert reassembler.feed("QQ==") == b"A"
    with pytest.raises(RemoteProtocolError):
        reassembler.feed("A" * (CHUNK_BYTES + 1))


@given(st.lists(st.text(max_size=CHUNK_BYTES + 5), max_size=6))
def test_garbage_raises_nothing_but_the_protocols_error(words: list[str]) -> None:
    reassembler = Reassembler()
    for word in words:
        try:
            reassembler.feed(word)
        except RemoteProtocolError:
            continue
