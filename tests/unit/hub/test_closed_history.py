"""History of channels that were closed (+i, +k, +s): for whom it is played when the room is opened again."""

import pytest
from chat_hub.clock import Now
from chat_hub.store import history as tables

from tests.support.chathistory import ALWAYS, DIRECT, READ, texts
from tests.support.hub_harness import HubHarness
from tests.support.login import member, register


@pytest.fixture
def hub() -> HubHarness:
    return HubHarness()


@pytest.mark.parametrize("mode", ["+k key", "+s", "+i"])
def test_what_was_said_in_a_closed_channel_is_not_for_who_opens_it_again(hub: HubHarness, mode: str) -> None:
    a = hub.client("a", caps=READ, join="#x")
    a.send("PRIVMSG #x :before", f"MODE #x {mode}", "PRIVMSG #x :secret")
    assert texts(a.ask("CHATHISTORY LATEST #x * 9")) == ["before", "secret"]
    a.send("PART #x")
    b = hub.client("b", caps=READ, join="#x")
    b.send("PRIVMSG #x :new")
    assert texts(b.ask("CHATHISTORY LATEST #x * 9")) == ["new"]


def test_what_was_said_in_an_open_channel_stays(hub: HubHarness) -> None:
    hub.client("a", join="#x").send("PRIVMSG #x :hello", "MODE #x +k key", "MODE #x -k key", "PART #x")
    assert texts(hub.client("b", caps=READ, join="#x").ask("CHATHISTORY LATEST #x * 9")) == ["hello"]


def test_an_account_that_was_in_a_closed_channel_still_reads_it(hub: HubHarness) -> None:
    register(hub, "Ann")
    ann = member(hub, "Ann", caps=DIRECT, join="#x")
    ann.send("MODE #x +k key", "PRIVMSG #x :secret", "PART #x", "JOIN #x")
    assert "secret" in texts(ann.ask("CHATHISTORY LATEST #x * 9"))


def test_who_was_in_the_open_room_only_does_not_read_the_closed_one(hub: HubHarness) -> None:
    for name in ("Ann", "Bob", "Cyn"):
        register(hub, name)
    ann, bob = member(hub, "Ann", caps=DIRECT, join="#x"), member(hub, "Bob", caps=DIRECT, join="#x")
    bob.send("PRIVMSG #x :open", "PART #x")
    hub.pass_time(1)
    cyn = member(hub, "Cyn", caps=DIRECT, join="#x")
    ann.send("MODE #x +i", "PRIVMSG #x :secret")
    cyn.send("PART #x")
    ann.send("PRIVMSG #x :without Cyn", "PART #x")
    for client, wanted in ((bob, []), (cyn, ["open", "secret"]), (ann, ["open", "secret", "without Cyn"])):
        client.send("JOIN #x")
        played = client.ask("CHATHISTORY LATEST #x * 50")
        assert [m.params[-1] for m in played if m.command == "PRIVMSG"] == wanted
        client.send("PART #x")
    bob.send("JOIN #x")
    assert len(bob.ask(f"CHATHISTORY TARGETS {ALWAYS} 9")) == 2
    cyn.send("JOIN #x")
    assert len(cyn.ask(f"CHATHISTORY TARGETS {ALWAYS} 9")) == 3


def test_a_room_that_was_closed_twice_shows_each_time_to_who_was_there_then(hub: HubHarness) -> None:
    register(hub, "Ann")
    register(hub, "Bob")
    ann, bob = member(hub, "Ann", caps=DIRECT, join="#x"), member(hub, "Bob", caps=DIRECT)
    ann.send("MODE #x +i", "PRIVMSG #x :of Ann", "PART #x")
    bob.send("JOIN #x", "MODE #x +i", "PRIVMSG #x :of Bob")
    assert "of Ann" not in texts(bob.ask("CHATHISTORY LATEST #x * 50"))
    bob.send("PART #x")
    for client, wanted in ((bob, ["of Bob"]), (ann, ["of Ann"])):
        client.send("JOIN #x")
        played = client.ask("CHATHISTORY LATEST #x * 50")
        assert [m.params[-1] for m in played if m.command == "PRIVMSG"] == wanted


def test_closed_times_are_bounded_and_the_oldest_stay_hidden(
    hub: HubHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "CLOSED_PERIODS", 2)
    register(hub, "Ann")
    ann = member(hub, "Ann", caps=DIRECT)
    for number in range(4):
        ann.send("JOIN #x", "MODE #x +i", f"PRIVMSG #x :{number}", "PART #x")
    assert hub.store.connection.execute("SELECT count(*) FROM closed_periods").fetchone() == (2,)
    for client, wanted in ((hub.client("b", caps=READ), []), (ann, ["3"])):
        client.send("JOIN #x")
        played = client.ask("CHATHISTORY LATEST #x * 50")
        assert [m.params[-1] for m in played if m.command == "PRIVMSG"] == wanted


def test_a_closed_channel_stays_closed_at_a_start_with_the_clock_behind(hub: HubHarness) -> None:
    a = hub.client("a", caps=READ, join="#x")
    a.send("MODE #x +i", "PRIVMSG #x :secret")
    again = HubHarness(store=hub.store, now=Now(5.0, hub.now.unix - 3600))
    again.settle()
    assert texts(again.client("b", caps=READ, join="#x").ask("CHATHISTORY LATEST #x * 9")) == []
