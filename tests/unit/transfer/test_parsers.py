"""Whatever arrives, a parser gives a value or RemoteProtocolError; what was packed comes back."""

import hashlib
import secrets
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from livechat.errors import LocalProtocolError, RemoteProtocolError
from livechat.transfer import manifest as mf
from livechat.transfer import wire
from livechat.transfer.link import Link, parse_link
from livechat.transfer.tokens import TOKEN_BYTES, TokenError, TokenSealer, pack_address

u64 = st.integers(0, 2**64 - 1)
u32 = st.integers(0, 2**32 - 1)
u16 = st.integers(0, 2**16 - 1)
eight = st.binary(min_size=8, max_size=8)
PARSERS: list[Callable[[bytes], object]] = [
    wire.unpack_ask, wire.unpack_mend, wire.unpack_hello_head, wire.unpack_question_head,
    wire.unpack_answer_head,
    wire.unpack_path, wire.unpack_busy, wire.unpack_gone, wire.unpack_error, wire.unpack_reset,
    mf.decode, mf.encoded_bytes, TokenSealer(bytes(32), secrets.token_bytes).open,
]  # fmt: skip
SIZES = st.sampled_from([0, 1, 26, 42, 58, 59, 70, 74, 216, 320, 1199, 1200, 1201])


@pytest.mark.parametrize("parser", PARSERS, ids=lambda p: p.__qualname__)
@given(data=st.binary(max_size=400) | SIZES.flatmap(lambda n: st.binary(min_size=n, max_size=n)))
def test_garbage_never_raises_anything_else(parser: Callable[[bytes], object], data: bytes) -> None:
    try:
        parser(data)
    except RemoteProtocolError:
        pass


asks = st.builds(
    wire.Ask,
    kind=st.integers(0, 2), file_id=eight, version=eight,
    ranges=st.lists(st.tuples(u64, u32), max_size=8).map(tuple),
    slice_bytes=u16, chunk_bytes=u32, since_hello_ms=u32,
)  # fmt: skip
mends = st.builds(
    wire.Mend,
    kind=st.integers(1, 2), file_id=eight, version=eight, offset=u64, length=u32, epoch=eight, counter=u64,
    missing=st.integers(1, 2**64 - 1), slice_bytes=u16, since_hello_ms=u32,
)  # fmt: skip


@given(asks)
def test_an_ask_comes_back_and_fits_beside_the_longest_token(ask: wire.Ask) -> None:
    room = wire.question_room(bytes(wire.MAX_TOKEN_BYTES))
    body = ask.pack(room)
    assert len(body) == room
    assert wire.unpack_ask(body) == ask


@given(mends)
def test_a_mend_comes_back(mend: wire.Mend) -> None:
    assert wire.unpack_mend(mend.pack(wire.question_room(bytes(wire.MAX_TOKEN_BYTES)))) == mend


@given(st.binary(max_size=160), u16, u32, st.integers(1200, 2**32 - 1), u64)
def test_a_path_comes_back(token: bytes, lifetime_s: int, left_s: int, chunk: int, cap: int) -> None:
    offer = wire.PathOffer(token, lifetime_s, left_s, chunk, 1200, cap)
    assert wire.unpack_path(wire.pack_path(offer)) == offer


def test_a_path_with_limits_too_small_to_work_with_is_refused() -> None:
    for chunk, datagram in ((65536, 100), (600, 1200)):
        with pytest.raises(RemoteProtocolError):
            wire.unpack_path(wire.pack_path(wire.PathOffer(b"t", 60, 600, chunk, datagram, 0)))


def test_more_ranges_than_fit_are_our_own_fault() -> None:
    with pytest.raises(LocalProtocolError):
        wire.Ask(1, bytes(8), bytes(8), ((0, 1),) * 9).pack(200)


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    token = bytearray(TOKEN_BYTES)
    token[0] = data.draw(st.integers(0, 255))
    with pytest.raises(TokenError):
        TokenSealer(bytes(32), secrets.token_bytes).open(bytes(token))


def test_an_ipv4_address_is_the_same_in_both_notations() -> None:
    assert pack_address(("192.0.2.1", 5)) == pack_address(("::ffff:192.0.2.1", 5))
    assert pack_address(("192.0.2.1", 5)) != pack_address(("192.0.2.1", 6))
    with pytest.raises(LocalProtocolError):
        pack_address(("files.example", 5))


# -- manifests

names = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\\/"), min_size=1, max_size=60
)


