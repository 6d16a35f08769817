"""WHO with WHOX, WHOWAS, LIST with conditions, bots."""

import pytest
from chat_hub import limits
from chat_hub.bounds import Bounds
from chat_hub.isupport import isupport_tokens
from hypothesis import given
from hypothesis import strategies as st
from livechat.irc import numerics as n

from tests.support.hub_harness import Client, HubHarness, with_settings

STANDARD = "tcuihsnfdlaor"


def listed(client: Client, line: str) -> list[str]:
    return [m.params[1] for m in client.ask(line) if m.command == n.RPL_LIST]


# -- WHOX ----------------------------------------------------------------------------------------------------


def test_whox_answers_with_every_field_in_the_order_of_the_specification() -> None:
    """whox: "Servers MUST send the fields in the order specified above"."""
    hub = HubHarness()
    a = hub.client("a", join="#x")
    b = hub.client("b", join="#x", address="198.51.100.7")
    b.session.person.account = "Bob"
    hub.pass_time(30)
    got = [m for m in a.ask("WHO b %tcuihsnflar,042") if m.command == n.RPL_WHOSPCRPL]
    host = b.session.host
    assert [m.params for m in got] == [
        (
            "a",
            "042",
            "#x",
            "b",
            "255.255.255.255",
            host,
            "livechat.local",
            "b",
            "H",
            "30",
            "Bob",
            "b the Tester",
        )
    ]


@given(st.lists(st.sampled_from(STANDARD + "xyzW"), unique=True, min_size=1))
def test_whox_gives_exactly_what_was_asked_whatever_the_order(letters: list[str]) -> None:
    """whox: "Servers MUST NOT rely on the ordering of the fields"; unsupported ones MUST be ignored."""
    a = HubHarness().client("a")
    got = a.ask(f"WHO a %{''.join(letters)},7")
    assert [m.command for m in got] == [n.RPL_WHOSPCRPL, n.RPL_ENDOFWHO]
    assert len(got[0].params) == 1 + len(set(letters) & set(STANDARD))


def test_whox_shows_an_address_to_operators_and_oneself_and_0_for_no_account() -> None:
    hub = HubHarness(with_settings(oper_name="root", oper_password="pw"))
    a, b = hub.client("a", address="2001:db8::1"), hub.client("b")
    assert a.ask("WHO a %ia")[0].params[1:] == ("2001:db8::1", "0")
    assert b.ask("WHO a %i")[0].params[1] == "255.255.255.255"
    b.send("OPER root pw")
    assert b.ask("WHO a %i")[0].params[1] == "2001:db8::1"


def test_whox_never_sends_352_and_is_told_in_isupport() -> None:
    """whox: "Servers MUST NOT send `RPL_WHOREPLY` replies"."""
    hub = HubHarness()
    a = hub.client("a", join="#x")
    assert n.RPL_WHOREPLY not in a.commands("WHO #x %n", "WHO * %n", "WHO a o%n")
    assert "WHOX" in isupport_tokens("x")


def test_who_takes_whole_masks() -> None:
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("b", address="192.0.2.9")
    got = [m.params[1] for m in a.ask(f"WHO *!*@{b.session.host} %n")[:-1]]
    assert got == ["b"]


@pytest.mark.parametrize("mask", ["Bob", "b?b", "login", "Bob B*", "*uilder", "BOB!*@*", "*!login@*"])
def test_who_finds_people_by_nick_user_host_and_realname(mask: str) -> None:
    hub = HubHarness()
    a = hub.client("ann")
    b = hub.connect("192.0.2.9")
    b.send("NICK Bob", "USER login 0 * :Bob Builder")
    found = [m.params[1] for m in a.ask(f"WHO {mask.replace(' ', '?')} %n") if m.command == n.RPL_WHOSPCRPL]
    assert found == ["Bob"]


def test_who_0_means_everybody() -> None:
    hub = HubHarness()
    a = hub.client("ann")
    hub.client("b")
    assert len(a.ask("WHO 0")) == 3


def test_who_among_many_is_paid_for_and_over_long_masks_find_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PEOPLE_PER_CREDIT", 0.01)
    hub = HubHarness(with_settings(flood_control=True))
    a = hub.client("a")
    assert a.commands("WHO a") == [n.RPL_WHOREPLY, n.RPL_ENDOFWHO]
    assert hub.hub.may_run(a.session, hub.now)
    assert a.commands(f"WHO {'*' * (limits.MASK_BYTES + 1)}") == [n.RPL_ENDOFWHO]
    assert hub.hub.may_run(a.session, hub.now)
    a.send("WHO *")
    assert not hub.hub.may_run(a.session, hub.now)


