"""What a nick and a channel name may hold; pure.

Nicks follow the IdentifierClass of PRECIS (RFC 8264 section 4.2: letters, digits and marks of any script) with
the few ASCII signs that IRC nicks have always had; channels may hold anything that can be seen. Each check
gives a sentence for the person who chose the name, or None. Names are compared through `casemap.fold`.
"""

import unicodedata

from livechat.irc.casemap import fold, ordinary_width

MAX_NICK_CHARS = 32
MAX_CHANNEL_CHARS = 64
# In UTF-8, so that every line that carries names and a text stays within 512 bytes.
MAX_NICK_BYTES = 64
MAX_CHANNEL_BYTES = 96
CHANNEL_PREFIX = "#"
NICK_SIGNS = "-_[]{}\\|^`'"

# RFC 8264 section 9.1, LetterDigits.
_LETTER_DIGITS = frozenset({"Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc"})
_MARKS = frozenset({"Mn", "Mc", "Me"})
# Letters of these scripts look alike: a nick keeps to one of them (UTS 39 section 5.2, in its simplest form).
_ALIKE_SCRIPTS = frozenset({"LATIN", "GREEK", "COPTIC", "CYRILLIC", "ARMENIAN", "CHEROKEE"})


def nick_fault(nick: str) -> str | None:
    """Why `nick` cannot be a nick, as a sentence; None when it can."""
    if (fault := _length_fault(nick)) is not None:
        return fault
    for char in nick + fold(nick):
        if not _fits_nick(char):
            return f"A name cannot hold {_shown(char)}: letters, digits and {NICK_SIGNS} can be used."
    if unicodedata.category(nick[0]) in _MARKS:
        return "A name cannot start with a combining mark."
    scripts = sorted({script for char in nick if (script := _script(char)) in _ALIKE_SCRIPTS})
    if len(scripts) > 1:
        return f"A name cannot mix letters that look alike: here {' and '.join(s.title() for s in scripts)}."
    return None


def channel_fault(name: str) -> str | None:
    """Why `name` cannot be a channel, as a sentence; None when it can."""
    if not name.startswith(CHANNEL_PREFIX):
        return f"A channel's name starts with {CHANNEL_PREFIX}."
    if len(name) == 1:
        return f"A channel's name needs a character after {CHANNEL_PREFIX}."
    if len(name) > MAX_CHANNEL_CHARS or len(name.encode(errors="replace")) > MAX_CHANNEL_BYTES:
        return f"A channel's name has at most {MAX_CHANNEL_CHARS} characters and {MAX_CHANNEL_BYTES} bytes."
    for char in name:
        if not _fits_channel(char):
            return f"A channel's name cannot hold {_shown(char)}."
    if unicodedata.category(name[1]) in _MARKS:
        return "A channel's name cannot start with a combining mark."
    return None


def is_channel(name: str) -> bool:
    """Whether `name` is meant as a channel (which says nothing of its being a good one)."""
    return name.startswith(CHANNEL_PREFIX)


def _length_fault(nick: str) -> str | None:
    if not nick:
        return "A name needs at least one character."
    if len(nick) > MAX_NICK_CHARS:
        return f"A name has at most {MAX_NICK_CHARS} characters."
    if len(nick.encode(errors="replace")) > MAX_NICK_BYTES:
        return f"A name has at most {MAX_NICK_BYTES} bytes in UTF-8: this one has too many characters."
    return None


def _fits_nick(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in NICK_SIGNS
    if unicodedata.category(char) not in _LETTER_DIGITS:
        return False
    plain = ordinary_width(char)
    # RFC 8264 section 9.17, HasCompat: a character that only looks like others is out.
    return unicodedata.normalize("NFKC", plain) == unicodedata.normalize("NFC", plain)


def _fits_channel(char: str) -> bool:
    # C: controls, formats (bidi overrides are among them), surrogates, private and unassigned; Z: spaces.
    return char != "," and unicodedata.category(char)[0] not in "CZ"


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""


def _shown(char: str) -> str:
    code = f"U+{ord(char):04X}"
    return f"{char} ({code})" if char.isprintable() and not char.isspace() else code
