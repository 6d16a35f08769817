"""The lists of a channel (`b` bans, `e` exceptions, `I` invite exceptions) and what they say of somebody; pure.

The lists are bounded together (ISUPPORT MAXLIST=Ibe:…). What somebody is told is decided elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chat_hub import limits
from chat_hub.masks import Mask, Subject, parse_mask, subject_of
from chat_hub.session import Session


@dataclass(frozen=True, slots=True)
class Entry:
    """A mask, who set it (nick) and when (Unix seconds)."""

    mask: Mask
    setter: str
    set_at: int


class MaskLists:
    """The lists of one channel, by letter; each mask is in a list once."""

    __slots__ = ("_lists", "_verdicts")

    def __init__(self) -> None:
        self._lists: dict[str, dict[tuple[bool, bool, str], Entry]] = {}
        # What was found for somebody, good as long as their prefix and account are the same objects.
        self._verdicts: dict[Session, tuple[str, str | None, bool]] = {}

    def __len__(self) -> int:
        """The masks of all lists together."""
        return sum(map(len, self._lists.values()))

    def add(self, letter: str, entry: Entry) -> bool:
        """Add `entry`; False when its mask is there already. The caller looks at the bound before."""
        entries = self._lists.setdefault(letter, {})
        if _key(entry.mask) in entries:
            return False
        entries[_key(entry.mask)] = entry
        self._verdicts.clear()
        return True

    def remove(self, letter: str, mask: Mask) -> Mask | None:
        """Remove the mask that means the same as `mask`; what was listed, None when nothing was."""
        gone = self._lists.get(letter, {}).pop(_key(mask), None)
        if gone is None:
            return None
        self._verdicts.clear()
        return gone.mask

    def entries(self, letter: str) -> Sequence[Entry]:
        """The list `letter`, oldest first."""
        return tuple(self._lists.get(letter, {}).values())

    def bans(self, session: Session) -> bool:
        """Whether `session` may not come in."""
        subject = subject_of(session)
        return self._found("b", subject, muting=False) and not self._found("e", subject, muting=False)

    def silences(self, session: Session) -> bool:
        """Whether `session` may not speak: banned or muted; the answer is kept until something changes."""
        verdict = self._verdicts.get(session)
        if verdict is not None and verdict[0] is session.prefix and verdict[1] is session.account:
            return verdict[2]
        subject = subject_of(session)
        silenced = self._found("b", subject, muting=True) and not self._found("e", subject, muting=True)
        if len(self._verdicts) >= limits.VERDICTS_PER_CHANNEL:
            self._verdicts.clear()
        self._verdicts[session] = (session.prefix, session.account, silenced)
        return silenced

    def lets_in(self, session: Session) -> bool:
        """Whether `session` needs no invitation."""
        return self._found("I", subject_of(session), muting=False)

    def forget(self, session: Session) -> None:
        """Keep nothing of somebody who is gone."""
        self._verdicts.pop(session, None)

    def _found(self, letter: str, subject: Subject, *, muting: bool) -> bool:
        entries = self._lists.get(letter)
        if not entries:
            return False
        return any(entry.mask.matches(subject) for entry in entries.values() if muting or not entry.mask.mutes)


def _key(mask: Mask) -> tuple[bool, bool, str]:
    return mask.mutes, mask.of_account, mask.pattern


def entry(given: str, setter: str, set_at: int) -> Entry | None:
    """An entry for what was typed; None when it is no mask."""
    mask = parse_mask(given)
    return Entry(mask, setter, set_at) if mask is not None else None
