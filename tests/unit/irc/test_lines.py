"""Streams to lines, whole or byte by byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livechat.irc.lines import LineBuffer, LineTooLongError

LINE, TAGS = 20, 30


def read_all(buffer: LineBuffer) -> list[bytes | str]:
    got: list[bytes | str] = []
    while buffer.has_line:
        try:
            line = buffer.next_line()
        except LineTooLongError:
            got.append("too long")
        else:
            assert line is not None
            got.append(line)
    assert buffer.next_line() is None
    return got


def fed(*parts: bytes) -> list[bytes | str]:
    buffer = LineBuffer(LINE, TAGS)
    got: list[bytes | str] = []
    for part in parts:
        buffer.feed(part)
        got += read_all(buffer)
    return got


STREAM = st.lists(
    st.sampled_from(
        [b"\r\n", b"\n", b"\r", b"@", b" ", b"a", b"b" * 17, b"c" * 18, b"d" * 19, b"t" * 29, b"e" * 60]
    )
).map(b"".join)


@given(STREAM, st.data())
def test_whole_byte_by_byte_or_in_parts_gives_the_same_lines(stream: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(stream)))
    whole = fed(stream)
    assert fed(*(stream[i : i + 1] for i in range(len(stream)))) == whole
    assert fed(stream[:cut], stream[cut:]) == whole


@given(STREAM)
def test_reading_late_gives_the_same_lines(stream: bytes) -> None:
    buffer = LineBuffer(LINE, TAGS)
    for i in range(len(stream)):
        buffer.feed(stream[i : i + 1])
    assert read_all(buffer) == fed(stream)


@given(STREAM)
def test_no_line_goes_over_the_limits(stream: bytes) -> None:
    for line in fed(stream):
        if isinstance(line, bytes):
            tags, space, body = line.partition(b" ") if line.startswith(b"@") else (b"", b"", line)
            assert len(tags + space) <= TAGS
            assert len(body) <= LINE - 2


@given(st.binary(max_size=4000))
def test_an_endless_line_is_never_buffered(stream: bytes) -> None:
    buffer = LineBuffer(LINE, TAGS)
    for i in range(0, len(stream), 7):
        buffer.feed(stream[i : i + 7].replace(b"\n", b"x"))
        assert buffer.buffered_bytes <= LINE + TAGS


def test_trailing_data_waits_for_its_end() -> None:
    assert fed(b"one\r\ntw", b"o\r\n", b"three") == [b"one", b"two"]


def test_a_line_at_the_limit_passes_and_one_more_byte_does_not() -> None:
    body = b"x" * (LINE - 2)
    assert fed(body + b"\r\n", body + b"y\r\n", b"z\r\n") == [body, "too long", b"z"]


def test_tags_have_a_limit_of_their_own() -> None:
    tags, body = b"@" + b"t" * (TAGS - 2) + b" ", b"x" * (LINE - 2)
    assert fed(tags + body + b"\r\n") == [tags + body]
    assert fed(b"@t" + tags[1:] + body + b"\r\n", tags + body + b"y\r\n") == ["too long", "too long"]


def test_a_long_line_is_reported_in_its_place_before_it_has_ended() -> None:
    buffer = LineBuffer(LINE, TAGS)
    buffer.feed(b"a\r\n" + b"x" * 1000)
    assert buffer.next_line() == b"a"
    with pytest.raises(LineTooLongError):
        buffer.next_line()
    buffer.feed(b"still the same line\r\nb\r\n")
    assert read_all(buffer) == [b"b"]
    assert buffer.buffered_bytes == 0
