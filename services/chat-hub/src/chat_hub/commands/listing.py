"""LIST, with the conditions of ISUPPORT ELIST=CMNTU (Modern IRC, "LIST message" and "ELIST Parameter")."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.names import is_channel

from chat_hub import limits
from chat_hub.channel import Channel
from chat_hub.commands.table import Command
from chat_hub.masks import glob
from chat_hub.replies import Request

_MOST_DIGITS = 9
_MOST_CONDITIONS = 8  # each is looked at for every channel


@dataclass(frozen=True, slots=True)
class _Seen:
    """A channel as the asker sees it: `people` they may see, ages in minutes (None: no topic)."""

    folded: str
    people: int
    age_min: float
    topic_age_min: float | None


_Condition = Callable[[_Seen], bool]


def handle_list(request: Request) -> None:
    """LIST [<channel or condition>{,…}]: all conditions have to hold, of which the first few count.

    Secret channels are shown only to those inside.
    """
    words = (request.param(0) or "").split(",")
    conditions = [condition for word in words if (condition := parse_condition(word)) is not None]
    del conditions[_MOST_CONDITIONS:]
    names = [word for word in words if is_channel(word) and "*" not in word and "?" not in word]
    request.numeric(numerics.RPL_LISTSTART, "Channel", text="Users  Name")
    count = 0
    for channel in _channels(request, names):
        people = sum(1 for _ in channel.visible_members(request.session))
        seen = _seen(channel, people, request.now.unix)
        if not all(condition(seen) for condition in conditions):
            continue
        if count >= limits.LIST_REPLIES:
            request.numeric(numerics.ERR_TOOMANYMATCHES, "LIST", text="There are more: ask with a condition")
            break
        count += 1
        topic = channel.topic.text if channel.topic is not None else ""
        request.numeric(numerics.RPL_LIST, channel.name, str(people), text=topic)
    request.numeric(numerics.RPL_LISTEND, text="End of /LIST")


def parse_condition(word: str) -> _Condition | None:
    """What one word of ELIST demands; None when it is no condition."""
    if word[:1] == "!":
        return lambda seen: not glob(fold(word[1:]), seen.folded)
    if "*" in word or "?" in word:
        return lambda seen: glob(fold(word), seen.folded)
    for start, value in _VALUES.items():
        number = word[len(start) + 1 :]
        sign = word[len(start) : len(start) + 1]
        if word.upper().startswith(start) and sign in {"<", ">"} and _is_number(number):
            return _compare(value, int(number), more=sign == ">")
    return None


def _compare(value: Callable[[_Seen], float | None], than: int, *, more: bool) -> _Condition:
    def holds(seen: _Seen) -> bool:
        found = value(seen)
        return found is not None and (found > than if more else found < than)

    return holds


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _channels(request: Request, names: list[str]) -> Iterable[Channel]:
    hub = request.hub
    found = {fold(name): hub.channel(name) for name in names}.values() if names else hub.channels.values()
    return [channel for channel in found if channel is not None and channel.visible_to(request.session)]


def _seen(channel: Channel, people: int, unix_s: float) -> _Seen:
    topic = channel.topic
    topic_age_min = None if topic is None else (unix_s - topic.set_at) / 60
    return _Seen(channel.folded, people, (unix_s - channel.created_at) / 60, topic_age_min)


# How a condition starts, and what it compares.
_VALUES: dict[str, Callable[[_Seen], float | None]] = {
    "C": lambda seen: seen.age_min,
    "T": lambda seen: seen.topic_age_min,
    "": lambda seen: seen.people,
}

COMMANDS = (Command("LIST", handle_list, cost=limits.QUERY),)
