"""OPER, KILL and WALLOPS."""

from chat_hub import limits
from livechat.irc import numerics as n

from tests.support.hub_harness import HubHarness, with_settings

OPERATED = with_settings(oper_name="root", oper_password="pw")


def test_the_right_name_and_password_make_an_operator() -> None:
    hub = HubHarness(OPERATED)
    a = hub.client("a")
    assert a.commands("OPER root wrong", "OPER Root pw") == [n.ERR_PASSWDMISMATCH] * 2
    assert a.commands("OPER root pw") == [n.RPL_YOUREOPER, "MODE"]
    assert n.RPL_WHOISOPERATOR in hub.client("b").commands("WHOIS a")
    assert any("operator now" in report for report in hub.reports)
    assert a.one("MODE a -o").params == ("a", "-o")
    assert a.one("KILL b :x").command == n.ERR_NOPRIVILEGES


def test_without_an_operator_in_the_settings_nobody_becomes_one() -> None:
    assert HubHarness().client("a").one('OPER "" ""').command == n.ERR_NOOPERHOST
    assert HubHarness().client("a").one("OPER : :").command == n.ERR_NEEDMOREPARAMS


def test_kill_ends_the_connection_and_takes_the_tickets_back() -> None:
    hub = HubHarness(OPERATED)
    a, b, c = hub.client("a"), hub.client("b", join="#x"), hub.client("c", join="#x")
    a.send("OPER root pw")
    assert c.one("KILL b :x").command == n.ERR_NOPRIVILEGES
    assert a.commands("KILL nobody :x", "KILL files :x") == [n.ERR_NOSUCHNICK, n.ERR_CANTKILLSERVER]
    assert a.ask("KILL b :rude") == []
    assert [m.command for m in b.read()][-2:] == ["KILL", "ERROR"]
    assert c.read()[-1].params == ("Killed (a (rude))",)


def test_wallops_reach_those_who_want_them() -> None:
    hub = HubHarness(OPERATED)
    a, b, c = (hub.client(nick) for nick in "abc")
    a.send("OPER root pw")
    b.send("MODE b +w")
    b.read()
    assert b.one("WALLOPS :hi").command == n.ERR_NOPRIVILEGES
    assert a.ask("WALLOPS :going down at 5") == []
    assert b.read()[-1].params == ("going down at 5",)
    assert c.read() == []


def test_operators_moderate_the_lobby() -> None:
    hub = HubHarness(OPERATED)
    a, b = hub.client("a", join="#lobby"), hub.client("b", join="#lobby")
    a.send("OPER root pw")
    assert a.one("TOPIC #lobby :Welcome").command == "TOPIC"
    assert a.one("KICK #lobby b :out").command == "KICK"
    assert b.session.channels == {}


def test_a_new_connection_is_no_new_start_for_guessing() -> None:
    hub = HubHarness(OPERATED)
    for number in range(limits.FREE_WRONG_LOGINS + 1):
        hub.client(f"g{number}").send("OPER root wrong")
    late = hub.client("late")
    refused = late.one("OPER root pw")
    assert refused.command == n.ERR_PASSWDMISMATCH
    assert "please wait" in refused.params[-1]
    assert hub.client("far", address="198.51.100.1").commands("OPER root pw") == [n.RPL_YOUREOPER, "MODE"]
    hub.pass_time(2)
    assert late.commands("OPER root pw") == [n.RPL_YOUREOPER, "MODE"]
