"""The hub's state and how lines reach people: sessions, nicks, channels, fan-out, ends of sessions. Pure.

`Hub` is driven by the shell (`connection`, `server`) or a test: `connect`, `handle_line`, `handle_long_line`,
`tick`, `close`. It answers by filling outboxes and naming those that have something to send in `dirty`. What a
command does is in `commands`, which command runs is `dispatch`'s, what it answers `replies`'.
"""

from collections.abc import Callable, Iterable, Sequence

from livechat.irc.casemap import fold

from chat_hub import caps, limits
from chat_hub.accounts.desk import AccountDesk
from chat_hub.accounts.hashing import Hasher
from chat_hub.admission import Admission
from chat_hub.attendance import Attendance
from chat_hub.census import Census
from chat_hub.channel import Channel
from chat_hub.clienttags import TagFilter
from chat_hub.clock import Now, server_time
from chat_hub.dispatch import dispatch, dispatch_long_line
from chat_hub.filedesk import FileDesk
from chat_hub.flood import FloodBucket
from chat_hub.history import History
from chat_hub.identity import Identities
from chat_hub.metadata import CAPABILITY_VALUE as METADATA_VALUE
from chat_hub.metadata import MetadataDesk
from chat_hub.moderation import Moderation
from chat_hub.outbox import Outbox
from chat_hub.outgoing import Line, encode
from chat_hub.renames import Renames
from chat_hub.session import Session
from chat_hub.settings import HubSettings
from chat_hub.store.protocol import Store
from chat_hub.text import clip

LOBBY = "#lobby"


def registration_value(settings: HubSettings) -> str:
    """The value of draft/account-registration: with a server password nothing goes before it."""
    return "custom-account-name" if settings.server_password else "before-connect,custom-account-name"


