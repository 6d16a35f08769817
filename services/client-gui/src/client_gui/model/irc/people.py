"""Who is in which channel, as NAMES, WHO and the messages about people tell it.

The members themselves are kept by `model.state`; here is only what must be put together from several lines.
"""

from collections.abc import Iterator

from livechat.irc.casemap import fold
from livechat.irc.message import Message, nick_of

from client_gui.model import events as ev
from client_gui.model.events import Person
from client_gui.model.sanitize import safe_name, safe_text
from client_gui.model.state import MAX_PEOPLE

DEFAULT_PREFIXES = "~&@%+"
MAX_CHANNELS = 20
"""Lists of names that are put together at once; of further channels none is made."""


class NamesCollector:
    """Puts the lines of RPL_NAMREPLY together until RPL_ENDOFNAMES."""

    def __init__(self) -> None:
        self.prefixes = DEFAULT_PREFIXES
        self._lists: dict[str, list[Person]] = {}

    def add(self, message: Message) -> None:
        """RPL_NAMREPLY: <client> <symbol> <channel> :[prefix]<nick>..."""
        if len(message.params) < 4:
            return
        key = fold(message.params[2])
        if key not in self._lists and len(self._lists) >= MAX_CHANNELS:
            return
        people = self._lists.setdefault(key, [])
        for word in message.params[3].split():
            if len(people) < MAX_PEOPLE:
                people.append(self._person(word))

    def finish(self, message: Message) -> ev.PeopleListed | None:
        """RPL_ENDOFNAMES: <client> <channel> :End."""
        if len(message.params) < 2:
            return None
        people = self._lists.pop(fold(message.params[1]), [])
        return ev.PeopleListed(safe_name(message.params[1]), tuple(people))

    def _person(self, word: str) -> Person:
        nick = word.lstrip(self.prefixes)
        prefix = word[: len(word) - len(nick)][:1]
        return Person(safe_name(nick_of(nick)), prefix=prefix)


def joined(message: Message, *, extended: bool) -> ev.PersonJoined | None:
    """JOIN <channel> [<account> :<realname>]"""
    if not message.params or not message.source:
        return None
    real_name = safe_text(message.params[2]) if extended and len(message.params) > 2 else ""
    person = Person(safe_name(nick_of(message.source)), real_name=real_name)
    return ev.PersonJoined(safe_name(message.params[0]), person)


def changes(message: Message) -> Iterator[ev.Event]:
    """The events of PART, QUIT, KICK, NICK, AWAY and SETNAME; nothing for a line that lacks its parts."""
    if not message.source:
        return
    nick = safe_name(nick_of(message.source))
    params = message.params
    last = safe_text(params[-1]) if params else ""
    match message.command, len(params):
        case "PART", count if count >= 1:
            yield ev.PersonLeft(safe_name(params[0]), nick, last if count > 1 else "")
        case "KICK", count if count >= 2:
            yield ev.PersonLeft(safe_name(params[0]), safe_name(params[1]), f"removed by {nick}")
        case "QUIT", _:
            yield ev.PersonQuit(nick, last)
        case "NICK", count if count >= 1:
            yield ev.PersonRenamed(nick, safe_name(params[0]))
        case "AWAY", _:
            yield ev.PersonAway(nick, bool(last))
        case "SETNAME", count if count >= 1:
            yield ev.PersonDescribed(nick, last)


def who_reply(message: Message) -> ev.PersonAway | None:
    """RPL_WHOREPLY: <client> <channel> <user> <host> <server> <nick> <flags>: G first if away."""
    if len(message.params) < 7 or not message.params[6].startswith("G"):
        return None
    return ev.PersonAway(safe_name(message.params[5]), away=True)
