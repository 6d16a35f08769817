"""METADATA: keys and values of people and channels, and who is told of changes (IRCv3 draft/metadata-3)."""

from collections.abc import Callable, Iterable, Sequence

from livechat.irc import numerics
from livechat.irc.names import is_channel

from chat_hub import caps, limits
from chat_hub.channel import Channel
from chat_hub.commands.table import Command
from chat_hub.metadata import Owner, is_key
from chat_hub.outgoing import Line
from chat_hub.person import Person
from chat_hub.replies import FailedError, Request
from chat_hub.session import Session
from chat_hub.text import clip, pack

_EVERYBODY = "*"  # the visibility of every key: whoever may see the target sees its keys
_KEYS_ROOM_BYTES = 380  # for keys in one line


def handle_metadata(request: Request) -> None:
    """METADATA <target> <subcommand> [<parameter>…]."""
    handler = _SUBCOMMANDS.get(request.params[1].upper())
    if handler is None:
        raise FailedError("SUBCOMMAND_INVALID", request.params[1], text="Invalid subcommand")
    handler(request)


def own_values(request: Request) -> None:
    """What the session's person has, for a client that has just come: an empty batch is said too."""
    session = request.session
    values = request.hub.metadata.values(session.person)
    lines = [_event(request, session, session.shown_nick, key, value) for key, value in values.items()]
    request.batch("metadata", (session.shown_nick,), lines)


def sync_joined(request: Request, channel: Channel) -> None:
    """After a JOIN: what the session is subscribed to of the channel and the people in it."""
    if request.session.has(caps.METADATA) and request.session.subscriptions:
        _send_all_of(request, channel)


def tell_joined(request: Request, channel: Channel) -> None:
    """After a JOIN: what those in the channel are subscribed to of who has come."""
    session = request.session
    for key, value in request.hub.metadata.values(session.person).items():
        line = _event(request, session, session.shown_nick, key, value)
        request.hub.send_all(_subscribers(channel.members, key), line, skip=session)


# -- values ----------------------------------------------------------------------------------------------------


def _get(request: Request) -> None:
    """GET <key>…: in order, 761 for what is there and 766 for what is not."""
    owner, name = _target(request)
    values = request.hub.metadata.values(owner)
    lines = []
    for key in request.params[2 : 2 + limits.METADATA_KEYS_PER_COMMAND]:
        if not is_key(key):
            lines.append(_numeric(request, "FAIL", "METADATA", "KEY_INVALID", _short(key), text="Invalid key"))
        elif key in values:
            lines.append(_key_value(request, name, key, values[key]))
        else:
            lines.append(_not_set(request, name, key))
    request.batch("metadata", (name,), lines)


def _list(request: Request) -> None:
    owner, name = _target(request)
    values = request.hub.metadata.values(owner)
    request.batch("metadata", (name,), [_key_value(request, name, key, value) for key, value in values.items()])


def _set(request: Request) -> None:
    """SET <key> [:<value>]: without a value the key is taken away."""
    if len(request.params) < 3:
        raise FailedError("KEY_INVALID", "*", text="Name a key")
    owner, name = _target(request)
    key, value = request.params[2], request.params[3] if len(request.params) > 3 else None
    if not is_key(key):
        raise FailedError("KEY_INVALID", key, text="Invalid key: a-z, 0-9 and _./- can be used")
    desk = request.hub.metadata
    _need_right(request, owner, name, key)
    if value is None:
        if key not in desk.values(owner):
            raise FailedError("KEY_NOT_SET", name, key, text="The key is not set")
    elif len(value.encode()) > limits.METADATA_VALUE_BYTES:
        raise FailedError("VALUE_INVALID", text=f"A value has at most {limits.METADATA_VALUE_BYTES} bytes")
    elif not desk.has_room(owner, key):
        raise FailedError("LIMIT_REACHED", name, text=f"There are at most {limits.METADATA_KEYS} keys")
    _change(request, owner, name, key, value)
    request.event(_not_set(request, name, key) if value is None else _key_value(request, name, key, value))


