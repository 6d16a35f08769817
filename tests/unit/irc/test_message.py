"""The codec: Modern IRC "Message format" and IRCv3 "Message Tags"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livechat.errors import LocalProtocolError, RemoteProtocolError
from livechat.irc.message import InvalidUtf8Error, Message, escape_value, nick_of, parse, unescape_value

TEXT = st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]))
WORD = TEXT.map(lambda text: text.replace(" ", "")).filter(lambda text: text and not text.startswith(":"))
KEY = WORD.map(lambda text: text.replace("=", "").replace(";", "")).filter(bool)
VALUE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
COMMAND = st.from_regex(r"[A-Z]+|[0-9]{3}", fullmatch=True)
MESSAGE = st.builds(
    Message,
    command=COMMAND,
    params=st.tuples(st.lists(WORD, max_size=5), st.lists(TEXT, max_size=1)).map(
        lambda parts: tuple(parts[0] + parts[1])
    ),
    source=st.none() | WORD,
    tags=st.dictionaries(KEY, VALUE, max_size=4),
)


@given(MESSAGE)
def test_what_is_written_is_read_back(message: Message) -> None:
    line = message.encode()
    assert line.endswith(b"\r\n")
    assert parse(line[:-2]) == message


@given(st.binary(max_size=200))
def test_garbage_gives_a_message_or_a_remote_protocol_error(line: bytes) -> None:
    try:
        message = parse(line)
    except RemoteProtocolError:
        return
    assert message.command


@given(st.text(alphabet="@:; =+ab\\é", max_size=40))
def test_lines_close_to_real_ones_never_break_the_parser(line: str) -> None:
    try:
        message = parse(line.encode())
    except RemoteProtocolError:
        return
    assert parse(message.encode()[:-2]) == message


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"PING", Message("PING")),
        (b"ping  a", Message("PING", ("a",))),
        (b":a!b@c PRIVMSG #x :hello  there", Message("PRIVMSG", ("#x", "hello  there"), "a!b@c")),
        (b"PRIVMSG #x ::)", Message("PRIVMSG", ("#x", ":)"))),
        (b"PRIVMSG #x :", Message("PRIVMSG", ("#x", ""))),
        (b"USER a 0 *  :b c", Message("USER", ("a", "0", "*", "b c"))),
        (b"NICK a ", Message("NICK", ("a",))),
        (b"@a=1;b;c= X", Message("X", tags={"a": "1", "b": "", "c": ""})),
        (b"@a=1;a=2 X", Message("X", tags={"a": "2"})),
    ],
)
def test_lines_as_they_come(line: bytes, expected: Message) -> None:
    assert parse(line) == expected


@pytest.mark.parametrize(
    ("escaped", "value"),
    [(r"\:", ";"), (r"\s", " "), (r"\\", "\\"), (r"\r", "\r"), (r"\n", "\n"), (r"\b", "b"), ("a\\", "a")],
)
def test_escapes_are_those_of_the_table(escaped: str, value: str) -> None:
    assert unescape_value(escaped) == value


@given(VALUE)
def test_escaping_a_value_can_be_undone(value: str) -> None:
    escaped = escape_value(value)
    assert not set(escaped) & set("; \r\n")
    assert unescape_value(escaped) == value


def test_a_line_that_is_not_utf8_is_told_from_other_faults() -> None:
    with pytest.raises(InvalidUtf8Error):
        parse(b"PRIVMSG #x :\xff")


@pytest.mark.parametrize("line", [b"", b" ", b":only", b"@tag", b"12 x", b"P1NG", b"A\0B", b"A\rB"])
def test_a_line_without_a_command_is_refused(line: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse(line)


@pytest.mark.parametrize(
    "message",
    [
        Message("PRIVMSG", ("a b", "c")),
        Message("PRIVMSG", ("", "c")),
        Message("PRIVMSG", (":a", "c")),
        Message("PRIVMSG", ("a", "x\r\nQUIT")),
        Message("PRIV MSG"),
        Message("PING", source="a b"),
        Message("PING", tags={"a b": "c"}),
        Message("PING", tags={"a": "\0"}),
        Message("PING", ("\ud800",)),
    ],
)
def test_nothing_that_breaks_a_line_is_written(message: Message) -> None:
    with pytest.raises(LocalProtocolError):
        message.encode()


def test_the_nick_of_a_source() -> None:
    assert [nick_of(source) for source in ("a!b@c", "a@c", "a", "irc.example")] == [
        "a",
        "a",
        "a",
        "irc.example",
    ]
