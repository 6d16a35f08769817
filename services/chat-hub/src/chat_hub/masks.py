"""Masks: whom a line of a ban list means, and whether a text fits a pattern; pure.

A mask is `nick!user@host` with `*` for any text and `?` for one character (Modern IRC, "Mask"), folded like the
names that it is compared with. In front of it, or instead of it, stand the extended bans of this server
(ISUPPORT EXTBAN, without a prefix sign):

    m:<mask>       mute: for speaking only, not for coming in
    a:<account>    who is logged in to that account (IRCv3 account-extban); wildcards are fine
    m:a:<account>  both

Matching never goes back: each part between stars is taken at its first place for good, which is enough for
masks, and a part with `?` is looked for with one bit for each of its characters (Shift-And, Baeza-Yates and
Gonnet 1992). So the cost is linear in mask and text, however hostile a mask is, and nothing is compiled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from livechat.irc.casemap import fold

from chat_hub import limits
from chat_hub.session import Session

MUTE, ACCOUNT = "m:", "a:"
EXTBANS = "am"


def glob(pattern: str, text: str) -> bool:
    """Whether `text` fits `pattern`; both folded already."""
    first, star, rest = pattern.partition("*")
    if not star:
        return _fits(first, text)
    if not _fits(first, text[: len(first)]):
        return False
    *middle, last = rest.split("*")
    start = len(first)
    for part in middle:
        found = _find(part, text, start)
        if found < 0:
            return False
        start = found + len(part)
    return len(text) - len(last) >= start and _fits(last, text[len(text) - len(last) :])


def _fits(part: str, text: str) -> bool:
    """Whether `part`, which has no star, is `text`."""
    if "?" not in part:
        return part == text
    return len(part) == len(text) and all(map(_same, part, text))


def _same(wanted: str, char: str) -> bool:
    return wanted in {"?", char}


@lru_cache(maxsize=256)  # one WHO looks for the same parts in everybody; 256 of the longest are 2.5 MB
def _bits(part: str) -> tuple[int, dict[str, int]]:
    """Where in `part` any character may stand, and where each one that it names."""
    anything, of_char = 0, dict[str, int]()
    for index, char in enumerate(part):
        if char == "?":
            anything |= 1 << index
        else:
            of_char[char] = of_char.get(char, 0) | 1 << index
    return anything, of_char


def _find(part: str, text: str, start: int) -> int:
    """The first place of `part` in `text` at or after `start`, -1 for none."""
    if "?" not in part:
        return text.find(part, start)
    anything, of_char = _bits(part)
    state, whole = 0, 1 << len(part) - 1  # bit i: the last i + 1 characters fit the first i + 1 of the part
    for index in range(start, len(text)):
        state = (state << 1 | 1) & (of_char.get(text[index], 0) | anything)
        if state & whole:
            return index - len(part) + 1
    return -1


@dataclass(frozen=True, slots=True)
class Subject:
    """What masks are compared with: `texts` are forms of `nick!user@host`, folded; any of them may match."""

    texts: tuple[str, ...]
    account: str | None


def subject_of(session: Session) -> Subject:
    """`session` as others see it, under the host that is shown and under its cloak."""
    return _subject(session, dict.fromkeys([session.prefix, _with_host(session, session.cloak)]))


def real_subject_of(session: Session) -> Subject:
    """`session` for the eyes of the server's operators: under its real address as well."""
    others = (_with_host(session, host) for host in (session.cloak, session.address))
    return _subject(session, [session.prefix, *others])


def _subject(session: Session, texts: Iterable[str]) -> Subject:
    account = session.account
    return Subject(tuple(fold(text) for text in texts), fold(account) if account is not None else None)


def _with_host(session: Session, host: str) -> str:
    return f"{session.nick or '*'}!{session.user or '*'}@{host}"


@dataclass(frozen=True, slots=True)
class Mask:
    """One mask as it is listed (`text`) and compared: `pattern` is folded; `mutes` and `of_account` say how."""

    text: str
    pattern: str
    mutes: bool = False
    of_account: bool = False

    def matches(self, subject: Subject) -> bool:
        """Whether `subject` is meant."""
        if self.of_account:
            return subject.account is not None and glob(self.pattern, subject.account)
        return any(glob(self.pattern, text) for text in subject.texts)


def parse_mask(given: str) -> Mask | None:
    """The mask that `given` means, completed; None when it is empty, too long or cannot stand in a list."""
    rest = given
    mutes = rest.startswith(MUTE)
    if mutes:
        rest = rest.removeprefix(MUTE)
    of_account = rest.startswith(ACCOUNT)
    if of_account:
        rest = rest.removeprefix(ACCOUNT)
    if not rest or rest[0] == ":" or " " in rest or "," in rest:
        return None
    full = rest if of_account else complete(rest)
    text = MUTE * mutes + ACCOUNT * of_account + full
    if len(text.encode()) > limits.MASK_BYTES:
        return None
    return Mask(text, fold(_without_runs(full)), mutes, of_account)


def complete(mask: str) -> str:
    """`mask` as `nick!user@host`: what is left out is `*`, and a word with a dot or colon in it is a host."""
    nick, bang, rest = mask.partition("!")
    if not bang:
        if "@" in mask:
            nick, rest = "*", mask
        elif "." in mask or ":" in mask:
            nick, rest = "*", f"*@{mask}"
        else:
            rest = "*"
    user, _, host = rest.partition("@")
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def _without_runs(mask: str) -> str:
    """`mask` with one star for several in a row: the same meaning."""
    while "**" in mask:
        mask = mask.replace("**", "*")
    return mask
