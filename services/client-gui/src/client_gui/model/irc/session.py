"""One connection to the hub as a pure core: bytes and `now` in, bytes and facts out.

    registering -> online -> over

`net.hub_link` connects a socket, feeds `receive`, sends `data_to_send()`, calls `handle_timer` when
`get_timer` says so, and takes `next_fact()` until there is none. Disconnect or LoginRefused ends a session;
`connection_lost` settles what was on its way. A reconnect is a new session.

`now` is monotonic seconds, `unix_now` Unix seconds (for messages without a server-time). Whatever a server
sends, nothing is raised: lines that make no sense are left out, and where not a single line of IRC comes the
session ends as "not a Social Live Chat server".
"""

from collections import deque
from collections.abc import Callable
from enum import Enum

from livechat.errors import LocalProtocolError, RemoteProtocolError
from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.lines import MAX_SERVER_TAG_BYTES, LineBuffer
from livechat.irc.message import Message, nick_of, parse

from client_gui.model import events as ev
from client_gui.model.events import LOBBY, Kind
from client_gui.model.irc import login, people
from client_gui.model.irc.facts import Disconnect, Fact, TicketRefused
from client_gui.model.irc.files import FilesReader
from client_gui.model.irc.messages import incoming
from client_gui.model.irc.outgoing import OwnMessages
from client_gui.model.sanitize import safe_name, safe_text

FIRST_WORD_S = 10.0
"""A server that has said nothing of IRC by then is not one."""
LOGIN_S = 30.0
PING_AFTER_S = 30.0
SILENT_S = 90.0
"""A server that has been silent for so long, in spite of our PING, is gone."""
MAX_INCOMING_LINE_BYTES = 2_048
"""Of a line without its tags: four times what IRC allows, for servers with a greater LINELEN."""
MAX_OUTGOING_BYTES = 1_048_576
"""Not yet taken by `data_to_send`; at the bound messages fail with a sentence and PINGs go unanswered."""
MAX_BATCHES = 50
"""Open at once; of further ones the label is not known, so what they answer stays waiting."""
WHO_UP_TO = 300
"""In a larger lobby nobody asks who is away: everyone asking about everyone is too much to send."""

NOT_A_SERVER = "it is not a Social Live Chat server"
_NO_FILES = "The server offers no files now."


class Phase(Enum):
    """Where the session stands."""

    REGISTERING = "registering"
    ONLINE = "online"
    OVER = "over"