# -- bots ----------------------------------------------------------------------------------------------------


def test_a_bot_is_one_for_everybody() -> None:
    """bot-mode: the mode is the value of BOT, 335 in WHOIS, the flag in WHO, the tag for message-tags only."""
    hub = HubHarness()
    a, plain = hub.client("a", caps="message-tags", join="#x"), hub.client("p", join="#x")
    b = hub.client("b", join="#x")
    assert b.one("MODE b +B").params == ("b", "+B")
    assert "BOT=B" in isupport_tokens("x")
    assert "B" in a.ask("WHO b")[0].params[6]
    assert [m.params[:2] for m in a.ask("WHOIS b") if m.command == n.RPL_WHOISBOT] == [("a", "b")]
    plain.read()
    b.send("PRIVMSG #x :beep", "TOPIC #x :t")
    for message in a.read():
        assert message.tags["bot"] == ""
    for message in plain.read():
        assert not message.tags
    b.send("MODE b -B", "PRIVMSG #x :human")
    assert "bot" not in a.read()[-1].tags


# -- WHOWAS --------------------------------------------------------------------------------------------------


def test_whowas_knows_who_left_and_who_changed_their_nick() -> None:
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("Bob")
    b.session.person.account = "Robert"
    b.send("NICK rob", "QUIT")
    got = a.ask("WHOWAS bob")
    assert [m.command for m in got] == [
        n.RPL_WHOWASUSER,
        n.RPL_WHOISACCOUNT,
        n.RPL_WHOISSERVER,
        n.RPL_ENDOFWHOWAS,
    ]
    assert got[0].params[1:3] == ("Bob", "Bob")
    assert a.commands("WHOWAS rob")[0] == n.RPL_WHOWASUSER
    assert a.commands("WHOWAS nobody") == [n.ERR_WASNOSUCHNICK, n.RPL_ENDOFWHOWAS]


def test_whowas_is_bounded_and_counts() -> None:
    hub = HubHarness()
    a = hub.client("a")
    for index in range(limits.WHOWAS_REPLIES + 5):
        hub.client("b", address=f"192.0.2.{index}").send("QUIT")
    users = [m for m in a.ask("WHOWAS b") if m.command == n.RPL_WHOWASUSER]
    assert len(users) == limits.WHOWAS_REPLIES
    assert sum(m.command == n.RPL_WHOWASUSER for m in a.ask("WHOWAS b 3")) == 3
    for index in range(Bounds().whowas_entries):
        a.send(f"NICK {'cd'[index % 2]}")
    assert a.commands("WHOWAS b") == [n.ERR_WASNOSUCHNICK, n.RPL_ENDOFWHOWAS]


# -- LIST ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("", {"#lobby", "#old", "#new"}),
        ("*o*", {"#lobby", "#old"}),
        ("!*o*", {"#new"}),
        (">0", {"#old", "#new"}),
        (">1", {"#new"}),
        ("<1", {"#lobby"}),
        ("C>5", {"#lobby", "#old"}),
        ("c<5", {"#new"}),
        ("T<5", {"#new"}),
        ("T>5", {"#old"}),
        (">0,C>5", {"#old"}),
        ("#new,#none", {"#new"}),
    ],
)
def test_list_keeps_to_its_conditions(condition: str, found: set[str]) -> None:
    hub = HubHarness()
    a = hub.client("a", join="#old")
    a.send("TOPIC #old :t")
    for _ in range(10):
        a.send("PING x")
        hub.pass_time(60)
    b = hub.client("b", join="#new")
    b.send("TOPIC #new :t")
    hub.client("c", join="#new")
    assert set(listed(b, f"LIST {condition}")) == found
    assert "ELIST=CMNTU" in isupport_tokens("x")


def test_a_long_list_ends_with_a_word_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIST_REPLIES", 2)
    hub = HubHarness()
    a = hub.client("a", join="#x,#y,#z")
    assert a.commands("LIST") == [
        n.RPL_LISTSTART,
        n.RPL_LIST,
        n.RPL_LIST,
        n.ERR_TOOMANYMATCHES,
        n.RPL_LISTEND,
    ]