def _clear(request: Request) -> None:
    owner, name = _target(request)
    _need_right(request, owner, name, "*")
    keys = list(request.hub.metadata.values(owner))
    for key in keys:
        _change(request, owner, name, key, None)
    request.batch("metadata", (name,), [_not_set(request, name, key) for key in keys])


def _change(request: Request, owner: Owner, name: str, key: str, value: str | None) -> None:
    """Set the key and tell those who are subscribed to it; what changes nothing is not told."""
    hub, session = request.hub, request.session
    before = hub.metadata.values(owner).get(key)
    hub.metadata.set(owner, key, value)
    if value == before or (isinstance(owner, Person) and not session.registered):
        return
    told: Iterable[Session]
    if isinstance(owner, Channel):
        told = owner.members
    else:
        peers = hub.peers(session)
        told = [*peers, *hub.attendance.watchers(session, caps.METADATA, peers)]
    line = _event(request, session, name, key, value)
    hub.send_all(_subscribers(told, key), line, skip=session)


def _need_right(request: Request, owner: Owner, name: str, key: str) -> None:
    """People set their own keys, a channel's those who operate it."""
    session = request.session
    if isinstance(owner, Channel):
        may = owner.is_operator(session) or session.operator
    else:
        may = owner is session.person
    if not may:
        raise FailedError("KEY_NO_PERMISSION", name, key, text="You cannot set keys there")


# -- subscriptions ---------------------------------------------------------------------------------------------


def _sub(request: Request) -> None:
    """SUB <key>…: processed in order; the first that is too many ends it."""
    _only_oneself(request)
    wanted = request.session.subscriptions
    taken: list[str] = []
    failed: list[FailedError] = []
    for key in request.params[2 : 2 + limits.METADATA_KEYS_PER_COMMAND]:
        if not is_key(key):
            failed.append(FailedError("KEY_INVALID", key, text="Invalid key"))
        elif len(wanted) + len(set(taken) - set(wanted)) >= limits.METADATA_SUBSCRIPTIONS:
            failed.append(FailedError("TOO_MANY_SUBS", key, text="Too many subscriptions"))
            break
        else:
            taken.append(key)
    request.session.subscriptions = wanted | frozenset(taken)
    _keys(request, numerics.RPL_METADATASUBOK, taken)
    for fault in failed:
        request.fail("METADATA", fault)
    _send_current(request, [key for key in dict.fromkeys(taken) if key not in wanted])


def _unsub(request: Request) -> None:
    _only_oneself(request)
    gone: list[str] = []
    for key in request.params[2 : 2 + limits.METADATA_KEYS_PER_COMMAND]:
        if is_key(key):
            gone.append(key)
        else:
            request.fail("METADATA", FailedError("KEY_INVALID", key, text="Invalid key"))
    request.session.subscriptions -= frozenset(gone)
    _keys(request, numerics.RPL_METADATAUNSUBOK, gone)


def _subs(request: Request) -> None:
    _only_oneself(request)
    _keys(request, numerics.RPL_METADATASUBS, sorted(request.session.subscriptions))


def _sync(request: Request) -> None:
    """SYNC: all that the session is subscribed to of the target, of a channel its people's as well."""
    owner, name = _target(request)
    if isinstance(owner, Channel):
        _send_all_of(request, owner)
        return
    request.batch("metadata", (name,), _events_of(request, owner, name, request.session.subscriptions))


def _send_all_of(request: Request, channel: Channel) -> None:
    """The channel and its people; too many of them are left for a SYNC of single people (774)."""
    people = [member.person for member in channel.visible_members(request.session)]
    if len(people) > limits.METADATA_SYNC_PEOPLE:
        request.numeric(numerics.RPL_METADATASYNCLATER, channel.name, str(limits.METADATA_SYNC_RETRY_S))
        return
    keys = request.session.subscriptions
    lines = _events_of(request, channel, channel.name, keys)
    for person in people:
        lines += _events_of(request, person, person.nick or "*", keys)
    request.batch("metadata", (channel.name,), lines)


