"""Masks: whom a line of a ban list means, and whether a text fits a pattern; pure.

A mask is `nick!user@host` with `*` for any text and `?` for one character (Modern IRC, "Mask"), folded like the
names that it is compared with. In front of it, or instead of it, stand the extended bans of this server
(ISUPPORT EXTBAN, without a prefix sign):

    m:<mask>       mute: for speaking only, not for coming in
    a:<account>    who is logged in to that account (IRCv3 account-extban); wildcards are fine
    m:a:<account>  both

Matching never goes back: each part between stars is taken at its first place for good, which is enough for
masks, so it costs at most length of the mask times length of the text, whatever a hostile mask looks like.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from livechat.irc.casemap import fold

from chat_hub import limits
from chat_hub.session import Session
from chat_hub.text import mask_pattern

MUTE, ACCOUNT = "m:", "a:"
EXTBANS = "am"

_pattern = lru_cache(maxsize=1024)(mask_pattern)  # only masks with `?` need one; 1,024 of the longest are 3 MB


def glob(pattern: str, text: str) -> bool:
    """Whether `text` fits `pattern`; both folded already."""
    if "?" in pattern:
        return _pattern(pattern).fullmatch(text) is not None
    first, star, rest = pattern.partition("*")
    if not star:
        return first == text
    if not text.startswith(first):
        return False
    *middle, last = rest.split("*")
    start = len(first)
    for part in middle:
        found = text.find(part, start)
        if found < 0:
            return False
        start = found + len(part)
    return len(text) - len(last) >= start and text.endswith(last)


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
