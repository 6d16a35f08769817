"""The hub's side of files: what there is, who follows it, and tickets to fetch it. Pure.

The catalogue is a mirror of the file service's, fed through `files_feed`. FILES (`commands.files`) and the
service nick (`service_nick`) ask here. How files travel is no business of the hub: a ticket is all it gives.
"""

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from livechat.catalogue import Catalogue, FileEntry, text_id
from livechat.control.listener import FileServiceInfo

from chat_hub import caps, limits
from chat_hub.clock import Now
from chat_hub.flood import FloodBucket
from chat_hub.outgoing import encode
from chat_hub.replies import FailedError, Request
from chat_hub.service_nick import NO_SERVICE, SERVICE_NICK, answer
from chat_hub.session import Session

if TYPE_CHECKING:
    from livechat.control.messages import Stats
    from livechat.ticket import TicketSealer

    from chat_hub.hub import Hub


@dataclass(slots=True)
class _Holder:
    """What one session got: its allowance of tickets and those that may still be valid."""

    bucket: FloodBucket
    tickets: list[tuple[float, bytes]] = field(default_factory=list)  # (expiry in Unix s, ticket id)


class FileDesk:
    """Answers about files; `service` is None while no file service is connected."""

    nick = SERVICE_NICK

    def __init__(self, hub: "Hub", *, master_key: bytes, random_bytes: Callable[[int], bytes]) -> None:
        self._hub = hub
        self._random_bytes = random_bytes
        self._master_key = master_key
        self._sealer: TicketSealer | None = None  # made with the first ticket: cryptography takes time to load
        self._followers: dict[Session, None] = {}
        self._holders: dict[Session, _Holder] = {}
        self._bodies: dict[bytes, bytes] = {}  # FILES ENTRY lines, written once and shared by all who list
        self.catalogue = Catalogue()
        self.service: FileServiceInfo | None = None
        # Tells the file service that a ticket is void; the shell sets it when there is a control link.
        self.revoke: Callable[[bytes], None] = lambda _: None
        # What the file service last said of its work; set by the shell likewise.
        self.statistics: Callable[[], Stats | None] = lambda: None

    # -- what the file service says ----------------------------------------------------------------------------

    def connected(self, service: FileServiceInfo) -> None:
        """A file service is there; its files come with `snapshot`, only then it counts as back."""
        self.service = service

    def snapshot(self, entries: Sequence[FileEntry], now: Now) -> None:
        """All files that there are."""
        self._bodies.clear()
        if not self.catalogue.replace_all(entries):
            self._hub.report("The file service has more files than a catalogue holds; the rest is not offered")
        self._tell(encode(self._server, "FILES", ("BACK",)), now)

    def changed(self, entry: FileEntry, now: Now) -> None:
        """A file is new or has a new version."""
        self._bodies.pop(entry.file_id, None)
        if self.catalogue.put(entry):
            self._tell(self._body(entry), now)
        else:
            self._hub.report(f"The catalogue is full: {entry.name} is not offered")

    def removed(self, file_id: bytes, now: Now) -> None:
        """A file can no longer be fetched."""
        self._bodies.pop(file_id, None)
        if self.catalogue.remove(file_id) is not None:
            self._tell(encode(self._server, "FILES", ("GONE", text_id(file_id))), now)

    def disconnected(self, reason: str, now: Now) -> None:
        """The file service cannot be reached; what it had stays known, but nobody can fetch it."""
        self.service = None
        self._hub.report(f"The file service is away: {reason}")
        self._tell(encode(self._server, "FILES", ("AWAY",), NO_SERVICE), now)

    # -- what people ask ---------------------------------------------------------------------------------------

    def follow(self, session: Session) -> None:
        """Send `session` every change from now on."""
        self._followers[session] = None

    def forget(self, session: Session) -> None:
        """Note the end of a session; its tickets stay good, for a download may outlive the chat."""
        self._followers.pop(session, None)
        self._holders.pop(session, None)

    def revoke_all(self, session: Session, now: Now) -> None:
        """Take back the tickets of somebody who was thrown out."""
        holder = self._holders.get(session)
        for expires_at, ticket_id in holder.tickets if holder is not None else ():
            if expires_at > now.unix:
                self.revoke(ticket_id)

    def entry_lines(self) -> Iterable[bytes]:
        """One FILES ENTRY line for each file, sorted by name."""
        return map(self._body, self.catalogue)

    def seal_ticket(self, session: Session, session_key: bytes, now: Now) -> bytes:
        """A sealed ticket for `session`; raises FailedError when it has had too many of late."""
        from livechat.ticket import TICKET_ID_BYTES, TICKET_LIFETIME_S, Rights, Ticket, TicketSealer  # noqa: PLC0415

        holder = self._holders.get(session)
        if holder is None:
            bucket = FloodBucket(burst=limits.TICKET_BURST, rate=limits.TICKET_RATE, now_s=now.mono)
            holder = self._holders[session] = _Holder(bucket)
        if not holder.bucket.allows(now.mono):
            raise FailedError("RATE_LIMITED", "TICKET", text="Too many tickets, please wait a few seconds")
        holder.bucket.charge(1)
        expires_at = int(now.unix) + TICKET_LIFETIME_S
        ticket_id = self._random_bytes(TICKET_ID_BYTES)
        holder.tickets = [kept for kept in holder.tickets if kept[0] > now.unix]
        holder.tickets.append((expires_at, ticket_id))
        # Everybody may download; a rule by account would choose the rights here, by `session.account`.
        ticket = Ticket(ticket_id, session.shown_nick, Rights.DOWNLOAD, 0, expires_at, session_key)
        if self._sealer is None:
            self._sealer = TicketSealer(self._master_key, self._random_bytes)
        return self._sealer.seal(ticket)

    def new_session_key(self) -> bytes:
        """A key for a link, which has no client that could agree on one."""
        from livechat.ticket import SESSION_KEY_BYTES  # noqa: PLC0415

        return self._random_bytes(SESSION_KEY_BYTES)

    def converse(self, request: Request, text: str) -> None:
        """Answer a message to the service nick."""
        answer(self, request, text)

    def _body(self, entry: FileEntry) -> bytes:
        body = self._bodies.get(entry.file_id)
        if body is None:
            root = base64.urlsafe_b64encode(entry.root).rstrip(b"=").decode()
            words = ("ENTRY", text_id(entry.file_id), str(entry.size), str(entry.modified_ms), root)
            body = self._bodies[entry.file_id] = encode(self._server, "FILES", words, entry.name)
        return body

    def _tell(self, body: bytes, now: Now) -> None:
        followers = [session for session in self._followers if session.has(caps.LIVECHAT_FILES)]
        self._hub.send_all(followers, self._hub.server_line(body, now))
        self._hub.reap(now)

    @property
    def _server(self) -> str:
        return self._hub.settings.server_name
