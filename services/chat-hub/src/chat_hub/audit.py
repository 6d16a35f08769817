"""The log of who did what: each act of moderation as one entry, bounded; pure.

An entry goes to the log of the process at once, to the store through `keep`, and stays here for AUDIT.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chat_hub import limits
from chat_hub.clock import Now, server_time
from chat_hub.session import Session


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
    """The last `AUDIT_ENTRIES` acts, oldest first."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._acts: deque[Act] = deque(maxlen=limits.AUDIT_ENTRIES)
        # Writes an act to the store; without a store the log of the process is all that lasts.
        self.keep: Callable[[Act], None] = lambda _: None

    def note(self, actor: Session, action: str, target: str, detail: str, now: Now) -> None:
        """Note an act."""
        act = Act(int(now.unix * 1000), actor.prefix, actor.account, actor.address, action, target, detail)
        self._acts.append(act)
        self._report(f"{actor.nick} ({actor.address}) {action} {target}: {detail!r}")
        self.keep(act)

    def restore(self, acts: Iterable[Act]) -> None:
        """Take what the store kept, oldest first; what was noted since stays behind it."""
        since = list(self._acts)
        self._acts.clear()
        self._acts.extend([*acts, *since])

    def latest(self, count: int) -> list[Act]:
        """The last `count` acts, oldest first."""
        return list(self._acts)[-count:] if count > 0 else []
