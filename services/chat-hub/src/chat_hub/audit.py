"""The log of who did what: each act of moderation as one entry, bounded; pure.

Everybody can act in a channel of their own, so these acts have a bound of their own: they never push out what
the operators of the server did.

An entry goes to the log of the process at once, to the store through `keep`, and stays here for AUDIT.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, count

from chat_hub import limits
from chat_hub.clock import Now, server_time
from chat_hub.session import Session

OF_CHANNELS = ("KICK", "MODE", "REDACT", "RENAME")  # the actions for which a channel's own operators are enough


@dataclass(frozen=True, slots=True)
class Act:
    """What `actor` (`nick!user@host`, with the account and the address behind it) did to `target`, and when."""

    at_ms: int  # Unix time
    actor: str
    account: str | None
    address: str
    action: str
    target: str
    detail: str

    def sentence(self) -> str:
        """The entry as operators read it."""
        who = f"{self.actor} ({self.account})" if self.account is not None else self.actor
        detail = f" {self.detail}" if self.detail else ""
        return f"{server_time(self.at_ms / 1000)} {who} {self.action} {self.target}{detail}"


class AuditLog:
    """The last `AUDIT_ENTRIES` acts in channels, and as many others; oldest first."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._numbers = count()  # the order over both
        self._in_channels: deque[tuple[int, Act]] = deque(maxlen=limits.AUDIT_ENTRIES)
        self._others: deque[tuple[int, Act]] = deque(maxlen=limits.AUDIT_ENTRIES)
        # Writes an act to the store; without a store the log of the process is all that lasts.
        self.keep: Callable[[Act], None] = lambda _: None

    def note(self, actor: Session, action: str, target: str, detail: str, now: Now) -> None:
        """Note an act."""
        act = Act(int(now.unix * 1000), actor.prefix, actor.account, actor.address, action, target, detail)
        self._add(act)
        self._report(f"{actor.nick} ({actor.address}) {action} {target}: {detail!r}")
        self.keep(act)

    def restore(self, acts: Iterable[Act]) -> None:
        """Take what the store kept, oldest first; what was noted since stays behind it."""
        since = self.latest(limits.AUDIT_ENTRIES)
        self._in_channels.clear()
        self._others.clear()
        for act in chain(acts, since):
            self._add(act)

    def latest(self, most: int) -> list[Act]:
        """The last `most` acts in channels and the last `most` others, together, oldest first."""
        found = [pair for acts in (self._in_channels, self._others) for pair in list(acts)[-most:] if most > 0]
        return [act for _, act in sorted(found, key=lambda pair: pair[0])]

    def _add(self, act: Act) -> None:
        acts = self._in_channels if act.action in OF_CHANNELS else self._others
        acts.append((next(self._numbers), act))