@given(
    st.lists(names.filter(lambda n: n not in {".", ".."}), min_size=1, max_size=2).map("/".join),
    st.binary(max_size=200_000),
    st.integers(1, 70_000),
)
@example("empty", b"", 1)
@example("one piece", bytes(65536), 65536)
@example("one more", bytes(65537), 65536)
def test_a_manifest_comes_back_whatever_the_updates(name: str, data: bytes, step: int) -> None:
    builder = mf.ManifestBuilder(name, piece_bytes=mf.MIN_PIECE_BYTES)
    for i in range(0, len(data), step):
        builder.update(data[i : i + step])
    manifest = builder.finish()
    if len(name.encode()) > mf.MAX_NAME_BYTES:
        with pytest.raises(LocalProtocolError):
            manifest.encode()
        return
    encoded = manifest.encode()
    assert mf.decode(encoded) == manifest
    assert mf.encoded_bytes(encoded[: mf.HEAD_BYTES]) == len(encoded)
    assert manifest.size == len(data)
    assert manifest.sha256 == hashlib.sha256(data).digest()
    spans = [manifest.piece_span(i) for i in range(len(manifest.pieces))]
    assert [hashlib.sha256(data[o : o + n]).digest() for o, n in spans] == list(manifest.pieces)
    assert sum(n for _o, n in spans) == len(data)


@pytest.mark.parametrize(
    "name", ["", "..", "a/../b", "/etc/passwd", "a//b", "a/", "a\\b", "a\nb", "a\x9fb", "x" * 256]
)
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    manifest = mf.Manifest(name, 0, mf.PIECE_BYTES, bytes(32), ())
    with pytest.raises(LocalProtocolError):
        manifest.encode()
    raw = name.encode()
    good = mf.Manifest("n", 0, mf.PIECE_BYTES, bytes(32), ()).encode()
    with pytest.raises(RemoteProtocolError):
        mf.decode(good[:48] + len(raw).to_bytes(2, "big") + raw)


def test_a_manifest_that_claims_to_be_huge_is_refused_before_anything_is_allocated() -> None:
    good = bytearray(mf.Manifest("n", 0, mf.PIECE_BYTES, bytes(32), ()).encode())
    good[8:16] = (2**63).to_bytes(8, "big")
    with pytest.raises(RemoteProtocolError):
        mf.encoded_bytes(bytes(good))


@given(st.data())
def test_a_changed_manifest_has_another_root_or_is_refused(data: st.DataObject) -> None:
    encoded = mf.Manifest("a/b", 70_000, 65536, bytes(32), (bytes(32), bytes(32))).encode()
    at = data.draw(st.integers(0, len(encoded) - 1))
    changed = bytearray(encoded)
    changed[at] ^= data.draw(st.integers(1, 255))
    assert mf.root(bytes(changed)) != mf.root(encoded)
    try:
        mf.decode(bytes(changed))
    except RemoteProtocolError:
        pass


# -- links

A_LINK = Link("192.0.2.1", 6969, "0123456789abc", bytes(32), bytes(180), bytes(32))


@given(
    st.sampled_from(["192.0.2.1", "::1", "files.example", "fe80::1%eth0"]),
    st.integers(1, 65535),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=1, max_size=216),
    st.lists(st.tuples(st.sampled_from(["10.0.0.1", "2001:db8::1"]), st.integers(1, 65535)), max_size=4),
)
def test_a_link_comes_back(
    host: str, port: int, root: bytes, ticket: bytes, more: list[tuple[str, int]]
) -> None:
    link = Link(host, port, "0123456789abc", root, ticket, bytes(32), tuple(more))
    assert parse_link(link.encode()) == link
    assert parse_link(f"  {link.encode()}&x=later\n") == link


@given(st.text(max_size=60) | st.text(max_size=60).map(lambda t: A_LINK.encode() + t))
def test_any_text_is_a_link_or_refused(text: str) -> None:
    try:
        parse_link(text)
    except RemoteProtocolError:
        pass


@given(st.integers(0, len(A_LINK.encode()) - 1), st.characters())
def test_a_link_with_one_other_character_is_a_link_or_refused(at: int, character: str) -> None:
    text = A_LINK.encode()
    try:
        parse_link(text[:at] + character + text[at + 1 :])
    except RemoteProtocolError:
        pass


@pytest.mark.parametrize(
    "link",
    [
        Link("a b", 1, "0123456789abc", bytes(32), b"t", bytes(32)),
        Link("h", 0, "0123456789abc", bytes(32), b"t", bytes(32)),
        Link("h", 1, "0123456789ABC", bytes(32), b"t", bytes(32)),
        Link("h", 1, "0123456789abc", bytes(31), b"t", bytes(32)),
        Link("h", 1, "0123456789abc", bytes(32), b"", bytes(32)),
    ],
)
def test_a_link_that_cannot_be_read_again_is_not_written(link: Link) -> None:
    with pytest.raises(LocalProtocolError):
        link.encode()
