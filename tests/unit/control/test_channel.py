"""The control channel's two ends over a string of bytes, and what each makes of a hostile one."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livechat.catalogue import FileEntry
from livechat.control.channel import ControlChannel, Established, Event, HandshakeData
from livechat.control.frames import MAX_FRAME_BYTES, frame
from livechat.control.handshake import Role, VersionMismatchError, WrongKeyError
from livechat.control.messages import (
    Changed,
    ControlMessage,
    Entry,
    Ping,
    Pong,
    Removed,
    Revoke,
    Service,
    SnapshotPage,
    Stats,
    pages,
)
from livechat.errors import LocalProtocolError, RemoteProtocolError

KEY = bytes(range(32))
DOCUMENT = Path(__file__).parents[3] / "docs/protocol/control.md"


def hub(key: bytes = KEY) -> ControlChannel:
    return ControlChannel(Role.HUB, key, lambda n: b"\x11" * n)


def service(key: bytes = KEY) -> ControlChannel:
    return ControlChannel(Role.SERVICE, key, lambda n: b"\x22" * n)


def reply_to(events: list[Event]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, HandshakeData))


def connected() -> tuple[ControlChannel, ControlChannel]:
    ours, theirs = hub(), service()
    proof = reply_to(ours.receive_data(reply_to(theirs.receive_data(ours.greeting()))))
    assert theirs.receive_data(proof) == [Established()]
    assert ours.established
    return ours, theirs


ENTRY = Entry.of(FileEntry.of("notes.txt", 12, 1_700_000_000_000, b"\x33" * 32))
FROM_SERVICE: tuple[ControlMessage, ...] = (
    Service(6969, ("files.example:6969",), ("172.18.0.3",)),
    SnapshotPage((ENTRY,), last=True),
    Changed(ENTRY),
    Removed(ENTRY.file_id),
    Stats(1, 2, 3, 4, 5, 6),
    Ping(7),
    Pong(8),
)
FROM_HUB: tuple[ControlMessage, ...] = (Revoke(b"\x44" * 8), Ping(1), Pong(2))


def test_every_message_arrives_as_it_was_sent_in_both_directions() -> None:
    ours, theirs = connected()
    for message in FROM_SERVICE:
        assert ours.receive_data(theirs.send(message)) == [message]
    for message in FROM_HUB:
        assert theirs.receive_data(ours.send(message)) == [message]


@given(st.lists(st.integers(1, 40)))
def test_cutting_the_stream_anywhere_changes_nothing(cuts: list[int]) -> None:
    ours, theirs = connected()
    stream = b"".join(theirs.send(message) for message in FROM_SERVICE)
    heard: list[Event] = []
    for size in [*cuts, len(stream)]:
        part, stream = stream[:size], stream[size:]
        heard += ours.receive_data(part)
    assert heard == list(FROM_SERVICE)


def test_the_handshake_byte_by_byte_with_a_message_right_behind_it() -> None:
    ours, theirs = hub(), service()
    to_hub, to_service = b"", ours.greeting()
    heard: list[Event] = []
    for _ in range(2000):
        byte, to_service = to_service[:1], to_service[1:]
        heard_now = theirs.receive_data(byte)
        heard += heard_now
        byte, to_hub = to_hub[:1], to_hub[1:] + reply_to(heard_now)
        answer = reply_to(ours.receive_data(byte))
        to_service += answer + (ours.send(Ping(9)) if answer else b"")
    assert heard[1:] == [Established(), Ping(9)]


def test_the_worked_example_of_the_document_is_what_the_code_sends() -> None:
    example = DOCUMENT.read_text().partition("## 8.")[2].partition("## 9.")[0]
    written = {bytes.fromhex(h) for h in re.findall(r"\b[0-9a-f]{14,}\b", example)}
    ours, theirs = hub(), service()
    hello = ours.greeting()
    reply = reply_to(theirs.receive_data(hello))
    proof = reply_to(ours.receive_data(reply))
    theirs.receive_data(proof)
    sent = {hello, reply, proof}
    sent |= {theirs.send(message) for message in FROM_SERVICE[:2]}
    sent |= {ours.send(message) for message in FROM_HUB[:2]}
    assert sent <= written


def test_a_service_with_another_key_is_refused_by_the_hub() -> None:
    ours, theirs = hub(), service(b"\x99" * 32)
    with pytest.raises(WrongKeyError, match="same key file"):
        ours.receive_data(reply_to(theirs.receive_data(ours.greeting())))
    assert not ours.established


def test_a_hub_that_does_not_hold_the_key_is_refused_by_the_service() -> None:
    theirs = service()
    theirs.receive_data(hub().greeting())
    with pytest.raises(WrongKeyError):
        theirs.receive_data(frame(b"\0" * 32))


def test_a_reflected_proof_proves_nothing() -> None:
    theirs = service()
    reply = reply_to(theirs.receive_data(hub().greeting()))
    with pytest.raises(WrongKeyError):
        theirs.receive_data(frame(reply[-32:]))


def test_a_recorded_conversation_played_to_a_new_service_proves_nothing() -> None:
    ours, theirs = hub(), service()
    hello = ours.greeting()
    proof = reply_to(ours.receive_data(reply_to(theirs.receive_data(hello))))
    later = ControlChannel(Role.SERVICE, KEY, lambda n: b"\x23" * n)
    later.receive_data(hello)
    with pytest.raises(WrongKeyError):
        later.receive_data(proof)


def test_another_version_is_named_as_such() -> None:
    hello = bytearray(hub().greeting())
    hello[4 + 16] = 2
    with pytest.raises(VersionMismatchError, match="version 2"):
        service().receive_data(bytes(hello))


@pytest.mark.parametrize("change", ["flip", "repeat", "swap", "leave out", "send back"])
def test_a_frame_that_was_tampered_with_ends_the_channel_for_good(change: str) -> None:
    ours, theirs = connected()
    first, second = theirs.send(Ping(1)), theirs.send(Ping(2))
    stream = {
        "flip": first[:-1] + bytes([first[-1] ^ 1]),
        "repeat": first + first,
        "swap": second + first,
        "leave out": second,
        "send back": ours.send(Ping(1)),
    }[change]
    with pytest.raises(RemoteProtocolError, match="not what the peer sealed next"):
        ours.receive_data(stream)
    assert not ours.established
    with pytest.raises(LocalProtocolError):
        ours.receive_data(second)
    with pytest.raises(LocalProtocolError):
        ours.send(Ping(3))


@pytest.mark.parametrize("length", [0, 129, MAX_FRAME_BYTES, 2**32 - 1])
def test_a_stranger_cannot_announce_a_frame_longer_than_the_handshake_needs(length: int) -> None:
    with pytest.raises(RemoteProtocolError, match=str(length)):
        service().receive_data(length.to_bytes(4, "big"))


@pytest.mark.parametrize("length", [0, MAX_FRAME_BYTES + 1])
def test_an_oversize_or_empty_frame_ends_an_open_channel_at_its_length(length: int) -> None:
    ours, _ = connected()
    with pytest.raises(RemoteProtocolError, match=str(length)):
        ours.receive_data(length.to_bytes(4, "big"))


@given(st.binary(max_size=300))
def test_garbage_raises_only_remote_protocol_errors(data: bytes) -> None:
    for channel in (hub(), service(), *connected()):
        try:
            channel.receive_data(data)
        except RemoteProtocolError:
            assert not channel.established


@given(st.binary(min_size=1, max_size=128))
def test_garbage_in_whole_frames_never_establishes_a_channel(body: bytes) -> None:
    for channel in (hub(), service()):
        try:
            channel.receive_data(frame(body))
        except RemoteProtocolError:
            pass
        assert not channel.established


def test_nothing_can_be_said_before_the_peer_has_proved_the_key() -> None:
    with pytest.raises(LocalProtocolError):
        hub().send(Ping(1))


def test_each_side_refuses_what_only_itself_may_say() -> None:
    ours, theirs = connected()
    with pytest.raises(RemoteProtocolError):
        theirs.receive_data(ours.send(Removed(b"\0" * 8)))
    ours, theirs = connected()
    with pytest.raises(RemoteProtocolError):
        ours.receive_data(theirs.send(Revoke(b"\0" * 8)))


def test_the_longest_page_fits_a_frame() -> None:
    ours, theirs = connected()
    longest = [FileEntry(bytes(8), "ä" * 127 + "x", 2**63 - 1, 2**53 - 1, bytes(32))] * 1001
    sent = pages(longest)
    assert [len(page.entries) for page in sent] == [500, 500, 1]
    assert [page.last for page in sent] == [False, False, True]
    for page in sent:
        assert ours.receive_data(theirs.send(page)) == [page]


def test_an_empty_snapshot_is_one_empty_last_page() -> None:
    assert pages([]) == [SnapshotPage((), last=True)]
