"""Who is behind a session: names, account and presence; pure state.

Several sessions of one account may be one person (docs/protocol/irc.md section 13): they share the nick, the
channels and the modes, and each has its own connection, capabilities and away message. Everything that others
see is here; what belongs to one connection is the session's.
"""

from typing import TYPE_CHECKING

from chat_hub import limits
from chat_hub.text import clip

if TYPE_CHECKING:
    from chat_hub.channel import Channel
    from chat_hub.session import Session

DEFAULT_USER = "user"
AUTOMATIC_AWAY = "*"  # draft/pre-away: a client went away by itself


class Person:
    """One nick and the sessions that speak under it.

    `sessions` holds at least one session while the person is there; the first one leads: it stands for the
    person in `Hub.by_nick` and in lists that show each person once. `account` is the name of the account as it
    was registered, None for those who are not logged in.
    """

    __slots__ = (
        "account", "away", "bot", "channels", "host", "invisible", "nick", "nick_since", "operator", "prefix",
        "realname", "sessions", "user", "wallops",
    )  # fmt: skip

    def __init__(self, session: "Session", host: str) -> None:
        self.sessions: list[Session] = [session]
        self.host = host
        self.nick: str | None = None
        self.nick_since = 0  # the newest id when the nick was taken: later ones under it are this person's
        self.user: str | None = None
        self.realname = ""
        self.prefix = f"*!*@{host}"
        self.account: str | None = None
        self.away: str | None = None
        self.operator = False
        self.invisible = False
        self.wallops = False
        self.bot = False
        self.channels: dict[str, Channel] = {}

    def rename(self, nick: str) -> None:
        """Take `nick`, and the prefix that follows from it."""
        self.nick = nick
        self._update_prefix()

    def set_host(self, host: str) -> None:
        """Show `host` from now on."""
        self.host = host
        self._update_prefix()

    def introduce(self, user: str, realname: str) -> None:
        """Take what USER said, brought into bounds: a user name has ASCII letters, digits and `-_.` only."""
        fit = "".join(char for char in user if char.isascii() and (char.isalnum() or char in "-_."))
        self.user = fit[: limits.USER_CHARS] or DEFAULT_USER
        self.realname = clip(realname, limits.REALNAME_BYTES)
        self._update_prefix()

    def combine_away(self, newest: str | None) -> bool:
        """Take the away state of all sessions together; whether it changed.

        Away only when every session is. `newest` is what the last one said; an automatic `*` (draft/pre-away)
        never replaces words of a person while a session still stands by them.
        """
        before = self.away
        said = [session.own_away for session in self.sessions if session.own_away is not None]
        if len(said) < len(self.sessions):
            self.away = None
        elif newest is not None and newest != AUTOMATIC_AWAY:
            self.away = newest
        elif before is None or before not in said or before == AUTOMATIC_AWAY:
            self.away = next(
                (message for message in reversed(said) if message != AUTOMATIC_AWAY), AUTOMATIC_AWAY
            )
        return self.away != before

    def mode_letters(self) -> str:
        """The user modes that are set, sorted."""
        letters = (("B", self.bot), ("i", self.invisible), ("o", self.operator), ("w", self.wallops))
        return "".join(letter for letter, on in letters if on)

    def _update_prefix(self) -> None:
        self.prefix = f"{self.nick or '*'}!{self.user or '*'}@{self.host}"