class IrcSession:
    """See the module. `name` is the nick to ask for, `password` the server's, empty for none."""

    def __init__(self, name: str, password: str, now: float) -> None:
        self.phase = Phase.REGISTERING
        self.phase_reached = Phase.REGISTERING
        """ONLINE once it has been, OVER or not."""
        self.nick = name
        self.goodbye = ""
        """The server's own reason for closing, where it gave one with ERROR."""
        self.recognised = False
        """True when the other side has said something of IRC."""
        self._network = self._server = self._source = ""
        self._welcomed = False
        self._capabilities = login.Capabilities()
        self._lines = LineBuffer(MAX_INCOMING_LINE_BYTES, MAX_SERVER_TAG_BYTES)
        self._names = people.NamesCollector()
        self._files = FilesReader()
        self._batches: dict[str, str] = {}
        self._facts: deque[Fact] = deque()
        self._own = OwnMessages(self._capabilities.enabled, self._facts.append, self._send)
        self._out = bytearray()
        self._started = self._heard = now
        self._pinged = False
        self._unix_now = 0.0
        self._handlers = self._table()
        self._password_given = bool(password)
        self._open(name, password)

    # --- what net calls -----------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float, unix_now: float) -> None:
        """Bytes from the server."""
        self._heard, self._pinged, self._unix_now = now, False, unix_now
        self._lines.feed(data)
        while self.phase is not Phase.OVER:
            try:
                line = self._lines.next_line()
                if line is None:
                    return
                message = parse(line)
            except RemoteProtocolError:
                if not self.recognised:
                    self._end(Disconnect(NOT_A_SERVER))
                continue
            self._handle(message)

    def data_to_send(self) -> bytes:
        """Everything that is to be written, once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_fact(self) -> Fact | None:
        """The oldest fact that has not been taken, None when there is none."""
        return self._facts.popleft() if self._facts else None

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called (monotonic seconds)."""
        if self.phase is Phase.OVER:
            return None
        if self.phase is Phase.REGISTERING:
            return self._started + (LOGIN_S if self.recognised else FIRST_WORD_S)
        return self._heard + (SILENT_S if self._pinged else PING_AFTER_S)

    def handle_timer(self, now: float) -> None:
        """The time has come; calling early changes nothing."""
        due = self.get_timer()
        if due is None or now < due:
            return
        if self.phase is Phase.REGISTERING:
            self._end(Disconnect("it did not finish the log-in in time" if self.recognised else NOT_A_SERVER))
        elif self._pinged:
            self._end(Disconnect("The server does not answer any more."))
        else:
            self._pinged = True
            self._send(Message("PING", ("livechat",)))

    def connection_lost(self, reason: str) -> None:
        """The socket is gone, or is being closed: what was on its way has failed."""
        self.phase = Phase.OVER
        self._own.lost(reason)
        for client_public in self._files.abandon():
            self._facts.append(TicketRefused(client_public, "UNAVAILABLE", reason))

    def say(self, conversation: str, text: str, label: str, unix_now: float, kind: Kind = Kind.TEXT) -> None:
        """Send `text`, as several messages where it has several lines or is long."""
        message = ev.MessageQueued(conversation, safe_name(self.nick), text, unix_now, label, kind)
        if self.phase is not Phase.ONLINE:
            self._own.refuse(message, "You are not connected.")
        elif len(self._out) > MAX_OUTGOING_BYTES:
            self._own.refuse(message, "Too much is waiting to be sent.")
        else:
            self._own.say(message, self._source or self.nick)

    def request_ticket(self, client_public: bytes) -> None:
        """Ask for a ticket; TicketGranted or TicketRefused answers."""
        message = None
        if self.phase is Phase.ONLINE and login.FILES_CAPABILITY in self._capabilities.enabled:
            message = self._files.ticket_sent(client_public)
        if message is None:
            self._facts.append(TicketRefused(client_public, "UNAVAILABLE", _NO_FILES))
        else:
            self._send(message)

    def quit(self) -> None:
        """Say goodbye; `net` sends it and closes."""
        self._send(Message("QUIT", ("Leaving",)))

    # --- the frame of a session ---------------------------------------------------------------------------

    def _open(self, name: str, password: str) -> None:
        """A name or password that would break a line never leaves."""
        for message in login.opening(name, password):
            try:
                self._send(message)
            except LocalProtocolError:
                self._out.clear()
                self._end(login.unsendable(message, name))
                return

    def _send(self, message: Message) -> None:
        self._out += message.encode()

    def _end(self, fact: Disconnect | ev.LoginRefused) -> None:
        self.phase = Phase.OVER
        self._facts.append(fact)

    def _handle(self, message: Message) -> None:
        if not self.recognised:
            known = message.command in {"CAP", "NOTICE", "PING", "ERROR", "FAIL"}
            self.recognised = known or (message.command.isdigit() and message.source is not None)
        if not self.recognised or (self.phase is Phase.REGISTERING and self._refused(message)):
            return
        handler = self._handlers.get(message.command)
        if handler is not None:
            handler(message)
        elif len(message.command) == 3 and message.command[0] in "45":
            self._on_error_numeric(message)

    def _refused(self, message: Message) -> bool:
        """True where `message` ends the log-in."""
        if self._welcomed and message.command in login.JOIN_REFUSED and len(message.params) > 1:
            reason = f"{LOBBY} cannot be entered: {safe_text(message.params[-1])}"
            self._end(ev.LoginRefused(reason))
        elif not self._welcomed or message.command == "ERROR":
            refusal = login.refusal(message, self.nick, password_given=self._password_given)
            if refusal is not None:
                self._on_error(message)
                self._end(refusal)
        return self.phase is Phase.OVER

    def _table(self) -> dict[str, Callable[[Message], None]]:
        return {
            "CAP": self._on_cap,
            "PING": self._on_ping,
            "ERROR": self._on_error,
            "BATCH": self._on_batch,
            "ACK": self._on_ack,
            "FAIL": self._on_fail,
            "WARN": self._on_remark,
            "NOTE": self._on_remark,
            "FILES": self._on_files,
            "PRIVMSG": self._on_text,
            "NOTICE": self._on_text,
            "INVITE": self._on_invite,
            "JOIN": self._on_join,
            "PART": self._on_people,
            "KICK": self._on_people,
            "QUIT": self._on_people,
            "NICK": self._on_people,
            "AWAY": self._on_people,
            "SETNAME": self._on_people,
            numerics.RPL_WELCOME: self._on_welcome,
            "005": self._on_isupport,
            numerics.RPL_AWAY: self._on_away_reply,
            numerics.RPL_WHOREPLY: self._on_who,
            numerics.RPL_NAMREPLY: self._names.add,
            numerics.RPL_ENDOFNAMES: self._on_names_end,
        }

    # --- log-in -------------------------------------------------------------------------------------------

    def _on_cap(self, message: Message) -> None:
        had_files = login.FILES_CAPABILITY in self._capabilities.enabled
        for answer in self._capabilities.handle(message):
            self._send(answer)
        has_files = login.FILES_CAPABILITY in self._capabilities.enabled
        if self.phase is Phase.ONLINE and has_files and not had_files:
            self._send(self._files.list_sent())
        elif had_files and not has_files:
            self._facts.append(ev.FilesUnavailable(_NO_FILES))

    def _on_welcome(self, message: Message) -> None:
        if self._welcomed:
            return
        self._welcomed = True
        self._server = message.source or ""
        self.nick = message.params[0] if message.params else self.nick
        self._send(Message("JOIN", (LOBBY,)))

    def _on_isupport(self, message: Message) -> None:
        for token in message.params[1:-1]:
            key, _, value = token.partition("=")
            if key == "NETWORK":
                self._network = safe_name(value)
            elif key == "PREFIX" and ")" in value:
                self._names.prefixes = value.partition(")")[2][:16] or people.DEFAULT_PREFIXES

    def _on_join(self, message: Message) -> None:
        event = people.joined(message, extended="extended-join" in self._capabilities.enabled)
        if event is None:
            return
        if self._is_me(event.person.nick):
            self._source = message.source or ""
            if self.phase is Phase.REGISTERING and fold(event.channel) == fold(LOBBY):
                self._come_online()
        self._facts.append(event)

    def _come_online(self) -> None:
        self.phase = self.phase_reached = Phase.ONLINE
        self._facts.append(ev.Online(safe_name(self.nick), self._network or safe_name(self._server)))
        if login.FILES_CAPABILITY in self._capabilities.enabled:
            self._send(self._files.list_sent())
        else:
            self._facts.append(ev.FilesUnavailable("This server offers no files."))

    # --- people -------------------------------------------------------------------------------------------

    def _on_people(self, message: Message) -> None:
        for event in people.changes(message):
            if isinstance(event, ev.PersonRenamed):
                self._renamed(event)
            elif isinstance(event, ev.PersonLeft) and self._is_me(event.nick):
                self._facts.append(
                    ev.Notice(f"You are no longer in {event.channel}: {event.reason or 'left'}.")
                )
            self._facts.append(event)

    def _renamed(self, event: ev.PersonRenamed) -> None:
        self._own.renamed(event.old, event.new)
        if self._is_me(event.old):
            self._source = event.new + self._source[len(nick_of(self._source)) :]
            self.nick = event.new

    def _is_me(self, nick: str) -> bool:
        return fold(nick) == fold(safe_name(self.nick))

    def _on_names_end(self, message: Message) -> None:
        listed = self._names.finish(message)
        if listed is None:
            return
        self._facts.append(listed)
        if fold(listed.channel) == fold(LOBBY) and 1 < len(listed.people) <= WHO_UP_TO:
            self._send(Message("WHO", (LOBBY,)))

    def _on_who(self, message: Message) -> None:
        away = people.who_reply(message)
        if away is not None:
            self._facts.append(away)

    def _on_away_reply(self, message: Message) -> None:
        """RPL_AWAY: <client> <nick> :<message>; our own message has been delivered all the same."""
        if len(message.params) > 2:
            nick, said = safe_name(message.params[1]), safe_text(message.params[2])
            self._facts.append(ev.PersonAway(nick, away=True))
            self._facts.append(ev.Notice(f"{nick} is away: {said}"))

    def _on_invite(self, message: Message) -> None:
        if len(message.params) > 1 and message.source:
            who, channel = safe_name(nick_of(message.source)), safe_name(message.params[1])
            self._facts.append(ev.Notice(f"{who} invites you to {channel}."))

    # --- messages -----------------------------------------------------------------------------------------

    def _on_text(self, message: Message) -> None:
        event = incoming(message, safe_name(self.nick), self._server, self._unix_now)
        if event is None:
            return
        if isinstance(event, ev.MessageReceived) and event.own:
            if self._own.echoed(self._label_of(message), event):
                return
            if self._own.labelled and self._is_me(event.conversation):
                return  # a message to ourselves: the echo has shown it, this is the delivery
        self._facts.append(event)

    def _on_batch(self, message: Message) -> None:
        """BATCH +<reference> labeled-response: what comes under the reference answers its label."""
        reference = message.params[0] if message.params else ""
        if reference.startswith("+") and "label" in message.tags and len(self._batches) < MAX_BATCHES:
            self._batches[reference[1:]] = message.tags["label"]
        elif reference.startswith("-"):
            self._batches.pop(reference[1:], None)

    def _label_of(self, message: Message) -> str:
        return message.tags.get("label") or self._batches.get(message.tags.get("batch", ""), "")

    def _on_ack(self, message: Message) -> None:
        self._own.acknowledged(self._label_of(message), safe_name(self.nick), self._unix_now)

    def _on_error_numeric(self, message: Message) -> None:
        """ERR_*: <client> [<target>...] :<sentence>"""
        answered = self._own.refused(self._label_of(message), message)
        if not answered and self.phase is Phase.ONLINE and message.command != numerics.ERR_NOMOTD:
            self._facts.append(ev.Notice(safe_text(message.params[-1]) if message.params else "Refused."))

    def _on_fail(self, message: Message) -> None:
        """FAIL <command> <code> [<context>...] :<sentence> (IRCv3 Standard Replies)"""
        if len(message.params) < 3 or self._own.refused(self._label_of(message), message):
            return
        if message.params[0].upper() == "FILES":
            self._facts.extend(self._files.failed(message))
        else:
            self._on_remark(message)

    def _on_remark(self, message: Message) -> None:
        """WARN and NOTE are shaped as FAIL."""
        if len(message.params) >= 3:
            self._facts.append(ev.Notice(safe_text(message.params[-1])))

    # --- the rest -----------------------------------------------------------------------------------------

    def _on_files(self, message: Message) -> None:
        for fact in self._files.handle(message):
            self._facts.append(fact)
            if isinstance(fact, ev.FilesBack) and self.phase is Phase.ONLINE:
                self._send(self._files.list_sent())

    def _on_ping(self, message: Message) -> None:
        if message.params and len(self._out) <= MAX_OUTGOING_BYTES:
            self._send(Message("PONG", message.params[-1:]))

    def _on_error(self, message: Message) -> None:
        if message.command == "ERROR":
            self.goodbye = login.closing_reason(safe_text(message.params[-1] if message.params else ""))
