"""Guests and accounts with several sessions in any order: what has to hold after every step (hypothesis)."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from livechat.irc.casemap import fold
from livechat.irc.message import Message

from tests.support.hub_harness import Client, HubHarness
from tests.support.login import PASSWORD, log_in_plain, member, register

ACCOUNTS = ("Ann", "bob")
NICKS = ("Ann", "bob", "carl", "dora")
CHANNELS = ("#x", "#y")
INDEX = st.integers(0, 6)
CAPS = st.sampled_from(["sasl", "sasl echo-message away-notify message-tags draft/pre-away"])
MOST = 7


class Siblings(RuleBasedStateMachine):
    """Sessions come as guests or as one of two accounts; all read everything that they get."""

    @initialize()
    def start(self) -> None:
        self.harness = HubHarness()
        for account in ACCOUNTS:
            register(self.harness, account)
        # Two who share a nick and two by themselves, so that every rule has somebody to work on.
        self.clients = [
            self.harness.client("carl", join="#x"),
            *(
                member(self.harness, name, caps="sasl echo-message", join="#x")
                for name in ("Ann", "Ann", "bob")
            ),
        ]
        self.read_all()
        self.words = 0

    def client(self, index: int) -> Client:
        return self.clients[index % len(self.clients)]

    def read_all(self) -> dict[Client, list[Message]]:
        got = {client: client.read() for client in self.clients}
        self.clients = [client for client in self.clients if not client.session.closed]
        return got

    @rule(
        account=st.sampled_from(["", *ACCOUNTS]),
        other=st.sampled_from([*NICKS, ""]),
        caps=CAPS,
        early=st.booleans(),
    )
    @precondition(lambda self: len(self.clients) < MOST)
    def come(self, account: str, other: str, caps: str, early: bool) -> None:
        nick = other or account or "guest"
        client = self.harness.connect()
        client.send(f"CAP REQ :{caps}", f"NICK {nick}", "USER u 0 * :U")
        if early and "pre-away" in caps:
            client.send("AWAY *")
        if account:
            log_in_plain(client, account)
        before = self.harness.hub.find(nick)
        watching = set() if before is None else set(self.harness.hub.peers(before)) - set(before.siblings)
        client.send("CAP END")
        self.clients.append(client)
        got = self.read_all()
        owner = self.harness.hub.accounts.owner(nick)
        shares = before is not None and account and before.account == account
        free = before is None and (owner is None or owner.name == account)
        assert client.session.registered == bool(shares or free)
        if shares:
            seen = {m.command for other, ms in got.items() for m in ms if other.session in watching}
            assert seen <= {"AWAY"}, "others see a session that joins its siblings as a change of away at most"
            assert client.session.person is before.person  # type: ignore[union-attr]  # shares says so
        if not client.session.registered:
            client.send("QUIT")
            self.read_all()

    @rule(index=INDEX, channel=st.sampled_from(CHANNELS), part=st.booleans())
    @precondition(lambda self: self.clients)
    def move(self, index: int, channel: str, part: bool) -> None:
        client = self.client(index)
        inside = fold(channel) in client.session.channels
        client.send(f"{'PART' if part else 'JOIN'} {channel}")
        got = self.read_all()
        if client.session.registered and inside == part:
            for sibling in client.session.siblings:
                told = next(ms for other, ms in got.items() if other.session is sibling)
                assert [m.command for m in told if m.command in {"JOIN", "PART"}] == [
                    "PART" if part else "JOIN"
                ]

    @rule(index=INDEX, nick=st.sampled_from(NICKS))
    @precondition(lambda self: self.clients)
    def rename(self, index: int, nick: str) -> None:
        self.client(index).send(f"NICK {nick}")
        self.read_all()

    @rule(index=INDEX, to=INDEX, line=st.sampled_from(["KICK #x {} :out", "MODE #x +v {}", "INVITE {} #y"]))
    @precondition(lambda self: self.clients)
    def moderate(self, index: int, to: int, line: str) -> None:
        self.client(index).send(line.format(self.client(to).session.shown_nick))
        self.read_all()

    @rule(index=INDEX, sign=st.sampled_from("+-"), channel=st.sampled_from(CHANNELS))
    @precondition(lambda self: self.clients)
    def promote(self, index: int, sign: str, channel: str) -> None:
        room = self.harness.hub.channel(channel)
        nick = self.client(index).session.shown_nick
        for client in self.clients:
            if room is not None and room.is_operator(client.session):
                client.send(f"MODE {channel} {sign}v {nick}")
                break
        self.read_all()

    @rule(index=INDEX, text=st.sampled_from(["", " :lunch", " *"]))
    @precondition(lambda self: self.clients)
    def away(self, index: int, text: str) -> None:
        self.client(index).send(f"AWAY{text}")
        self.read_all()

    @rule(index=INDEX, account=st.sampled_from(ACCOUNTS), right=st.booleans())
    @precondition(lambda self: self.clients)
    def log_in(self, index: int, account: str, right: bool) -> None:
        client = self.client(index)
        log_in_plain(client, account, PASSWORD if right else "wrong pass")
        self.read_all()

    @rule(index=INDEX, channel=st.sampled_from(CHANNELS))
    @precondition(lambda self: self.clients)
    def talk(self, index: int, channel: str) -> None:
        client = self.client(index)
        room = self.harness.hub.channel(channel)
        allowed = room is not None and client.session in room.members
        members = set(room.members) if room is not None and allowed else set()
        self.words += 1
        client.send(f"PRIVMSG {channel} :{self.words}")
        for other, messages in self.read_all().items():
            heard = [m.params[1] for m in messages if m.command == "PRIVMSG"]
            if other is not client:
                assert heard == ([str(self.words)] if other.session in members else [])

    @rule(index=INDEX, to=INDEX)
    @precondition(lambda self: self.clients)
    def whisper(self, index: int, to: int) -> None:
        client, receiver = self.client(index), self.client(to)
        self.words += 1
        client.send(f"PRIVMSG {receiver.session.shown_nick} :{self.words}")
        both = client.session.registered and receiver.session.registered
        for other, messages in self.read_all().items():
            heard = [m.params[1] for m in messages if m.command == "PRIVMSG"]
            if other is client:
                continue
            gets = both and other.session.person is receiver.session.person
            echo = both and other.session.person is client.session.person and "echo" in self.caps_of(other)
            assert heard == ([str(self.words)] if gets or echo else [])

    def caps_of(self, client: Client) -> str:
        return client.ask("CAP LIST")[0].params[-1]

    @rule(index=INDEX)
    @precondition(lambda self: self.clients)
    def quit(self, index: int) -> None:
        client = self.client(index)
        last = len(client.session.siblings) == 1
        peers = set(self.harness.hub.peers(client.session)) if client.session.registered else set()
        client.send("QUIT")
        got = self.read_all()
        told = {other.session for other, messages in got.items() if any(m.command == "QUIT" for m in messages)}
        assert told == (peers if last else set())

    @invariant()
    def siblings_are_in_the_same_channels_with_one_rank(self) -> None:
        hub = self.harness.hub
        for folded, channel in hub.channels.items():
            people = {member.person for member in channel.members}
            assert set(channel.members) == {session for person in people for session in person.sessions}
            assert [one.person for one in channel.people()] == list(
                dict.fromkeys(m.person for m in channel.people())
            )
            for person in people:
                assert person.channels[folded] is channel
                assert len({channel.members[session] for session in person.sessions}) == 1
        for session in hub.sessions:
            assert session in session.siblings
            assert all(session in channel.members for channel in session.channels.values())

    @invariant()
    def a_nick_is_one_persons_and_only_its_owners(self) -> None:
        hub = self.harness.hub
        assert hub.by_nick == {fold(s.shown_nick): s for s in hub.sessions if s.nick is not None and s.leads}
        for session in hub.sessions:
            if session.registered:
                owner = hub.accounts.owner(session.shown_nick)
                assert owner is None or owner.name == session.account
                assert all(sibling.registered for sibling in session.siblings)

    @invariant()
    def counts_and_away_are_those_of_the_people(self) -> None:
        hub = self.harness.hub
        people = {session.person for session in hub.sessions if session.registered}
        assert hub.census.people == len(people)
        logged_in = [fold(session.account) for session in hub.sessions if session.account is not None]
        assert hub.accounts._sessions == {name: logged_in.count(name) for name in logged_in}
        for person in people:
            said = [session.own_away for session in person.sessions]
            assert (person.away is None) == (None in said)
            assert person.away is None or person.away == "lunch" or "lunch" not in said


Siblings.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestSiblings = Siblings.TestCase
