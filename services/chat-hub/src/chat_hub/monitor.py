"""Who watches which nicks (IRCv3 Monitor), both ways round; pure. What is told is `announce`'s business.

Each list is bounded (ISUPPORT MONITOR). A watcher is one session, not a person: each client keeps its own list.
"""

from collections.abc import Iterable

from livechat.irc.casemap import fold

from chat_hub.session import Session


class Monitors:
    """Watchers by folded nick, and each watcher's nicks as they were typed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._watchers: dict[str, dict[Session, None]] = {}
        self._watched: dict[Session, dict[str, str]] = {}

    def add(self, session: Session, nick: str) -> bool:
        """Watch `nick`; False when the list is full. "Targets already in the list MUST NOT be added again"."""
        watched = self._watched.setdefault(session, {})
        folded = fold(nick)
        if folded in watched:
            return True
        if len(watched) >= self._most:
            return False
        watched[folded] = nick
        self._watchers.setdefault(folded, {})[session] = None
        return True

    def remove(self, session: Session, nick: str) -> None:
        """Watch `nick` no longer."""
        folded = fold(nick)
        if self._watched.get(session, {}).pop(folded, None) is not None:
            self._drop(session, folded)

    def forget(self, session: Session) -> None:
        """Clear the list of `session`."""
        for folded in self._watched.pop(session, ()):
            self._drop(session, folded)

    def list_of(self, session: Session) -> list[str]:
        """The nicks that `session` watches, as it typed them."""
        return list(self._watched.get(session, {}).values())

    def watchers(self, nick: str) -> Iterable[Session]:
        """The sessions that watch `nick`."""
        return self._watchers.get(fold(nick), ()) if self._watchers else ()

    def _drop(self, session: Session, folded: str) -> None:
        watchers = self._watchers[folded]
        del watchers[session]
        if not watchers:
            del self._watchers[folded]