def _send_current(request: Request, keys: Sequence[str]) -> None:
    """After SUB: what is there under the new keys, of the channels that the session is in and their people."""
    session, seen = request.session, set[Owner]()
    if not keys or not session.registered:
        return
    lines: list[Line] = []
    for channel in session.channels.values():
        lines += _events_of(request, channel, channel.name, keys)
        if len(channel.members) <= limits.METADATA_SYNC_PEOPLE:
            people = [m.person for m in channel.people() if m.person not in seen]
            seen.update(people)
            lines += [
                line for person in people for line in _events_of(request, person, person.nick or "*", keys)
            ]
    for line in lines:
        request.event(line)


# -- lines -----------------------------------------------------------------------------------------------------


def _target(request: Request) -> tuple[Owner, str]:
    """Who or what is meant, and its name; `*` is oneself, and all there is before registration."""
    hub, session, name = request.hub, request.session, request.params[0]
    if name == "*":
        return session.person, session.shown_nick
    if not session.registered:
        raise FailedError("INVALID_TARGET", name, text="Before you are registered there is only *")
    if is_channel(name):
        channel = hub.channel(name)
        if channel is not None and channel.visible_to(session):
            return channel, channel.name
    else:
        found = hub.find(name)
        if found is not None:
            return found.person, found.shown_nick
    raise FailedError("INVALID_TARGET", name, text="There is nobody and no channel of this name")


def _only_oneself(request: Request) -> None:
    if _target(request)[0] is not request.session.person:
        raise FailedError("INVALID_TARGET", request.params[0], text="Subscriptions are your own: use *")


def _subscribers(sessions: Iterable[Session], key: str) -> list[Session]:
    return [one for one in sessions if one.has(caps.METADATA) and key in one.subscriptions]


def _events_of(request: Request, owner: Owner, name: str, keys: Iterable[str]) -> list[Line]:
    values = request.hub.metadata.values(owner)
    server = request.hub.settings.server_name
    return [
        _line(request, server, "METADATA", name, key, _EVERYBODY, text=values[key])
        for key in (sorted(keys) if values else ())
        if key in values
    ]


def _event(request: Request, actor: Session, name: str, key: str, value: str | None) -> Line:
    """METADATA <target> <key> <visibility> [:<value>]: without a value the key is gone."""
    return _line(request, actor.prefix, "METADATA", name, key, _EVERYBODY, text=value)


def _key_value(request: Request, name: str, key: str, value: str) -> Line:
    nick = request.session.shown_nick
    return _numeric(request, numerics.RPL_KEYVALUE, nick, name, key, _EVERYBODY, text=value)


def _not_set(request: Request, name: str, key: str) -> Line:
    return _numeric(request, numerics.RPL_KEYNOTSET, request.session.shown_nick, name, key, text="key not set")


def _keys(request: Request, numeric: str, keys: Sequence[str]) -> None:
    for words in pack(keys, _KEYS_ROOM_BYTES):
        request.numeric(numeric, *words.split())


def _short(key: str) -> str:
    """A key that cannot be one, as far as it is repeated."""
    return clip(key, limits.ECHOED_BYTES)


def _numeric(request: Request, code: str, *params: str, text: str) -> Line:
    return _line(request, request.hub.settings.server_name, code, *params, text=text)


def _line(request: Request, source: str, command: str, *params: str, text: str | None) -> Line:
    return request.hub.line(source, command, *params, text=text, now=request.now)


_SUBCOMMANDS: dict[str, Callable[[Request], None]] = {
    "CLEAR": _clear,
    "GET": _get,
    "LIST": _list,
    "SET": _set,
    "SUB": _sub,
    "SUBS": _subs,
    "SYNC": _sync,
    "UNSUB": _unsub,
}

COMMANDS = (
    Command(
        "METADATA", handle_metadata, arity=2, before_registration=True, cost=limits.DEAR, needs=caps.METADATA
    ),
)
