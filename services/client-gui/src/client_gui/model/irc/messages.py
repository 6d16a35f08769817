"""PRIVMSG and NOTICE to events, and how much text fits into one."""

from datetime import UTC, datetime

from livechat.irc.casemap import fold
from livechat.irc.lines import MAX_LINE_BYTES
from livechat.irc.message import Message, nick_of
from livechat.irc.names import is_channel

from client_gui.model import events as ev
from client_gui.model.events import LOBBY, Kind
from client_gui.model.sanitize import safe_name, safe_text

MAX_MSGID_CHARS = 128
"""A longer msgid is not kept."""
_LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
_ACTION = "\x01ACTION "
_LEAST_BUDGET = 64
_GUESSED_HOST_BYTES = 76
"""user@host of a source that the server has not told us yet: 10 + 63 characters and the signs between."""


def incoming(message: Message, nick: str, server: str, unix_now: float) -> ev.Event | None:
    """The event of a PRIVMSG or NOTICE for `nick`; None where there is nothing to show.

    Words of the server itself become a Notice; a CTCP request other than ACTION is not answered.
    """
    if len(message.params) < 2 or not message.params[1]:
        return None
    target, text = message.params[0], message.params[1]
    if _is_server(message.source, server):
        return ev.Notice(safe_text(text)) if message.command == "NOTICE" else None
    kind = Kind.NOTICE if message.command == "NOTICE" else Kind.TEXT
    if text.startswith("\x01"):
        if not text.startswith(_ACTION):
            return None
        text, kind = text.removeprefix(_ACTION).removesuffix("\x01"), Kind.ACTION
    sender = safe_name(nick_of(message.source or ""))
    own = fold(sender) == fold(nick)
    return ev.MessageReceived(
        _conversation(target, sender, own),
        sender,
        safe_text(text),
        server_time(message, unix_now),
        message.tags.get("msgid", "")[:MAX_MSGID_CHARS],
        own,
        kind,
    )


def _conversation(target: str, sender: str, own: bool) -> str:
    channel = target.lstrip("~&@%+")  # STATUSMSG: "@#lobby" is said to the operators of #lobby
    if is_channel(channel):
        return LOBBY if fold(channel) == fold(LOBBY) else safe_name(channel)
    return safe_name(target) if own else sender


def _is_server(source: str | None, server: str) -> bool:
    return source is None or source == server or ("!" not in source and "." in source)


def server_time(message: Message, unix_now: float) -> float:
    """Unix seconds of the `time` tag (IRCv3 server-time), `unix_now` where it is missing or makes no sense."""
    try:
        when = datetime.fromisoformat(message.tags["time"])
    except (KeyError, ValueError):
        return unix_now
    if when.tzinfo is None or when.year < 1970:
        return unix_now
    stamp = when.timestamp()
    return stamp if 0 <= stamp <= _LATEST else unix_now


def text_budget(source: str, target: str, kind: Kind) -> int:
    """Bytes of text that fit into one message as the server passes it on, with our source in front.

    `source` is nick!user@host, or the nick alone before the server has told.
    """
    prefix = len(source.encode()) + (0 if "!" in source else _GUESSED_HOST_BYTES)
    frame = len(": PRIVMSG  :\r\n") + (len(_ACTION) + 1 if kind is Kind.ACTION else 0)
    return max(MAX_LINE_BYTES - prefix - frame - len(target.encode()), _LEAST_BUDGET)
