"""MONITOR and extended-monitor: who hears what of whom, without sharing a channel."""

from chat_hub.bounds import Bounds
from livechat.irc import numerics as n

from tests.support.hub_harness import HubHarness, with_settings

NOTIFIED = "extended-monitor away-notify account-notify setname chghost"


def test_adding_tells_who_is_there_and_who_is_not() -> None:
    """ "RPL_MONONLINE numerics listing those targets that are online", and RPL_MONOFFLINE for the others."""
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("Bob")
    got = [(m.command, m.params[1]) for m in a.ask("MONITOR + bob,nobody,files,bad!nick")]
    assert got == [(n.RPL_MONONLINE, f"{b.session.prefix},files"), (n.RPL_MONOFFLINE, "nobody")]


def test_watchers_hear_of_coming_going_and_new_nicks() -> None:
    hub = HubHarness()
    a = hub.client("a")
    a.send("MONITOR + bob,rob")
    a.read()
    b = hub.client("bob")
    assert [(m.command, m.params) for m in a.read()] == [(n.RPL_MONONLINE, ("*", b.session.prefix))]
    b.send("NICK BOB")
    assert a.read() == []
    b.send("NICK rob")
    assert [(m.command, m.params[1]) for m in a.read()] == [
        (n.RPL_MONOFFLINE, "BOB"),
        (n.RPL_MONONLINE, b.session.prefix),
    ]
    b.send("QUIT")
    assert [(m.command, m.params[1]) for m in a.read()] == [(n.RPL_MONOFFLINE, "rob")]


def test_lists_are_shown_cleared_and_shortened_without_output() -> None:
    """ "No output will be returned for use of this command" (MONITOR - and C)."""
    hub = HubHarness()
    a = hub.client("a")
    a.send("MONITOR + x,y,X")
    assert [m.params[1:] for m in a.ask("MONITOR L")] == [("x,y",), ("End of MONITOR list",)]
    assert a.ask("MONITOR - X") == []
    assert [m.command for m in a.ask("MONITOR S")] == [n.RPL_MONOFFLINE]
    assert a.ask("MONITOR C") == []
    assert a.commands("MONITOR L") == [n.RPL_ENDOFMONLIST]
    hub.client("y")
    assert a.read() == []


def test_a_full_list_names_what_it_did_not_take() -> None:
    bounds = Bounds(monitored_nicks=2)
    a = HubHarness(with_settings(bounds=bounds)).client("a")
    a.send("MONITOR + n1,n2")
    full = [m for m in a.ask("MONITOR + one,two,n1") if m.command == n.ERR_MONLISTFULL]
    assert [m.params[1:3] for m in full] == [("2", "one,two")]
    tokens = [t for m in a.ask("VERSION") if m.command == n.RPL_ISUPPORT for t in m.params]
    assert "MONITOR=2" in tokens


def test_long_lists_come_in_lines_that_fit() -> None:
    hub = HubHarness()
    a = hub.client("a")
    nicks = [f"ж{i:02d}{'ж' * 25}" for i in range(20)]
    for nick in nicks:
        a.send(f"MONITOR + {nick}")
    lines = [m for m in a.ask("MONITOR L") if m.command == n.RPL_MONLIST]
    assert ",".join(m.params[1] for m in lines).split(",") == nicks


def test_extended_monitor_brings_what_the_other_capabilities_bring() -> None:
    """With `away-notify` "the client will get AWAY notifications for monitored nicks"; so with the others."""
    hub = HubHarness()
    b = hub.client("bob", caps="setname")
    every, only_away, none = (
        hub.client("e", caps=NOTIFIED),
        hub.client("o"),
        hub.client("n", caps="away-notify"),
    )
    only_away.send("CAP REQ :extended-monitor away-notify")
    for client in (every, only_away, none):
        client.send("MONITOR + bob")
        client.read()
    b.send("AWAY :lunch", "SETNAME :Robert")
    assert [m.command for m in every.read()] == ["AWAY", "SETNAME"]
    assert [m.command for m in only_away.read()] == ["AWAY"]
    assert none.read() == []


def test_who_shares_a_channel_and_watches_hears_once() -> None:
    hub = HubHarness()
    a, b = hub.client("a", caps=NOTIFIED, join="#x"), hub.client("b", join="#x")
    a.send("MONITOR + b")
    a.read()
    b.send("AWAY :x")
    assert [m.command for m in a.read()] == ["AWAY"]


def test_monitor_wants_one_modifier_and_its_targets() -> None:
    a = HubHarness().client("a")
    for unfit in ("MONITOR", "MONITOR +", "MONITOR X", "MONITOR +-"):
        assert a.one(unfit).command == n.ERR_NEEDMOREPARAMS


def test_a_watcher_that_is_gone_is_not_told() -> None:
    hub = HubHarness()
    a = hub.client("a")
    a.send("MONITOR + b", "QUIT")
    hub.client("b").send("QUIT")
    assert not list(hub.hub.attendance.monitors.watchers("b"))
