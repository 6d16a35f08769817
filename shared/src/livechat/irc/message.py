"""One IRC message: bytes of a line to a value and back; pure.

The grammar is that of the Modern IRC Client Protocol ("Message format") with the IRCv3 specification
"Message Tags" above it. What a command means, which parameters it needs and how long a line may be is decided
elsewhere (`lines` knows the lengths).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from livechat.errors import LocalProtocolError, RemoteProtocolError

# command = 1*letter / 3digit                                   (Modern IRC, "Command")
_COMMAND = re.compile(r"[A-Za-z]+|[0-9]{3}")

# %x00, CR and LF stand in no part of a message                 (Modern IRC, "Parameters": nospcrlfcl)
_FORBIDDEN = re.compile(r"[\0\r\n]")

# "Implementations MUST treat tag key names as case-sensitive opaque identifiers and MUST NOT perform any
# validation that would reject the message if an invalid tag key name is used."  (IRCv3 Message Tags, "Format")
# So nothing but what would break the line is refused, and only when we write.
_BREAKS_TAG_KEY = re.compile(r"[\0\r\n ;=]")

_ESCAPES = {";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"}
_UNESCAPES = {":": ";", "s": " ", "\\": "\\", "r": "\r", "n": "\n"}
_TO_ESCAPE = re.compile(r"[; \\\r\n]")
_TO_UNESCAPE = re.compile(r"\\(.?)", re.DOTALL)


_NO_COMMAND_YET = frozenset("@: ")  # how a line begins that has something in front of its command
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


class InvalidUtf8Error(RemoteProtocolError):
    """The line is not UTF-8, and this product speaks nothing else (ISUPPORT UTF8ONLY)."""


class Message(NamedTuple):
    """A message as either side sends it.

    `command` is upper case or three digits; `source` is without its colon; tag values are unescaped and a
    missing value is the empty string, as the specification demands. (A tuple: one is made for every line, and a
    frozen dataclass takes three times as long.)
    """

    command: str
    params: tuple[str, ...] = ()
    source: str | None = None
    tags: Mapping[str, str] = _NO_TAGS

    def encode(self) -> bytes:
        """The line with CR LF; raises LocalProtocolError for anything that would break it."""
        parts: list[str] = []
        if self.tags:
            parts.append("@" + encode_tags(self.tags))
        if self.source is not None:
            parts.append(":" + _one_word(self.source, "source"))
        if _COMMAND.fullmatch(self.command) is None:
            raise LocalProtocolError(f"{self.command!r} is not a command.")
        parts.append(self.command)
        if self.params:
            parts.extend(_middle(param) for param in self.params[:-1])
            parts.append(_last(self.params[-1]))
        try:
            return (" ".join(parts) + "\r\n").encode()
        except UnicodeEncodeError as error:
            raise LocalProtocolError("A message cannot hold half of a surrogate pair.") from error


def parse(line: bytes) -> Message:
    """The message in `line` (without CR LF).

    Raises RemoteProtocolError, as InvalidUtf8Error where the bytes are not UTF-8.
    """
    if b"\0" in line or b"\r" in line or b"\n" in line:  # three scans are faster than one with a pattern
        raise RemoteProtocolError("A line holds a NUL, CR or LF.")
    try:
        rest = line.decode()
    except UnicodeDecodeError as error:
        raise InvalidUtf8Error("A line is not UTF-8.") from error
    tags = _NO_TAGS
    source: str | None = None
    if rest[:1] in _NO_COMMAND_YET:
        if rest.startswith("@"):
            raw, _, rest = rest[1:].partition(" ")
            tags = parse_tags(raw)
        rest = rest.lstrip(" ")
        if rest.startswith(":"):
            source, _, rest = rest[1:].partition(" ")
            rest = rest.lstrip(" ")
    head, colon, trailing = rest.partition(" :")
    command, *params = head.split(" ") if "  " not in head else _words(head)
    if params and not params[-1]:
        params.pop()
    if colon:
        params.append(trailing)
    if _COMMAND.fullmatch(command) is None:
        raise RemoteProtocolError("A line holds no command.")
    return Message(command.upper(), tuple(params), source, tags)


def parse_tags(raw: str) -> dict[str, str]:
    """The tags in `raw` (without "@" and the space after); of a key given twice the last one counts."""
    tags: dict[str, str] = {}
    for item in raw.split(";"):
        key, _, value = item.partition("=")
        if key:
            tags[key] = unescape_value(value) if "\\" in value else value
    return tags


def encode_tags(tags: Mapping[str, str]) -> str:
    """The tags as they stand in a line, without "@"; raises LocalProtocolError for a key that breaks it."""
    items = []
    for key, value in tags.items():
        if not key or _BREAKS_TAG_KEY.search(key) is not None:
            raise LocalProtocolError(f"{key!r} cannot be the key of a tag.")
        if "\0" in value:
            raise LocalProtocolError("The value of a tag cannot hold a NUL.")
        items.append(f"{key}={escape_value(value)}" if value else key)
    return ";".join(items)


def escape_value(value: str) -> str:
    """A tag's value with the escapes of IRCv3 Message Tags, "Escaping values"."""
    return _TO_ESCAPE.sub(lambda match: _ESCAPES[match[0]], value)


def unescape_value(value: str) -> str:
    """The reverse; an unknown escape is its character, a lone backslash at the end is dropped."""
    return _TO_UNESCAPE.sub(lambda match: _UNESCAPES.get(match[1], match[1]), value)


def nick_of(source: str) -> str:
    """The nick (or server name) in a source `nick!user@host`."""
    return source.partition("!")[0].partition("@")[0]


def is_middle(param: str) -> bool:
    """Whether `param` can stand before the last parameter: not empty, no space, no colon in front."""
    return bool(param) and param[0] != ":" and " " not in param


def _words(head: str) -> list[str]:
    return [word for word in head.split(" ") if word] or [""]


def _one_word(text: str, what: str) -> str:
    if not text or " " in text or _FORBIDDEN.search(text) is not None:
        raise LocalProtocolError(f"{text!r} cannot be the {what} of a message.")
    return text


def _middle(param: str) -> str:
    if param.startswith(":"):
        raise LocalProtocolError(f"{param!r} can only be the last parameter.")
    return _one_word(param, "middle parameter")


def _last(param: str) -> str:
    if _FORBIDDEN.search(param) is not None:
        raise LocalProtocolError(f"{param!r} cannot be a parameter.")
    return param if is_middle(param) else ":" + param