class Hub:
    """Everybody who is connected and every channel."""

    def __init__(
        self,
        settings: HubSettings,
        *,
        random_bytes: Callable[[int], bytes],
        master_key: bytes,
        now: Now,
        store: Store,
        hasher: Hasher,
        motd: Sequence[str] = (),
        rules: Sequence[str] = (),
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.started = now
        self.started_text = server_time(now.unix)
        self.motd = tuple(motd)
        self.rules = tuple(rules)
        self.tag_filter = TagFilter(settings.client_tag_deny)
        # Values of capabilities in CAP LS, for version 302.
        self.cap_values: dict[str, str] = {
            "draft/account-registration": registration_value(settings),
            "draft/metadata-3": METADATA_VALUE,
            "draft/multiline": f"max-bytes={limits.MULTILINE_BYTES},max-lines={limits.MULTILINE_LINES}",
        }
        self.report = report
        self.random_bytes = random_bytes
        self.identities = Identities(random_bytes, now)
        self.capabilities = caps.offered(history=settings.history)
        self.sessions: dict[Session, None] = {}
        self.by_nick: dict[str, Session] = {}
        self.channels: dict[str, Channel] = {}
        self.renames = Renames(self.channels)
        self.dirty: list[Outbox] = []
        # What SIGHUP and REHASH read again; each logs by itself what is wrong and keeps what it has.
        self.reloaders: list[Callable[[], None]] = []
        self.sts_port: int | None = None  # where TLS is, once clients can be expected to trust its certificate
        self.census = Census()
        self.moderation = Moderation(self, report)
        self.audit = self.moderation.audit
        self.admission = Admission(
            most=settings.max_connections, most_per_address=settings.max_connections_per_address
        )
        self._has_overflows = False
        self._on_overflow = self._note_overflow
        self.accounts = AccountDesk(self, hasher=hasher, master_key=master_key, random_bytes=random_bytes)
        self.attendance = Attendance(self)
        self.history = History(self)
        self.metadata = MetadataDesk(self)
        self.files = FileDesk(self, master_key=master_key, random_bytes=random_bytes)
        lobby = Channel(LOBBY, now, permanent=True)
        self.channels[lobby.folded] = lobby

    # -- what drives the hub ---------------------------------------------------------------------------------

    def connect(self, address: str, local_host: str, now: Now) -> Session:
        """A session for a new connection; it is closed already when there are too many of them."""
        outbox = Outbox(self.settings.bounds.outbox_bytes, self.dirty, self._on_overflow)
        session = Session(address, self.identities.cloak(address), local_host, outbox, now)
        self.sessions[session] = None
        too_many = self.admission.enter(address)
        if too_many is not None:
            self.close(session, too_many, now)
        elif self.settings.flood_control:
            session.flood = FloodBucket(burst=limits.FLOOD_BURST, rate=limits.FLOOD_RATE, now_s=now.mono)
        return session

    def reload(self) -> None:
        """Read again what can change without a restart."""
        self.report("reading the certificate and the like again")
        for reloader in self.reloaders:
            reloader()

    def may_run(self, session: Session, now: Now) -> bool:
        """Whether flood control lets the next line of `session` run now; operators are exempt."""
        return session.flood is None or session.operator or session.flood.allows(now.mono)

    def handle_line(self, session: Session, line: bytes, now: Now) -> None:
        """Run one line (without CR LF) of `session`."""
        session.last_heard_s = now.mono
        session.ping_sent = False
        dispatch(self, session, line, now)
        if self._has_overflows:
            self.reap(now)

    def handle_long_line(self, session: Session, now: Now) -> None:
        """Answer a line that was too long to be read."""
        dispatch_long_line(self, session, now)
        self.reap(now)

    def tick(self, now: Now) -> None:
        """Ask the silent for a sign of life, and end those who gave none or never registered; once a second."""
        self.history.tick(now)
        bounds = self.settings.bounds
        for session in list(self.sessions):
            silent_s = now.mono - session.last_heard_s
            if not session.registered:
                if now.mono - session.connected.mono >= bounds.registration_timeout_s:
                    self.close(session, "Registration timed out", now)
            elif silent_s >= bounds.ping_interval_s + bounds.ping_timeout_s:
                self.close(session, f"Ping timeout: {int(silent_s)} seconds", now)
            elif silent_s >= bounds.ping_interval_s and not session.ping_sent:
                session.ping_sent = True
                server = self.settings.server_name
                self.send(session, self.line(server, "PING", text=server, now=now))
        self.moderation.tick(now)
        self.reap(now)

    def close(self, session: Session, reason: str, now: Now, *, told: str | None = None) -> None:
        """End `session`: its peers see QUIT with `reason`, it gets ERROR (with `told` when that differs)."""
        if session.closed:
            return
        session.closed = True
        reason = clip(reason, limits.REASON_BYTES)
        if session.registered and len(session.siblings) > 1:
            self._detach(session, now)
        elif session.registered:
            peers = self.peers(session)
            event = self.event(session, "QUIT", text=reason, now=now)
            self.history.event_everywhere(session, event)
            for channel in list(session.channels.values()):
                self.leave(channel, session)
            self.send_all(peers, event)
            self.attendance.left(session, now)
        self._forget(session)
        session.outbox.close(f"ERROR :Closing link: {told or reason}\r\n".encode())

    def close_person(self, session: Session, reason: str, now: Now) -> None:
        """End every session of the person of `session`."""
        for sibling in list(session.siblings):
            self.close(sibling, reason, now)

    def attach(self, session: Session, lead: Session, now: Now) -> None:
        """Make `session`, which is about to register, one more session of the person whom `lead` stands for."""
        if session.nick is not None and self.by_nick.get(fold(session.nick)) is session:
            del self.by_nick[fold(session.nick)]
        person = lead.person
        session.person = person
        session.registered = True
        person.sessions.append(session)
        for channel in person.channels.values():
            channel.attach(session, lead)
        self.announce_away(session, session.own_away, now)

    def announce_away(self, session: Session, newest: str | None, now: Now) -> bool:
        """Combine the away states of a person, and tell the peers if that changed; whether it did."""
        if not session.person.combine_away(newest) or not session.registered:
            return False
        event = self.event(session, "AWAY", text=session.away, now=now)
        self.tell_peers(session, caps.AWAY_NOTIFY, event)
        return True

    def tell_peers(self, session: Session, capability: int, line: Line) -> None:
        """Queue what happened to `session` to its peers (and extended-monitor's watchers) that negotiated
        `capability`, not to itself.
        """
        peers = self.peers(session)
        self.send_all((peer for peer in peers if peer.has(capability)), line)
        self.send_all(self.attendance.watchers(session, capability, peers), line)

    def shut_down(self, reason: str) -> None:
        """Tell everybody that the hub ends. No QUITs: among thousands they would take longer than the end."""
        for session in self.sessions:
            session.closed = True
            session.outbox.close(f"ERROR :Closing link: {reason}\r\n".encode())
        self.sessions.clear()

    def reap(self, now: Now) -> None:
        """End the sessions whose outbox went over its bound; their QUIT may push others over theirs."""
        while self._has_overflows:
            self._has_overflows = False
            for session in [session for session in self.sessions if session.outbox.overflowed]:
                self.close(session, "SendQ exceeded: it read too slowly", now)

    # -- names and channels ----------------------------------------------------------------------------------

    def find(self, nick: str) -> Session | None:
        """The registered session with this nick; of several that share it the one that leads."""
        session = self.by_nick.get(fold(nick))
        return session if session is not None and session.registered else None

    def is_service(self, nick: str) -> bool:
        """Whether `nick` is the hub's own, so that no session can have it."""
        return fold(nick) == self.files.nick

    def channel(self, name: str) -> Channel | None:
        """The channel with this name."""
        return self.channels.get(fold(name))

    def take_nick(self, session: Session, nick: str) -> bool:
        """Give `nick` to `session`; False when another has it or it is reserved."""
        folded = fold(nick)
        holder = self.by_nick.get(folded)
        if self.is_service(nick) or (holder is not None and holder.person is not session.person):
            return False
        if session.nick is not None:
            del self.by_nick[fold(session.nick)]
        if session.nick is None or fold(session.nick) != folded:
            session.person.nick_since = self.identities.last_id
        self.by_nick[folded] = session.siblings[0]
        session.person.rename(nick)
        return True

    def leave(self, channel: Channel, session: Session) -> None:
        """End the membership of a person; an empty channel that is not the server's goes with it."""
        channel.remove(session)
        if not channel.members and not channel.permanent:
            del self.channels[channel.folded]
            self.metadata.forget(channel)
            self.history.channel_gone(channel)

    def peers(self, session: Session) -> dict[Session, None]:
        """Everybody who shares a channel with `session` and its siblings, without itself, each once."""
        peers: dict[Session, None] = dict.fromkeys(session.siblings)
        for channel in session.channels.values():
            peers.update(dict.fromkeys(channel.members))
        peers.pop(session, None)
        return peers

    # -- lines -----------------------------------------------------------------------------------------------

    def line(self, source: str, command: str, *params: str, text: str | None = None, now: Now) -> Line:
        """A line without an id."""
        return Line(encode(source, command, params, text), time=server_time(now.unix))

    def server_line(self, body: bytes, now: Now) -> Line:
        """A line that is written already, without an id."""
        return Line(body, time=server_time(now.unix))

    def event(self, actor: Session, command: str, *params: str, text: str | None = None, now: Now) -> Line:
        """What `actor` did, with a message id: the same for all who get it."""
        body = encode(actor.prefix, command, params, text)
        tags = "bot" if actor.bot else ""
        return Line(body, msgid=self.identities.next_id(now), account=actor.account or "", client_tags=tags)

    def send(self, session: Session, line: Line) -> None:
        """Queue `line` to one session."""
        session.outbox.put(line.for_shape(session.shape))

    def send_person(self, session: Session, line: Line, *, skip: Session | None = None) -> None:
        """Queue `line` to every session of the person of `session` but `skip`."""
        self.send_all(session.siblings, line, skip=skip)

    def send_all(self, sessions: Iterable[Session], line: Line, *, skip: Session | None = None) -> None:
        """Queue `line` to each of `sessions` but `skip`: written once for each shape, shared by all."""
        shapes = line.shapes
        for session in sessions:
            if session is not skip:
                session.outbox.put(shapes[session.shape] or line.for_shape(session.shape))

    # ----------------------------------------------------------------------------------------------------------

    def _detach(self, session: Session, now: Now) -> None:
        """Take `session` out of its person, whose others stay: nobody sees more than a change of away."""
        person = session.person
        person.sessions.remove(session)
        for channel in person.channels.values():
            channel.detach(session)
        lead = person.sessions[0]
        self.by_nick[fold(lead.shown_nick)] = lead
        self.announce_away(lead, None, now)

    def _forget(self, session: Session) -> None:
        del self.sessions[session]
        if session in session.siblings:  # the last one: the others were taken out by _detach
            self.census.remove(session)
            self.metadata.forget(session.person)
            if session.nick is not None:
                del self.by_nick[fold(session.nick)]
        self.admission.leave(session.address)
        self.accounts.forget(session)
        self.files.forget(session)
        self.attendance.monitors.forget(session)

    def _note_overflow(self) -> None:
        self._has_overflows = True
