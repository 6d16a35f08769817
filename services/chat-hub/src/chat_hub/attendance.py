"""What follows when people come, go or change their nick: MONITOR's watchers hear of it, WHOWAS keeps it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from livechat.irc import numerics
from livechat.irc.casemap import fold

from chat_hub import caps
from chat_hub.clock import Now
from chat_hub.monitor import Monitors
from chat_hub.session import Session
from chat_hub.whowas import Whowas

if TYPE_CHECKING:
    from chat_hub.hub import Hub


class Attendance:
    """Watches the nicks of the hub's people; `came`, `renamed` and `left` are called once for a person."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self.monitors = Monitors(hub.settings.bounds.monitored_nicks)
        self.whowas = Whowas(hub.settings.bounds.whowas_entries)

    def came(self, session: Session, now: Now) -> None:
        """The person of `session` is there from now on."""
        self._tell(session.shown_nick, numerics.RPL_MONONLINE, session.prefix, now)

    def renamed(self, session: Session, before: str, now: Now) -> None:
        """The person of `session` had the nick `before` until now."""
        self.whowas.note(session, before, now)
        if fold(before) != fold(session.shown_nick):
            self._tell(before, numerics.RPL_MONOFFLINE, before, now)
            self._tell(session.shown_nick, numerics.RPL_MONONLINE, session.prefix, now)

    def left(self, session: Session, now: Now) -> None:
        """The last session of a person is gone."""
        self.whowas.note(session, session.shown_nick, now)
        self._tell(session.shown_nick, numerics.RPL_MONOFFLINE, session.shown_nick, now)

    def watchers(self, session: Session, capability: int, known: Iterable[Session]) -> list[Session]:
        """Who hears of a change of `session` through extended-monitor and `capability`, beside `known`."""
        wanted = caps.EXTENDED_MONITOR | capability
        watching = [other for other in self.monitors.watchers(session.shown_nick) if other.has(wanted)]
        if not watching:
            return []
        told = {*known, session}
        return [other for other in watching if other not in told]

    def _tell(self, nick: str, numeric: str, text: str, now: Now) -> None:
        """One line for all watchers: monitor has "*" stand for their nicks."""
        watchers = self.monitors.watchers(nick)
        if watchers:
            hub = self._hub
            hub.send_all(watchers, hub.line(hub.settings.server_name, numeric, "*", text=text, now=now))
