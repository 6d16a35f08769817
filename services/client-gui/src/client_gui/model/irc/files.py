"""The FILES command as the client reads it (docs/protocol/irc.md, "FILES").

Entries of a LIST are collected until END; live ones come as they are. A line that does not read as it should is
left out: one bad file must not hide the others.
"""

import base64
import binascii
from collections import deque
from collections.abc import Iterator

from livechat.catalogue import MAX_FILES, FileEntry, parse_id
from livechat.errors import RemoteProtocolError
from livechat.irc.message import Message
from livechat.settings import MAX_PORT, parse_endpoint

from client_gui.model import events as ev
from client_gui.model.irc.facts import Fact, TicketGranted, TicketRefused
from client_gui.model.sanitize import safe_text

MAX_CANDIDATES = 16
"""Addresses taken from one ticket; further ones are left out."""
MAX_TICKET_REQUESTS = 64
"""Requests that wait for their answer; further ones are refused here."""
MAX_LIFETIME_S = 3_600
_AWAY = "Files cannot be fetched now."


class FilesReader:
    """The state between lines: a list that is being read, and ticket requests in the order they were sent."""

    def __init__(self) -> None:
        self._listing: list[FileEntry] | None = None
        self._requests: deque[bytes] = deque()

    def list_sent(self) -> Message:
        """The command that asks for the list."""
        self._listing = []
        return Message("FILES", ("LIST",))

    def ticket_sent(self, client_public: bytes) -> Message | None:
        """The command that asks for a ticket; None when too many wait already."""
        if len(self._requests) >= MAX_TICKET_REQUESTS:
            return None
        self._requests.append(client_public)
        return Message("FILES", ("TICKET", to_base64(client_public)))

    def abandon(self) -> list[bytes]:
        """Ticket requests that will get no answer any more: the connection is gone."""
        requests = list(self._requests)
        self._requests.clear()
        return requests

    def handle(self, message: Message) -> Iterator[Fact]:
        """The events of one FILES message."""
        subcommand = message.params[0].upper() if message.params else ""
        params = message.params[1:]
        try:
            match subcommand:
                case "ENTRY":
                    yield from self._entry(_entry(params))
                case "END":
                    entries, self._listing = self._listing or [], None
                    yield ev.FilesListed(tuple(entries))
                case "GONE" if params:
                    yield ev.FileRemoved(parse_id(params[0]))
                case "AWAY":
                    yield ev.FilesUnavailable(safe_text(params[-1]) if params else _AWAY)
                case "BACK":
                    yield ev.FilesBack()
                case "TICKET" if self._requests:
                    yield _ticket(self._requests.popleft(), params)
        except (RemoteProtocolError, ValueError, IndexError):
            return

    def failed(self, message: Message) -> Iterator[Fact]:
        """FAIL FILES <code> [<context>...] :<sentence>; the subcommand is the first context."""
        code = message.params[1].upper() if len(message.params) > 1 else ""
        context = message.params[2].upper() if len(message.params) > 3 else ""
        reason = safe_text(message.params[-1])
        if context == "TICKET" and self._requests:
            yield TicketRefused(self._requests.popleft(), code, reason)
        elif context == "LIST":
            self._listing = None
            yield ev.FilesUnavailable(reason)
        else:
            yield ev.Notice(reason)

    def _entry(self, entry: FileEntry) -> Iterator[Fact]:
        if self._listing is None:
            yield ev.FileChanged(entry)
        elif len(self._listing) < MAX_FILES:
            self._listing.append(entry)


def _entry(params: tuple[str, ...]) -> FileEntry:
    """<id> <size> <modified_ms> <root> :<name>"""
    file_id, size, modified_ms, root, name = params[:5]
    return FileEntry(parse_id(file_id), name, _number(size), _number(modified_ms), from_base64(root))


def _ticket(client_public: bytes, params: tuple[str, ...]) -> Fact:
    """<server public> <ticket> <lifetime_s> <port> <candidates comma separated, or *>

    The first candidate is the host that was dialled for chat; `net` puts it in, here it has an empty host.
    """
    try:
        server_public, ticket, lifetime_s, port, candidates = params[:5]
        default_port = min(max(_number(port), 1), MAX_PORT)
        found = [("", default_port)]
        for text in [] if candidates == "*" else candidates.split(",")[:MAX_CANDIDATES]:
            candidate = parse_endpoint(text, default_port)
            if candidate not in found:
                found.append(candidate)
        lifetime = min(_number(lifetime_s), MAX_LIFETIME_S)
        return TicketGranted(
            client_public, from_base64(server_public), from_base64(ticket), lifetime, tuple(found)
        )
    except ValueError:
        return TicketRefused(client_public, "INVALID", "The server gave out a ticket that cannot be read.")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        raise ValueError("not a number")
    return int(text)


def to_base64(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """The reverse; raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
