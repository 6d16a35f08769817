"""Moderation and queries where several sessions are one person."""

from livechat.irc import numerics as n

from tests.support.hub_harness import Client, HubHarness, with_settings
from tests.support.login import member, register

CAPS = "sasl message-tags echo-message batch draft/multiline draft/channel-rename chghost"
OPERATED = with_settings(oper_name="root", oper_password="pw")


def pair(hub: HubHarness, join: str = "#x") -> tuple[Client, Client]:
    register(hub, "Ann")
    first = member(hub, "Ann", caps=CAPS, join=join)
    second = member(hub, "Ann", caps=CAPS)
    first.read()
    second.read()
    return first, second


def test_watchers_hear_of_a_person_once_and_of_the_last_session_going() -> None:
    hub = HubHarness()
    w = hub.client("w")
    w.send("MONITOR + ann")
    w.read()
    first, second = pair(hub)
    assert w.read()[-1].command == n.RPL_MONONLINE
    first.send("QUIT")
    assert w.read() == []
    member(hub, "Ann", caps=CAPS).send("QUIT")
    assert w.read() == []
    second.send("QUIT")
    assert [m.command for m in w.read()] == [n.RPL_MONOFFLINE]


def test_a_rename_a_ban_and_a_rank_are_for_every_session() -> None:
    hub = HubHarness()
    op = hub.client("op", join="#x")
    first, second = pair(hub)
    op.send("RENAME #x #y", "MODE #y +b ann")
    assert [m.command for m in first.read()] == [m.command for m in second.read()] == ["RENAME", "MODE"]
    for client in (first, second):
        assert client.one("PRIVMSG #y :x").command == n.ERR_CANNOTSENDTOCHAN
    op.send("MODE #y +v ann")
    assert second.ask("PRIVMSG #y :x")[-1].command == "PRIVMSG"
    assert [session in hub.hub.channels["#y"].members for session in (first.session, second.session)] == [
        True,
        True,
    ]


def test_a_long_message_is_seen_by_the_other_session_as_it_was_sent() -> None:
    hub = HubHarness()
    first, second = pair(hub)
    first.send("BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #x :a", "@batch=1 PRIVMSG #x :b", "BATCH -1")
    assert [m.params for m in first.read()] == [m.params for m in second.read()]


def test_an_account_kline_ends_every_session_and_a_new_host_is_told_to_each_once() -> None:
    hub = HubHarness(OPERATED)
    root = hub.client("root")
    root.send("OPER root pw")
    first, second = pair(hub)
    root.send("SETHOST ann staff.example")
    for client in (first, second):
        assert [m.command for m in client.read()] == ["CHGHOST", n.RPL_VISIBLEHOST]
    root.send("KLINE a:ann")
    assert first.session.closed
    assert second.session.closed
    assert hub.hub.find("ann") is None
