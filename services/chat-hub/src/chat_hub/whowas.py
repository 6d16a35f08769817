"""Who was here: the last of those who left or changed their nick, bounded; pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from livechat.irc.casemap import fold

from chat_hub.clock import Now
from chat_hub.session import Session


@dataclass(frozen=True, slots=True)
class Departed:
    """Somebody under a nick that they no longer have; `left_at` in Unix seconds."""

    nick: str
    folded: str
    user: str
    host: str
    realname: str
    account: str | None
    address: str
    left_at: int


class Whowas:
    """At most `most` of them; beyond, the oldest is forgotten."""

    def __init__(self, most: int) -> None:
        self._departed: deque[Departed] = deque(maxlen=most)

    def note(self, session: Session, nick: str, now: Now) -> None:
        """`session` has `nick` no longer."""
        self._departed.append(
            Departed(
                nick,
                fold(nick),
                session.user or "*",
                session.host,
                session.realname,
                session.account,
                session.address,
                int(now.unix),
            )
        )

    def of(self, nick: str) -> Iterator[Departed]:
        """Those who had `nick`, the latest first."""
        folded = fold(nick)
        return (departed for departed in reversed(self._departed) if departed.folded == folded)
