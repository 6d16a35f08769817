"""History: what is confirmed and when, CHATHISTORY with each subcommand and selector, what is kept for whom."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
from chat_hub import limits
from chat_hub.bounds import Bounds
from chat_hub.clock import Now
from chat_hub.store.protocol import StoreBusyError
from livechat.irc import numerics as n
from livechat.irc.message import Message

from tests.support.chathistory import DIRECT, EVENTS, READ, texts
from tests.support.hub_harness import OUR_CAPS, Client, HubHarness, with_settings
from tests.support.login import log_in_plain, member, register


def talk(hub: HubHarness, client: Client, count: int, target: str = "#x") -> list[Message]:
    """`count` messages a second apart, numbered from 0; their echoes."""
    echoes = []
    for number in range(count):
        hub.now = Now(hub.now.mono + 1, hub.now.unix + 1)
        echoes.append(client.one(f"PRIVMSG {target} :{number}"))
    return echoes


@pytest.fixture
def hub() -> HubHarness:
    return HubHarness()


@pytest.fixture
def a(hub: HubHarness) -> Client:
    return hub.client("a", caps=READ, join="#x")


# -- confirmation ----------------------------------------------------------------------------------------------


def test_the_echo_waits_for_the_commit_and_others_do_not(hub: HubHarness, a: Client) -> None:
    b = hub.client("b", join="#x")
    a.read()
    hub.holding = True
    assert a.ask("PRIVMSG #x :hello", "PING behind") == []
    assert [m.params[-1] for m in b.read()] == ["hello"]
    hub.commit()
    assert [(m.command, m.params[-1]) for m in a.read()] == [("PRIVMSG", "hello"), ("PONG", "behind")]


@pytest.mark.parametrize("caps", ["labeled-response batch", "labeled-response batch echo-message"])
def test_the_labelled_answer_waits_for_the_commit(hub: HubHarness, caps: str) -> None:
    a = hub.client("a", caps=caps, join="#x")
    hub.holding = True
    assert a.ask("@label=l PRIVMSG #x :hello") == []
    hub.commit()
    answer = a.read()
    assert [m.command for m in answer] == ["PRIVMSG" if "echo" in caps else "ACK"]
    assert answer[0].tags["label"] == "l"


def test_who_asked_for_no_confirmation_waits_for_nothing(hub: HubHarness) -> None:
    a = hub.client("a", join="#x")
    hub.holding = True
    assert [m.params[-1] for m in a.ask("PRIVMSG #x :hello", "PING 1")] == ["1"]


def test_reading_of_commands_goes_on_while_output_waits(hub: HubHarness, a: Client) -> None:
    b = hub.client("b", join="#x")
    hub.holding = True
    b.read()
    a.send("PRIVMSG #x :1", "PRIVMSG #x :2", "TOPIC #x :new")
    assert [m.params[-1] for m in b.read()] == ["1", "2", "new"]


def test_a_message_that_cannot_be_kept_is_answered_with_fail_and_the_hub_goes_on(
    hub: HubHarness, a: Client
) -> None:
    b = hub.client("b", join="#x")
    a.read()
    full_disk(hub.store.connection)
    hub.holding = True
    for number in range(400):
        a.send(f"PRIVMSG #x :{number} {'x' * 300}")
    hub.commit()
    answers = a.read()
    assert {(m.command, *m.params[:3]) for m in answers} == {("FAIL", "PRIVMSG", "NOT_KEPT", "#x")}
    assert len(b.read()) == 400
    hub.holding = False
    hub.store.connection.execute("PRAGMA max_page_count = 1000000")
    assert a.one("PRIVMSG #x :again").params[-1] == "again"
    assert texts(a.ask("CHATHISTORY LATEST #x * 10")) == ["again"]


def full_disk(connection: sqlite3.Connection) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_session_that_ends_before_the_commit_still_gets_its_echo_first(hub: HubHarness, a: Client) -> None:
    hub.holding = True
    a.ask("PRIVMSG #x :last", "QUIT")
    assert a.read() == []
    hub.commit()
    assert [m.command for m in a.read()] == ["PRIVMSG", "ERROR"]


# -- CHATHISTORY -----------------------------------------------------------------------------------------------


def test_ids_times_tags_and_texts_are_the_same_live_and_later(hub: HubHarness, a: Client) -> None:
    live = a.one("@+draft/reply=x;+x=1 PRIVMSG #x :with tags")
    hub.pass_time(60)
    start, again, end = a.ask("CHATHISTORY LATEST #x * 10")
    assert (start.params[1:], end.params) == (("chathistory", "#x"), (f"-{start.params[0][1:]}",))
    tags = dict(again.tags)
    assert tags.pop("batch") == start.params[0][1:]
    assert (tags, again.source, again.params) == (live.tags, live.source, live.params)


def selector(kind: str, message: Message) -> str:
    return f"msgid={message.tags['msgid']}" if kind == "msgid" else f"timestamp={message.tags['time']}"


@pytest.mark.parametrize("kind", ["msgid", "timestamp"])
def test_every_subcommand_with_every_selector(hub: HubHarness, a: Client, kind: str) -> None:
    said = talk(hub, a, 10)
    at = [selector(kind, message) for message in said]

    def ask(line: str) -> str:
        return "".join(texts(a.ask(f"CHATHISTORY {line}")))

    assert ask("LATEST #x * 3") == "789"
    assert ask(f"LATEST #x {at[5]} 10") == "6789"
    assert ask(f"LATEST #x {at[5]} 2") == "89"
    assert ask(f"BEFORE #x {at[5]} 3") == "234"
    assert ask(f"AFTER #x {at[5]} 3") == "678"
    assert ask(f"AROUND #x {at[5]} 4") == "3456"
    assert ask(f"AROUND #x {at[0]} 4") == "0123"
    assert ask(f"AROUND #x {at[9]} 4") == "6789"
    assert ask(f"AROUND #x {at[5]} 1") == "5"
    assert ask(f"BETWEEN #x {at[2]} {at[6]} 10") == "345"
    assert ask(f"BETWEEN #x {at[2]} {at[6]} 2") == "34"
    assert ask(f"BETWEEN #x {at[6]} {at[2]} 2") == "45"
    assert ask(f"AFTER #x {at[9]} 10") == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", n.ERR_NEEDMOREPARAMS),
        ("NOSUCH #x * 1", "UNKNOWN_COMMAND"),
        ("LATEST #x *", "NEED_MORE_PARAMS"),
        ("LATEST #y * 1", "INVALID_TARGET"),
        ("LATEST b * 1", "INVALID_TARGET"),
        ("LATEST #x * 0", "INVALID_PARAMS"),
        ("LATEST #x * -1", "INVALID_PARAMS"),
        ("LATEST #x * ten", "INVALID_PARAMS"),
        ("BEFORE #x * 1", "INVALID_MSGREFTYPE"),
        ("BEFORE #x id=1 1", "INVALID_MSGREFTYPE"),
        ("BEFORE #x msgid=! 1", "INVALID_PARAMS"),
        ("BEFORE #x timestamp=yesterday 1", "INVALID_PARAMS"),
        ("BEFORE #x timestamp=2024-02-30T00:00:00.000Z 1", "INVALID_PARAMS"),
        ("TARGETS * * 1", "INVALID_MSGREFTYPE"),
    ],
)
def test_what_is_wrong_is_told_with_its_code(hub: HubHarness, a: Client, line: str, code: str) -> None:
    hub.client("b", join="#y")
    answer = a.one(f"CHATHISTORY {line}".strip())
    assert code in {answer.command, answer.params[1] if answer.command == "FAIL" else ""}


def test_a_limit_above_the_bound_is_taken_as_the_bound(hub: HubHarness, a: Client) -> None:
    hub.hub.settings = replace(hub.hub.settings, bounds=Bounds(history_messages_per_query=3))
    talk(hub, a, 5)
    assert texts(a.ask("CHATHISTORY LATEST #x * 999999999999")) == ["2", "3", "4"]


def test_a_history_query_beyond_what_the_store_takes_fails_and_the_session_stays(
    hub: HubHarness, a: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub.store, "read", busy)
    answer = a.one("CHATHISTORY LATEST #x * 1")
    assert (answer.command, *answer.params[:4]) == ("FAIL", "CHATHISTORY", "MESSAGE_ERROR", "LATEST", "#x")


def busy(query: object, on_done: Callable[[Exception], None]) -> None:
    on_done(StoreBusyError("too many"))


def test_the_tokens_are_true(hub: HubHarness) -> None:
    tokens = [
        w for m in hub.connect().ask("NICK z", "USER z 0 * :z") if m.command == n.RPL_ISUPPORT for w in m.params
    ]
    assert f"CHATHISTORY={Bounds().history_messages_per_query}" in tokens
    assert "MSGREFTYPES=timestamp,msgid" in tokens


def test_the_capability_must_be_negotiated(hub: HubHarness) -> None:
    """The specification: "The `draft/chathistory` capability MUST be negotiated"."""
    assert hub.client("b", join="#x").one("CHATHISTORY LATEST #x * 1").command == n.ERR_UNKNOWNCOMMAND


def test_a_labelled_query_is_one_batch_with_the_label(hub: HubHarness, a: Client) -> None:
    talk(hub, a, 2)
    got = a.ask("@label=q CHATHISTORY LATEST #x * 10")
    assert texts(got) == ["0", "1"]
    assert [m.tags.get("label") for m in got] == ["q", None, None, None]


def test_without_batch_the_lines_come_alone(hub: HubHarness, a: Client) -> None:
    talk(hub, a, 2)
    b = hub.client("b", caps="draft/chathistory server-time", join="#x")
    assert [(m.command, m.params[-1]) for m in b.ask("CHATHISTORY LATEST #x * 10")] == [
        ("PRIVMSG", "0"),
        ("PRIVMSG", "1"),
    ]


def test_a_query_sees_what_was_said_before_it(hub: HubHarness, a: Client) -> None:
    hub.holding = True
    a.ask("PRIVMSG #x :not yet committed", "CHATHISTORY LATEST #x * 10")
    hub.commit()
    assert [m.command for m in a.read()] == ["PRIVMSG", "BATCH", "PRIVMSG", "BATCH"]


# -- events ----------------------------------------------------------------------------------------------------


def test_events_are_played_to_those_with_event_playback_only(hub: HubHarness, a: Client) -> None:
    b = hub.client("b", join="#x")
    b.send("PRIVMSG #x :hi", "NICK bb", "PART #x :bye", "JOIN #x")
    a.send("TOPIC #x :new", "MODE #x +m", "KICK #x bb :out")
    hub.client("c", join="#x").send("QUIT :gone")
    assert texts(a.ask("CHATHISTORY LATEST #x * 50")) == ["hi"]
    reader = hub.client("r", caps=EVENTS, join="#x")
    played = [m.command for m in reader.ask("CHATHISTORY LATEST #x * 50")[1:-1]]
    assert played == [
        *("JOIN", "JOIN", "PRIVMSG", "NICK", "PART", "JOIN", "TOPIC", "MODE", "KICK", "JOIN", "QUIT", "JOIN")
    ]


def test_a_join_is_played_as_it_would_have_been_seen(hub: HubHarness) -> None:
    hub.client("b", join="#x")
    short = hub.client("s", caps=EVENTS, join="#x")
    long = hub.client("l", caps=f"{EVENTS} extended-join", join="#x")
    assert short.ask("CHATHISTORY LATEST #x * 50")[1].params == ("#x",)
    assert long.ask("CHATHISTORY LATEST #x * 50")[1].params == ("#x", "*", "b the Tester")


def test_reactions_are_kept_and_typing_is_not(hub: HubHarness, a: Client) -> None:
    a.ask("@+typing=active TAGMSG #x", "@+draft/reply=1;+draft/react=x TAGMSG #x")
    reader = hub.client("r", caps=EVENTS, join="#x")
    kept = [m for m in reader.ask("CHATHISTORY LATEST #x * 50") if m.command == "TAGMSG"]
    assert [m.tags["+draft/react"] for m in kept] == ["x"]
    assert texts(a.ask("CHATHISTORY LATEST #x * 50")) == []


# -- private messages ------------------------------------------------------------------------------------------


def test_private_messages_are_kept_between_accounts_only(hub: HubHarness) -> None:
    register(hub, "Ann")
    register(hub, "Bob")
    ann, bob, guest = (
        member(hub, "Ann", caps=DIRECT),
        member(hub, "Bob", caps=DIRECT),
        hub.client("guest", caps=READ),
    )
    ann.ask("PRIVMSG Bob :one")
    bob.ask("PRIVMSG ann :two")
    ann.ask("PRIVMSG guest :not kept")
    guest.ask("PRIVMSG Ann :nor this")
    assert texts(ann.ask("CHATHISTORY LATEST bob * 10")) == ["one", "two"]
    assert texts(bob.ask("CHATHISTORY LATEST Ann * 10")) == ["one", "two"]
    assert texts(ann.ask("CHATHISTORY LATEST nobody * 10")) == []
    assert guest.one("CHATHISTORY LATEST Ann * 10").params[1] == "INVALID_TARGET"


def test_targets_are_told_by_their_newest_message(hub: HubHarness) -> None:
    register(hub, "Ann")
    register(hub, "Bob")
    ann, bob = member(hub, "Ann", caps=DIRECT, join="#x,#quiet"), member(hub, "Bob", caps=DIRECT, join="#y")
    first = talk(hub, ann, 2)[-1]
    second = talk(hub, bob, 1, "Ann")[-1]
    talk(hub, bob, 1, "#y")
    got = ann.ask(
        "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 10"
    )
    assert got[0].params[1:] == ("draft/chathistory-targets",)
    assert [m.params for m in got[1:-1]] == [
        ("TARGETS", "#x", first.tags["time"]),
        ("TARGETS", "bob", second.tags["time"]),
    ]
    moment = first.tags["time"]
    got = ann.ask(f"CHATHISTORY TARGETS timestamp=2100-01-01T00:00:00.000Z timestamp={moment} 10")
    assert [m.params[1] for m in got[1:-1]] == ["bob"]


def test_a_message_to_an_account_that_is_away_waits_for_its_login(hub: HubHarness) -> None:
    register(hub, "Ann")
    register(hub, "Bob")
    ann = member(hub, "Ann", caps=DIRECT)
    got = ann.ask("PRIVMSG bob :are you there?")
    assert sorted(m.command for m in got) == sorted(["BATCH", "PRIVMSG", n.RPL_AWAY, "BATCH"][1:3])
    guest = hub.client("guest", caps=READ)
    assert guest.one("PRIVMSG bob :hello").command == n.ERR_NOSUCHNICK
    bob = hub.connect()
    bob.send("CAP REQ :sasl batch server-time message-tags", "NICK Bob", "USER b 0 * :b")
    log_in_plain(bob, "Bob")
    welcome = bob.ask("CAP END")
    at = next(i for i, m in enumerate(welcome) if m.command == "BATCH")
    assert welcome[at].params[1:] == ("chathistory", "ann")
    assert texts(welcome[at : at + 3]) == ["are you there?"]
    assert welcome[at + 1].tags["msgid"] == next(m for m in got if m.command == "PRIVMSG").tags["msgid"]
    bob.send("QUIT")
    assert not [m for m in log_in(hub, "Bob", "batch") if m.command in {"BATCH", "PRIVMSG"}]


def log_in(hub: HubHarness, nick: str, caps: str) -> list[Message]:
    """What a client gets that logs in with `caps`."""
    client = hub.connect()
    client.send(f"CAP REQ :sasl {caps}".strip(), f"NICK {nick}", "USER b 0 * :b")
    log_in_plain(client, nick)
    return client.ask("CAP END")


def test_waiting_messages_reach_clients_without_batch_or_time(hub: HubHarness) -> None:
    register(hub, "Ann")
    register(hub, "Bob")
    member(hub, "Ann", caps=DIRECT).ask("PRIVMSG Bob :hello")
    got = [m for m in log_in(hub, "Bob", "") if m.command in {"BATCH", "PRIVMSG", "NOTICE"}]
    assert [m.command for m in got] == ["NOTICE", "PRIVMSG"]
    assert "2023-11-14T" in got[0].params[-1]


def test_waiting_messages_are_not_played_to_those_who_ask_themselves(hub: HubHarness) -> None:
    """Quoted: "If a client requests this capability, the server SHOULD NOT play back any history" of itself."""
    register(hub, "Ann")
    register(hub, "Bob")
    member(hub, "Ann", caps=DIRECT).ask("PRIVMSG Bob :hello")
    assert not [m for m in log_in(hub, "Bob", DIRECT) if m.command == "PRIVMSG"]


def test_a_mailbox_is_bounded_and_the_oldest_waits_no_more(
    hub: HubHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAILBOX_MESSAGES", 2)
    register(hub, "Ann")
    register(hub, "Bob")
    ann = member(hub, "Ann", caps=DIRECT)
    ann.send("PRIVMSG Bob :1", "PRIVMSG Bob :2", "PRIVMSG Bob :3")
    assert [m.params[-1] for m in log_in(hub, "Bob", "") if m.command == "PRIVMSG"] == ["2", "3"]
    assert texts(ann.ask("CHATHISTORY LATEST Bob * 9")) == ["1", "2", "3"]


# -- retention -------------------------------------------------------------------------------------------------


def test_a_room_keeps_its_newest_messages() -> None:
    hub = HubHarness(with_settings(history_messages=20))
    a = hub.client("a", caps=READ, join="#lobby")
    talk(hub, a, 50, "#lobby")
    hub.pass_time(2)
    assert texts(a.ask("CHATHISTORY LATEST #lobby * 100")) == [str(i) for i in range(30, 50)]


def test_events_push_no_messages_out() -> None:
    hub = HubHarness(with_settings(history_messages=20))
    a, b = hub.client("a", caps=READ, join="#x"), hub.client("b")
    a.send("PRIVMSG #x :keep me")
    for _ in range(40):
        b.send("JOIN #x", "PART #x")
    hub.pass_time(2)
    assert texts(a.ask("CHATHISTORY LATEST #x * 100")) == ["keep me"]
    (events,) = hub.store.connection.execute("SELECT count(*) FROM messages WHERE kind > 1").fetchone()
    assert events == 20


def test_what_is_too_old_goes(hub: HubHarness) -> None:
    a = hub.client("a", caps=READ, join="#lobby,#x")
    talk(hub, a, 1200, "#lobby")
    hub.now = Now(hub.now.mono + 1, hub.now.unix + 1)
    a.send("PRIVMSG #x :old")
    days = 86400 * hub.settings.history_days
    hub.now = Now(hub.now.mono + days, hub.now.unix + days)
    hub.hub.tick(hub.now)
    hub.commit()
    b = hub.client("b", caps=READ, join="#lobby,#x")
    assert texts(b.ask("CHATHISTORY LATEST #x * 9")) == ["old"]
    assert texts(b.ask("CHATHISTORY LATEST #lobby * 9")) == []


def test_off_means_nothing_is_kept_offered_or_waited_for() -> None:
    hub = HubHarness(with_settings(history=False))
    names = hub.connect().ask("CAP LS 302")[0].params[-1].split()
    assert not {"draft/chathistory", "draft/event-playback", "draft/message-redaction"} & set(names)
    a = hub.client("a", caps=OUR_CAPS, join="#lobby")
    hub.holding = True
    assert a.one("PRIVMSG #lobby :hello").params[-1] == "hello"
    assert not hub.store.connection.execute("SELECT count(*) FROM messages").fetchone()[0]


# -- the clock -------------------------------------------------------------------------------------------------


def test_a_clock_that_goes_back_leaves_the_order_as_it_was(hub: HubHarness, a: Client) -> None:
    first = a.one("PRIVMSG #x :1")
    hub.now = Now(hub.now.mono + 1, hub.now.unix - 3600)
    second = a.one("PRIVMSG #x :2")
    assert second.tags["time"] == first.tags["time"]
    assert second.tags["msgid"] > first.tags["msgid"]
    assert texts(a.ask("CHATHISTORY LATEST #x * 9")) == ["1", "2"]


def test_a_restart_with_a_clock_behind_goes_on_above_the_newest_id(hub: HubHarness, a: Client) -> None:
    first = a.one("PRIVMSG #x :1")
    again = HubHarness(store=hub.store, now=Now(5.0, hub.now.unix - 3600))
    again.settle()
    b = again.client("b", caps=READ, join="#x")
    assert b.one("PRIVMSG #x :2").tags["msgid"] > first.tags["msgid"]
    assert texts(b.ask("CHATHISTORY LATEST #x * 9")) == ["1", "2"]
