"""MARKREAD: up to where somebody has read, told to their own sessions only (IRCv3 draft/read-marker)."""

from livechat.irc.casemap import fold
from livechat.irc.names import is_channel

from chat_hub import caps, limits
from chat_hub.channel import Channel
from chat_hub.clock import format_ms, parse_server_time
from chat_hub.commands.table import Command
from chat_hub.outgoing import encode
from chat_hub.replies import FailedError, Request
from chat_hub.store import history as tables
from chat_hub.store.protocol import StoreError

_NOT_SET = "The read timestamp could not be set"


def handle_markread(request: Request) -> None:
    """MARKREAD <target> [timestamp=<time>].

    "The read markers sent by a user MUST NOT be disclosed to other users by the server": a marker belongs to an
    account, and without one to nobody.
    """
    target = request.param(0)
    if target is None:
        # "... with missing parameters, the NEED_MORE_PARAMS error code MUST be returned"
        raise FailedError("NEED_MORE_PARAMS", text="Missing parameters")
    account = request.session.account
    if account is None:
        text = "Read markers are kept for accounts: log in"
        raise FailedError("INTERNAL_ERROR", target, text=text)
    given = request.param(1)
    if given is None:
        _get(request, account, target)
    else:
        _set(request, account, target, _moment(given))


def send_marker(request: Request, channel: Channel) -> None:
    """After a JOIN: "the server MUST send a MARKREAD command for that channel", before the end of NAMES."""
    session = request.session
    if not session.has(caps.READ_MARKER):
        return
    if session.account is None:
        request.add(_written(request, channel.name, None))
    else:
        _get(request, session.account, channel.name)


def _get(request: Request, account: str, target: str) -> None:
    deferred = request.later()
    reader, kept_as = fold(account), _kept_as(request, target)
    place = request.place()

    def found(unix_ms: int | StoreError | None) -> None:
        if isinstance(unix_ms, StoreError):
            text = "The read timestamp could not be read"
            request.fail("MARKREAD", FailedError("INTERNAL_ERROR", target, text=text))
        else:
            place.append(request.plain(_written(request, target, unix_ms)))
        deferred.done()

    request.hub.store.read(lambda db: tables.read_marker(db, reader, kept_as), found)


def _set(request: Request, account: str, target: str, unix_ms: int) -> None:
    """Move the marker, forwards only.

    "If the provided timestamp is older than the server's stored value, the server MUST reply to the client with
    a MARKREAD command carrying the server's stored value."
    """
    deferred = request.later()
    reader, kept_as = fold(account), _kept_as(request, target)
    capped = min(unix_ms, int(request.now.unix * 1000))  # nobody has read the future

    def done(marker: int | StoreError | None) -> None:
        if isinstance(marker, int):
            request.add(_written(request, target, marker))
            if marker == capped:
                _tell_siblings(request, target, marker)
        else:
            request.fail("MARKREAD", FailedError("INTERNAL_ERROR", target, text=_NOT_SET))
        deferred.done()

    request.hub.store.write(
        lambda db: tables.set_read_marker(db, reader, kept_as, capped, limits.READ_MARKERS), done
    )


def _written(request: Request, target: str, unix_ms: int | None) -> bytes:
    moment = "*" if unix_ms is None else f"timestamp={format_ms(unix_ms)}"
    return encode(request.hub.settings.server_name, "MARKREAD", (target, moment))


def _tell_siblings(request: Request, target: str, unix_ms: int) -> None:
    """Tell "all the clients of the user" that negotiated it that the marker has moved."""
    hub, session = request.hub, request.session
    line = request.plain(_written(request, target, unix_ms))
    others = (one for one in session.siblings if one is not session and one.has(caps.READ_MARKER))
    hub.send_all(others, line)


def _kept_as(request: Request, target: str) -> str:
    """Channels by their name, people by their account, so that a change of nick changes nothing."""
    if is_channel(target):
        return fold(target)
    person = request.hub.find(target)
    return fold(person.account if person is not None and person.account is not None else target)


def _moment(text: str) -> int:
    kind, _, value = text.partition("=")
    unix_ms = parse_server_time(value) if kind == "timestamp" else None
    if unix_ms is None:
        raise FailedError(
            "INVALID_PARAMS", text, text="A timestamp looks like timestamp=2024-12-31T23:59:59.999Z"
        )
    return unix_ms


COMMANDS = (Command("MARKREAD", handle_markread, needs=caps.READ_MARKER),)
