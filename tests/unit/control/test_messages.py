"""The bounds of each message, and that nothing else than a RemoteProtocolError comes of breaking them."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from livechat.control.listener import MAX_ADDRESSES, FileServiceInfo
from livechat.control.messages import Service, decode_from_hub, decode_from_service
from livechat.errors import RemoteProtocolError

GOOD_ENTRY = [b"\1" * 8, "a.txt", 1, 2, b"\2" * 32]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        "page",
        {"type": "page"},
        ["unknown"],
        ["removed"],
        ["removed", b"1234567"],
        ["removed", b"12345678", 1],
        ["removed", "12345678"],
        ["stats", 1, 2, 3, 4, 5],
        ["stats", -1, 2, 3, 4, 5, 6],
        ["stats", 2**64 - 1, 2, 3, 4, 5, 6],
        ["changed", [*GOOD_ENTRY, 1]],
        ["changed", [b"", *GOOD_ENTRY[1:]]],
        ["changed", [GOOD_ENTRY[0], "", *GOOD_ENTRY[2:]]],
        ["changed", [GOOD_ENTRY[0], "x" * 256, *GOOD_ENTRY[2:]]],
        ["page", [GOOD_ENTRY] * 501, True],
        ["page", [], 1],
        ["service", 0, [], []],
        ["service", 65536, [], []],
        ["service", 1, ["x"] * (MAX_ADDRESSES + 1), []],
        ["service", 1, ["x" * 262], []],
        ["ping", 1.5],
        ["revoke", b"12345678"],
    ],
)
def test_a_value_out_of_bounds_is_a_fault_of_the_peer(fields: object) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_from_service(msgspec.msgpack.encode(fields))


def test_invalid_utf8_in_a_name_is_a_fault_of_the_peer() -> None:
    good = msgspec.msgpack.encode(["changed", GOOD_ENTRY])
    with pytest.raises(RemoteProtocolError):
        decode_from_service(good.replace(b"a.txt", b"\xff.txt"))


@given(st.binary(max_size=200))
def test_garbage_is_a_fault_of_the_peer(data: bytes) -> None:
    for decode in (decode_from_hub, decode_from_service):
        try:
            decode(data)
        except RemoteProtocolError:
            pass


@pytest.mark.parametrize("address", ["a b", "a,b", "ä", "x\n", "", "x" * 262])
def test_an_address_that_would_break_a_list_of_candidates_is_refused(address: str) -> None:
    with pytest.raises(RemoteProtocolError):
        FileServiceInfo(1, (address,))


def test_candidates_name_each_address_once_and_advertised_ones_first() -> None:
    info = Service(6969, ("b", "a"), ("a", "c")).info()
    assert info.candidates == ("b", "a", "c")
    assert info.advertise == ("b", "a")
