"""CHATHISTORY: asking for what was said (IRCv3 draft/chathistory).

Each subcommand is read into a span of ids; the store answers later, and the answer waits at its place.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from livechat.irc.casemap import fold
from livechat.irc.names import is_channel

from chat_hub import caps, limits
from chat_hub.clock import format_ms, parse_server_time
from chat_hub.commands.table import Command
from chat_hub.history import pair_key
from chat_hub.identity import first_id_at, id_ms, parse_msgid
from chat_hub.outgoing import encode
from chat_hub.playback import as_lines, most_kind
from chat_hub.replies import Deferred, FailedError, Request
from chat_hub.store import history as tables
from chat_hub.store.history import Span, Stored
from chat_hub.store.protocol import StoreError

_LAST = 2**63 - 1
_SAME_FOR_NOW = "The history cannot be read now, please try again"

T = TypeVar("T")

# A selector as the ids that it covers: of a msgid just that one, of a timestamp all of its millisecond.
_Selector = tuple[int, int]


def handle_chathistory(request: Request) -> None:
    """CHATHISTORY <subcommand> <target> <selector> [<selector>] <limit>."""
    if not request.hub.history.on:
        raise FailedError("UNKNOWN_COMMAND", request.params[0], text="This server keeps no history")
    subcommand = request.params[0].upper()
    known = _SUBCOMMANDS.get(subcommand)
    if known is None:
        raise FailedError("UNKNOWN_COMMAND", request.params[0], text="Unknown subcommand")
    words, handler = known
    if len(request.params) - 1 < words:
        raise FailedError("NEED_MORE_PARAMS", subcommand, text="Missing parameters")
    handler(request)


def _latest(request: Request) -> None:
    """LATEST: "the most recent messages that have been sent", after the selector unless that is `*`."""
    span = replace(_span(request), newest=True)
    if request.params[2] != "*":
        span = replace(span, first=_selector(request, 2)[1] + 1)
    _ask(request, span)


def _before(request: Request) -> None:
    """BEFORE: "up to a number of messages before and excluding the given timestamp or msgid"."""
    _ask(request, replace(_span(request), last=_selector(request, 2)[0] - 1, newest=True))


def _after(request: Request) -> None:
    """AFTER: "up to a number of messages after and excluding the given timestamp or msgid"."""
    _ask(request, replace(_span(request), first=_selector(request, 2)[1] + 1))


def _between(request: Request) -> None:
    """BETWEEN: without both ends, "starting from" the first selector: the newer end when that comes first."""
    one, other = _selector(request, 2), _selector(request, 3)
    low, high = min(one, other), max(one, other)
    _ask(request, replace(_span(request), first=low[1] + 1, last=high[0] - 1, newest=one > other))


def _around(request: Request) -> None:
    """AROUND: "a number of messages before and after" the selector, with what it names."""
    span, middle = _span(request), _selector(request, 2)[0]
    _answer_later(request, lambda db: tables.read_around(db, span, middle), lambda rows: _play(request, rows))


def _targets(request: Request) -> None:
    """TARGETS: channels and people whose newest message is between two moments, in the order of those."""
    one, other = _timestamp(request, 1), _timestamp(request, 2)
    low, high = min(one, other), max(one, other)
    limit = _limit(request)
    session = request.session
    account = session.account or ""
    own = fold(account)
    channels = [(channel.name, folded) for folded, channel in session.channels.items()]

    def look_up(db: sqlite3.Connection) -> list[tuple[str, int]]:
        people = [(peer, pair_key(peer, own)) for peer in tables.peers(db, own)] if account else []
        found = tables.newest_of(db, [*channels, *people], account)
        within = sorted((number, name) for name, number in found if low[1] < number < high[0])
        return [(name, number) for number, name in within[:limit]]

    def answer(found: list[tuple[str, int]]) -> None:
        server = request.hub.settings.server_name
        lines = [
            encode(server, "CHATHISTORY", ("TARGETS", name, format_ms(id_ms(number)))) for name, number in found
        ]
        request.batch("draft/chathistory-targets", (), [request.plain(line) for line in lines])

    _answer_later(request, look_up, answer)


def _ask(request: Request, span: Span) -> None:
    _answer_later(request, lambda db: tables.read_span(db, span), lambda rows: _play(request, rows))


def _play(request: Request, rows: Sequence[Stored]) -> None:
    """Answer with the batch. "If no content exists to return, the server SHOULD return an empty batch"."""
    request.batch("chathistory", (request.params[1],), as_lines(request.session, rows))


def _answer_later(
    request: Request, look_up: Callable[[sqlite3.Connection], T], answer: Callable[[T], None]
) -> None:
    deferred: Deferred = request.later()

    def found(result: T | StoreError) -> None:
        if isinstance(result, StoreError):
            where = request.params[:2]
            request.fail("CHATHISTORY", FailedError("MESSAGE_ERROR", *where, text=_SAME_FOR_NOW))
        else:
            answer(result)
        deferred.done()

    request.hub.store.read(look_up, found)


# -- parameters ------------------------------------------------------------------------------------------------


def _span(request: Request) -> Span:
    """Everything in the target that the session may see; the subcommands narrow it."""
    session = request.session
    return Span(
        target=_target(request),
        first=0,
        last=_LAST,
        limit=_limit(request),
        newest=False,
        most_kind=most_kind(session),
        reader=session.account or "",
    )


def _target(request: Request) -> str:
    """Where the messages are kept: a channel that the session is in, or its conversation with an account."""
    name, session, hub = request.params[1], request.session, request.hub
    if is_channel(name):
        folded = fold(name)
        if folded in session.channels:
            return folded
    elif session.account is not None:
        other = hub.find(name)
        account = other.account if other is not None else name
        if account is not None:
            return pair_key(session.account, account)
    where = (request.params[0].upper(), name)
    raise FailedError("INVALID_TARGET", *where, text="Messages could not be retrieved: you have none there")


def _limit(request: Request) -> int:
    """The last parameter; more than the bound is taken as the bound."""
    text = request.params[-1]
    if not (text.isascii() and text.isdigit()) or not int(text[:9]):
        raise _invalid(request, text, "The limit has to be a number above zero")
    return min(int(text[:9]), request.hub.settings.bounds.history_messages_per_query)


def _selector(request: Request, index: int) -> _Selector:
    kind, _, value = request.params[index].partition("=")
    if kind == "msgid":
        number = parse_msgid(value)
        if number is None:
            raise _invalid(request, request.params[index], "There is no such message id")
        return number, number
    return _timestamp(request, index)


def _timestamp(request: Request, index: int) -> _Selector:
    text = request.params[index]
    kind, _, value = text.partition("=")
    if kind != "timestamp":
        sentence = "Messages are referred to by timestamp= or msgid="
        raise FailedError("INVALID_MSGREFTYPE", request.params[0].upper(), text, text=sentence)
    unix_ms = parse_server_time(value)
    if unix_ms is None:
        raise _invalid(request, text, "A timestamp looks like 2024-12-31T23:59:59.999Z")
    first = first_id_at(unix_ms)
    return first, max(first_id_at(unix_ms + 1) - 1, first)


def _invalid(request: Request, what: str, sentence: str) -> FailedError:
    return FailedError("INVALID_PARAMS", request.params[0].upper(), what, text=sentence)


_SUBCOMMANDS: dict[str, tuple[int, Callable[[Request], None]]] = {
    "AFTER": (3, _after),
    "AROUND": (3, _around),
    "BEFORE": (3, _before),
    "BETWEEN": (4, _between),
    "LATEST": (3, _latest),
    "TARGETS": (3, _targets),
}

COMMANDS = (Command("CHATHISTORY", handle_chathistory, arity=1, cost=limits.QUERY, needs=caps.CHATHISTORY),)
