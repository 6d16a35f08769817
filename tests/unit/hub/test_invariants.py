"""Many pure clients in any order: what has to hold after every step (hypothesis, stateful)."""

from collections import defaultdict

from chat_hub.caps import LABELED_RESPONSE, MULTILINE
from chat_hub.channel import Channel
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from livechat.irc.casemap import fold
from livechat.irc.message import Message, nick_of

from tests.support.hub_harness import OUR_CAPS, Client, HubHarness, with_settings

CHANNELS = ("#lobby", "#x", "#Y", "#ж")
NICKS = ("ann", "Bob", "жора", "d")
INDEX = st.integers(0, 5)
EVERYTHING = OUR_CAPS + " extended-join away-notify multi-prefix draft/channel-rename draft/multiline chghost"
CAPS = st.sampled_from(["", OUR_CAPS, EVERYTHING, "server-time"])


class Hub(RuleBasedStateMachine):
    """Clients that come, talk, join, leave, rename and go; each reads everything it gets."""

    @initialize()
    def start(self) -> None:
        self.harness = HubHarness(with_settings(oper_name="root", oper_password="pw"))
        self.clients: list[Client] = []
        self.sent = 0
        self.labels = 0
        # (receiver, sender) -> numbers of the messages seen; message id -> its line as first seen
        self.seen: dict[tuple[Client, str], list[int]] = defaultdict(list)
        self.by_id: dict[str, tuple[str, ...]] = {}

    def client(self, index: int) -> Client:
        return self.clients[index % len(self.clients)]

    def read_all(self) -> dict[Client, list[Message]]:
        got = {client: client.read() for client in self.clients}
        for client, messages in got.items():
            for message in messages:
                self.check(client, message)
        self.clients = [client for client in self.clients if not client.session.closed]
        return got

    def check(self, client: Client, message: Message) -> None:
        assert "batch" not in message.tags or client.session.caps
        if "msgid" in message.tags and message.command in {"PRIVMSG", "NOTICE"}:
            content = (message.source or "", *message.params, message.tags["time"])
            assert self.by_id.setdefault(message.tags["msgid"], content) == content

    @rule(caps=CAPS)
    @precondition(lambda self: len(self.clients) < 6)
    def connect(self, caps: str) -> None:
        nick = f"n{self.sent}x{len(self.clients)}"
        self.sent += 1
        self.clients.append(self.harness.client(nick, caps=caps))
        self.read_all()

    @rule(index=INDEX, channel=st.sampled_from(CHANNELS))
    @precondition(lambda self: self.clients)
    def join(self, index: int, channel: str) -> None:
        client = self.client(index)
        was_inside = fold(channel) in client.session.channels
        client.send(f"JOIN {channel}")
        inside = fold(channel) in client.session.channels
        got = self.read_all()
        joined = [other for other, messages in got.items() if any(m.command == "JOIN" for m in messages)]
        room = self.harness.hub.channel(channel)
        members = set() if was_inside or not inside or room is None else set(room.members)
        assert {other.session for other in joined} == members

    @rule(index=INDEX, channel=st.sampled_from(CHANNELS))
    @precondition(lambda self: self.clients)
    def part(self, index: int, channel: str) -> None:
        self.client(index).send(f"PART {channel} :bye")
        self.read_all()

    @rule(index=INDEX, nick=st.sampled_from(NICKS))
    @precondition(lambda self: self.clients)
    def rename(self, index: int, nick: str) -> None:
        client = self.client(index)
        session = client.session
        peers = set(self.harness.hub.peers(session)) | {session}
        before = session.nick
        client.send(f"NICK {nick}")
        got = self.read_all()
        told = {other.session for other, messages in got.items() if any(m.command == "NICK" for m in messages)}
        assert told == (peers if session.nick != before else set())

    @rule(
        index=INDEX,
        channel=st.sampled_from(CHANNELS),
        letter=st.sampled_from(["+i", "-i", "+m", "-m", "+s", "-s", "+l,1", "-l"]),
    )
    @precondition(lambda self: self.clients)
    def mode(self, index: int, channel: str, letter: str) -> None:
        self.client(index).send(f"MODE {channel} {letter.replace(',', ' ')}")
        self.read_all()

    @rule(index=INDEX, to=INDEX, channel=st.sampled_from(CHANNELS), kick=st.booleans())
    @precondition(lambda self: self.clients)
    def moderate(self, index: int, to: int, channel: str, kick: bool) -> None:
        nick = self.client(to).session.nick
        self.client(index).send(f"KICK {channel} {nick} :out" if kick else f"MODE {channel} +v {nick}")
        self.read_all()

    @rule(
        index=INDEX,
        to=INDEX,
        channel=st.sampled_from(CHANNELS),
        change=st.sampled_from(["+b", "-b", "+b m:", "-b m:", "+e", "-e", "+I"]),
    )
    @precondition(lambda self: self.clients)
    def ban(self, index: int, to: int, channel: str, change: str) -> None:
        letters, _, extended = change.partition(" ")
        mask = f"{extended}{self.client(to).session.nick}"
        self.change_modes(self.client(index), channel, f"{letters} {mask}")

    @rule(
        index=INDEX,
        to=INDEX,
        channel=st.sampled_from(CHANNELS),
        sign=st.sampled_from("+-"),
        letter=st.sampled_from("qaohv"),
    )
    @precondition(lambda self: self.clients)
    def give_a_rank(self, index: int, to: int, channel: str, sign: str, letter: str) -> None:
        self.change_modes(self.client(index), channel, f"{sign}{letter} {self.client(to).session.nick}")

    def change_modes(self, client: Client, channel: str, words: str) -> None:
        """What MODE changes is told to every member and nobody else; without a rank nothing changes."""
        room = self.harness.hub.channel(channel)
        members = set(room.members) if room is not None else set()
        rank = room.rank(client.session) if room is not None else 0
        before = dict(room.members) if room is not None else {}
        client.send(f"MODE {channel} {words}")
        got = self.read_all()
        told = {other.session for other, ms in got.items() if any(m.command == "MODE" for m in ms)}
        assert told in (set(), members | {client.session})
        if room is not None:
            for member, after in room.members.items():
                lost_own = member is client.session and after < before[member]
                assert rank > 0 or after == before[member] or lost_own
                assert after <= max(before[member], rank * 2 - 1)  # nobody gives more than they have

    @rule(index=INDEX, channel=st.sampled_from(CHANNELS), name=st.sampled_from(CHANNELS))
    @precondition(lambda self: self.clients)
    def rename_channel(self, index: int, channel: str, name: str) -> None:
        hub, client = self.harness.hub, self.client(index)
        room = hub.channel(channel)
        members = dict(room.members) if room is not None else {}
        client.send(f"RENAME {channel} {name} :why")
        got = self.read_all()
        renamed = {
            other.session for other, ms in got.items() if any(m.command in {"RENAME", "PART"} for m in ms)
        }
        if renamed:
            assert room is not None
            assert room.name == name
            assert dict(room.members) == members
            assert renamed <= set(members) | {client.session}

    @rule(index=INDEX, to=INDEX, channel=st.sampled_from(CHANNELS))
    @precondition(lambda self: self.clients)
    def long_message(self, index: int, to: int, channel: str) -> None:
        client = self.client(index)
        room = self.harness.hub.channel(channel)
        may = room is not None and room.may_speak(client.session) and client.session.has(MULTILINE)
        members = set(room.members) if room is not None and may else set()
        lines = [
            f"BATCH +r draft/multiline {channel}",
            f"@batch=r PRIVMSG {channel} :0",
            f"@batch=r PRIVMSG {channel} :0",
        ]
        if client.session.has(MULTILINE):
            client.send(*lines, "BATCH -r")
        for other, messages in self.read_all().items():
            texts = [m.params[1] for m in messages if m.command == "PRIVMSG"]
            assert texts == (["0", "0"] if other.session in members and other is not client else texts)
            assert other.session in members or not texts

    @rule(index=INDEX, count=st.integers(1, 4), channel=st.sampled_from(CHANNELS))
    @precondition(lambda self: self.clients)
    def talk(self, index: int, count: int, channel: str) -> None:
        client = self.client(index)
        room = self.harness.hub.channel(channel)
        may = room is not None and room.may_speak(client.session)
        members = set(room.members) if room is not None and may else set()
        assert not (may and self.is_silenced(room, client))
        for _ in range(count):
            self.sent += 1
            client.send(f"PRIVMSG {channel} :{self.sent}")
        for other, messages in self.read_all().items():
            numbers = [int(m.params[1]) for m in messages if m.command == "PRIVMSG"]
            expected = list(range(self.sent - count + 1, self.sent + 1))
            if other is client:
                assert numbers in ([], expected)
            else:
                assert numbers == (expected if other.session in members else [])

    def is_silenced(self, room: Channel | None, client: Client) -> bool:
        """Banned or muted by nick, without an exception or a rank: found the plain way."""
        if room is None or room.lists is None or room.members.get(client.session):
            return False
        mine = {f"{extended}{fold(client.session.nick or '')}!*@*" for extended in ("", "m:")}
        banned = any(fold(entry.mask.text) in mine for entry in room.lists.entries("b"))
        return banned and not any(fold(entry.mask.text) in mine for entry in room.lists.entries("e"))

    @rule(index=INDEX, to=INDEX, count=st.integers(1, 3))
    @precondition(lambda self: self.clients)
    def whisper(self, index: int, to: int, count: int) -> None:
        client, receiver = self.client(index), self.client(to)
        for _ in range(count):
            self.sent += 1
            client.send(f"PRIVMSG {receiver.session.nick} :{self.sent}")
        for other, messages in self.read_all().items():
            for message in messages:
                if message.command == "PRIVMSG":
                    assert other in {client, receiver}
                    sender = nick_of(message.source or "")
                    if other is not client:
                        self.seen[other, sender].append(int(message.params[1]))
        for numbers in self.seen.values():
            assert numbers == sorted(set(numbers))

    @rule(
        index=INDEX,
        line=st.sampled_from(
            ["PING x", "WHO #x", "PRIVMSG #lobby :1", "PONG", "JOIN #x", "LIST", "NOSUCH", "FILES LIST",
             "AWAY :z", "AWAY", "TOPIC #x :t", "PART #Y", "NOTICE nobody :x", "MODE #x", "PRIVMSG files :list",
             "MODE #x +b", "MODE #x +bb z!*@* y", "WHO * %tna,1", "MONITOR + ann,Bob", "MONITOR L", "STATS k",
             "WHOWAS ann", "RENAME #x #ж", "OPER root pw", "KLINE 198.51.100.1", "SETHOST ann a.b", "AUDIT",
             "HELP", "BATCH -x", "BATCH +x netsplit", "KICK #x ann,Bob", "INVITE ann #x", "TAGMSG #x", "REHASH"]
        ),
    )  # fmt: skip
    @precondition(lambda self: self.clients)
    def labelled(self, index: int, line: str) -> None:
        client = self.client(index)
        self.labels += 1
        label = f"l{self.labels}"
        self.sent += line.startswith("PRIVMSG #")
        client.send(f"@label={label} {line}")
        got = self.read_all()
        answers = [m for m in got[client] if m.tags.get("label") == label]
        assert len(answers) == (1 if "labeled-response" in self.caps_of(client) else 0)
        assert not any("label" in m.tags for other, ms in got.items() if other is not client for m in ms)

    def caps_of(self, client: Client) -> str:
        return OUR_CAPS if client.session.has(LABELED_RESPONSE) else ""

    @rule(index=INDEX)
    @precondition(lambda self: self.clients)
    def quit(self, index: int) -> None:
        client = self.client(index)
        peers = set(self.harness.hub.peers(client.session))
        client.send("QUIT :done")
        got = self.read_all()
        told = {other.session for other, messages in got.items() if any(m.command == "QUIT" for m in messages)}
        assert told == peers

    @rule(seconds=st.sampled_from([1.0, 30.0, 95.0]))
    def wait(self, seconds: float) -> None:
        self.harness.pass_time(seconds)
        self.read_all()

    @invariant()
    def membership_is_the_same_from_both_sides(self) -> None:
        hub = self.harness.hub
        for folded, channel in hub.channels.items():
            assert folded == channel.folded == fold(channel.name)
            assert channel.members or channel.permanent
            for member in channel.members:
                assert member.channels[folded] is channel
        for session in hub.sessions:
            assert not session.closed
            for folded, channel in session.channels.items():
                assert hub.channels[folded] is channel
                assert session in channel.members

    @invariant()
    def nicks_and_counts_are_those_of_the_sessions(self) -> None:
        hub = self.harness.hub
        assert {fold(s.nick): s for s in hub.sessions if s.nick} == hub.by_nick
        assert hub.census.people == sum(s.registered for s in hub.sessions)
        assert {client.session for client in self.clients} == set(hub.sessions)


Hub.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestHub = Hub.TestCase
