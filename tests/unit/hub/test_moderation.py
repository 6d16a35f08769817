"""Channel lists, ranks and the modes of channels and users: who may do what, and what it does."""

import pytest
from chat_hub import limits
from chat_hub.bounds import Bounds
from chat_hub.isupport import isupport_tokens
from hypothesis import given
from hypothesis import strategies as st
from livechat.irc import numerics as n

from tests.support.hub_harness import Client, HubHarness, with_settings

OPERATED = with_settings(oper_name="root", oper_password="pw")


def room(*nicks: str, hub: HubHarness | None = None) -> list[Client]:
    """Clients in #x; the first one made it."""
    hub = hub or HubHarness()
    clients = [hub.client(nick, join="#x") for nick in nicks]
    for client in clients:
        client.read()
    return clients


def modes(client: Client) -> list[tuple[str, ...]]:
    return [m.params[1:] for m in client.read() if m.command == "MODE"]


# -- bans, exceptions, invite exceptions ---------------------------------------------------------------------


def test_a_ban_keeps_out_and_silences_until_it_is_lifted() -> None:
    hub = HubHarness()
    a, b = room("a", "b", hub=hub)
    assert a.one("MODE #x +b b").params == ("#x", "+b", "b!*@*")
    assert modes(b) == [("+b", "b!*@*")]
    assert b.one("PRIVMSG #x :still here").command == n.ERR_CANNOTSENDTOCHAN
    b.send("PART #x")
    assert b.one("JOIN #x").command == n.ERR_BANNEDFROMCHAN
    assert a.one("MODE #x -b B!*@*").params == ("#x", "-b", "b!*@*")
    assert b.ask("JOIN #x")[0].command == "JOIN"


def test_voice_speaks_over_a_ban_and_an_exception_lifts_it_for_some() -> None:
    a, b, c = room("a", "b", "c")
    a.send("MODE #x +be *!*@* c!*@*", "MODE #x +v b")
    assert b.ask("PRIVMSG #x :x")[-1:] == [] or b.read() == []
    assert [m.command for m in c.ask("PRIVMSG #x :x")] == []
    a.send("MODE #x -v b")
    b.read()
    assert b.one("PRIVMSG #x :x").command == n.ERR_CANNOTSENDTOCHAN


def test_a_mute_silences_and_does_not_keep_out() -> None:
    a, b = room("a", "b")
    assert a.one("MODE #x +b m:b").params == ("#x", "+b", "m:b!*@*")
    b.read()
    for command in ("PRIVMSG", "NOTICE"):
        got = b.ask(f"{command} #x :x")
        assert [m.command for m in got] == ([n.ERR_CANNOTSENDTOCHAN] if command == "PRIVMSG" else [])
    assert [m for m in a.read() if m.command in {"PRIVMSG", "NOTICE"}] == []
    b.send("PART #x")
    assert b.ask("JOIN #x")[0].command == "JOIN"


def test_accounts_are_banned_muted_and_excepted_by_name() -> None:
    """account-extban: "Servers publishing the ACCOUNTEXTBAN token MUST also publish the EXTBAN token"."""
    tokens = isupport_tokens("x")
    assert {"EXTBAN=,am", "ACCOUNTEXTBAN=a"} <= set(tokens)
    a, b = room("a", "b")
    b.session.person.account = "Bob"
    a.send("MODE #x +b m:a:bob")
    b.read()
    assert b.one("PRIVMSG #x :x").command == n.ERR_CANNOTSENDTOCHAN
    a.send("MODE #x +e a:bob")
    b.read()
    assert b.ask("PRIVMSG #x :x") == []


def test_who_logs_in_or_out_is_judged_anew() -> None:
    a, b = room("a", "b")
    a.send("MODE #x +b a:bob")
    b.read()
    assert b.ask("PRIVMSG #x :x") == []
    b.session.person.account = "bob"
    assert b.one("PRIVMSG #x :x").command == n.ERR_CANNOTSENDTOCHAN
    b.session.person.account = None
    assert b.ask("PRIVMSG #x :x") == []


def test_an_invite_exception_opens_invite_only_and_no_ban() -> None:
    hub = HubHarness()
    (a,) = room("a", hub=hub)
    b = hub.client("b")
    a.send("MODE #x +iI b")
    assert b.ask("JOIN #x")[0].command == "JOIN"
    b.send("PART #x")
    a.send("MODE #x +b b", "INVITE b #x")
    b.read()
    assert b.one("JOIN #x").command == n.ERR_BANNEDFROMCHAN


@pytest.mark.parametrize(
    ("letter", "entry", "end"),
    [
        ("b", n.RPL_BANLIST, n.RPL_ENDOFBANLIST),
        ("e", n.RPL_EXCEPTLIST, n.RPL_ENDOFEXCEPTLIST),
        ("I", n.RPL_INVEXLIST, n.RPL_ENDOFINVEXLIST),
    ],
)
def test_lists_are_shown_with_setter_and_time(letter: str, entry: str, end: str) -> None:
    a, b = room("a", "b")
    a.send(f"MODE #x +{letter} x!y@z")
    got = a.ask(f"MODE #x +{letter}")
    assert [m.command for m in got] == [entry, end]
    assert got[0].params == ("a", "#x", "x!y@z", "a", "1700000000")
    b.read()
    refused = [n.ERR_CHANOPRIVSNEEDED]
    assert b.commands(f"MODE #x {letter}{letter}") == ([entry, end] if letter == "b" else refused)


def test_the_lists_of_a_channel_are_bounded_together() -> None:
    (a,) = room("a")
    most = Bounds().list_entries
    for index in range(most):
        a.send(f"MODE #x +{'beI'[index % 3]} n{index}")
    full = a.one("MODE #x +b one-more")
    assert (full.command, full.params[1:3]) == (n.ERR_BANLISTFULL, ("#x", "b"))
    assert f"MAXLIST=Ibe:{most}" in isupport_tokens("x")
    assert a.one("MODE #x -b n0").command == "MODE"
    assert a.one("MODE #x +b one-more").command == "MODE"


def test_a_mask_is_in_a_list_once_whatever_its_case() -> None:
    (a,) = room("a")
    a.send("MODE #x +b N!*@*")
    assert a.ask("MODE #x +b n!*@*", "MODE #x +b n") == []


def test_a_mask_that_is_none_is_told() -> None:
    (a,) = room("a")
    for unfit in ("m:", "x" * 300, "a,b"):
        assert a.one(f"MODE #x +b {unfit}").command == n.ERR_INVALIDMODEPARAM


# -- ranks ---------------------------------------------------------------------------------------------------


def test_each_rank_gives_what_its_table_says() -> None:
    a, b, c = room("a", "b", "c")
    a.send("MODE #x +h b")
    b.read()
    assert b.one("MODE #x +v c").command == "MODE"
    assert b.one("MODE #x +b c").command == "MODE"
    assert b.one("TOPIC #x :by a half-operator").command == "TOPIC"
    assert b.one("MODE #x +o b").command == n.ERR_CHANOPRIVSNEEDED
    assert b.one("MODE #x +i").command == n.ERR_CHANOPRIVSNEEDED
    assert b.one("KICK #x a").command == n.ERR_CHANOPRIVSNEEDED
    assert a.one("MODE #x +q a").command == n.ERR_CHANOPRIVSNEEDED
    assert b.one("KICK #x c").command == "KICK"
    assert c.session.channels == {}


def test_nobody_touches_those_above_them_and_everybody_may_step_down() -> None:
    hub = HubHarness(OPERATED)
    a, b, c = room("a", "b", "c", hub=hub)
    c.send("OPER root pw", "MODE #x +a b")
    a.send("MODE #x +o c")
    c.send("MODE c -o")
    for client in (a, b, c):
        client.read()
    assert a.one("KICK #x b").command == n.ERR_CHANOPRIVSNEEDED
    assert a.one("MODE #x -a b").command == n.ERR_CHANOPRIVSNEEDED
    assert c.one("MODE #x -o a").command == "MODE"
    b.read()
    assert b.one("MODE #x -a b").params == ("#x", "-a", "b")
    assert b.session.channels["#x"].members[b.session] == 0


def test_the_maker_is_the_operator_and_with_an_account_the_founder_who_comes_back() -> None:
    hub = HubHarness()
    a, b = hub.client("a", caps="multi-prefix"), hub.client("b")
    a.session.person.account = "ann"
    a.send("JOIN #x")
    b.send("JOIN #x")
    assert a.ask("NAMES #x")[0].params[-1].split() == ["~@a", "b"]
    a.send("PART #x", "JOIN #x")
    assert set(a.ask("NAMES #x")[0].params[-1].split()) == {"~@a", "b"}


def test_operators_of_the_server_moderate_everywhere_and_it_is_written_down() -> None:
    hub = HubHarness(OPERATED)
    room("a", "b", hub=hub)
    root = hub.client("root")
    assert root.one("MODE #x +b b").command == n.ERR_NOTONCHANNEL
    root.send("OPER root pw")
    assert root.ask("MODE #x +b b")[0].command == "MODE"
    assert root.ask("KICK #x b :out")[0].command == "KICK"
    assert any("MODE #x" in report for report in hub.reports)
    assert [act.action for act in hub.hub.audit.latest(2)] == ["OPER", "MODE", "KICK"]


# -- modes ---------------------------------------------------------------------------------------------------


def test_c_lets_no_ctcp_through_but_action() -> None:
    a, b = room("a", "b")
    a.send("MODE #x +C")
    b.read()
    assert b.one("PRIVMSG #x :\x01VERSION\x01").command == n.ERR_CANNOTSENDTOCHAN
    assert b.one("PRIVMSG #x :\x01ACTIONX\x01").command == n.ERR_CANNOTSENDTOCHAN
    assert b.ask("PRIVMSG #x :\x01ACTION waves\x01", "PRIVMSG #x :\x01ACTION\x01") == []
    a.read()


def test_r_lets_only_accounts_in_and_m_lets_only_accounts_speak() -> None:
    hub = HubHarness()
    a, b = room("a", "b", hub=hub)
    a.send("MODE #x +RM")
    b.read()
    assert b.one("PRIVMSG #x :x").command == n.ERR_CANNOTSENDTOCHAN
    b.send("PART #x")
    assert b.one("JOIN #x").command == n.ERR_NEEDREGGEDNICK
    b.session.person.account = "bob"
    assert b.ask("JOIN #x")[0].command == "JOIN"
    assert b.ask("PRIVMSG #x :x") == []


def test_a_mode_without_its_parameter_is_told_and_a_key_needs_none_to_go() -> None:
    a, _ = room("a", "b")
    for letter in "olvh":
        assert a.one(f"MODE #x +{letter}").command == n.ERR_INVALIDMODEPARAM
    a.send("MODE #x +k secret")
    assert a.one("MODE #x -k").params == ("#x", "-k", "*")


def test_long_changes_are_told_in_lines_that_fit() -> None:
    a, b = room("a", "b")
    masks = [f"{c * 110}!*@*" for c in "uvwxyz"]
    got = a.ask(f"MODE #x +bbb {' '.join(masks[:3])}", f"MODE #x +bbb {' '.join(masks[3:])}")
    assert [p for m in got for p in m.params[2:]] == masks
    assert [p for words in modes(b) for p in words[1:]] == masks


@given(st.lists(st.tuples(st.sampled_from("+-"), st.sampled_from("Cimnst"))))
def test_flags_end_as_the_last_word_on_each_says_and_only_changes_are_told(
    words: list[tuple[str, str]],
) -> None:
    (a,) = room("a")
    flags = {"n", "t"}
    for sign, letter in words[: limits.MODE_LETTERS_PER_COMMAND // 2]:
        before = set(flags)
        (flags.add if sign == "+" else flags.discard)(letter)
        assert len(a.ask(f"MODE #x {sign}{letter}")) == (flags != before)
    assert a.ask("MODE #x")[0].params[2] == "+" + "".join(sorted(flags))


def test_who_is_silenced_says_nothing_in_any_other_way() -> None:
    hub = HubHarness()
    a, b = room("a", "b", hub=hub)
    a.send("MODE #x -t+b m:b")
    b.read()
    refused = b.one("NICK evader")
    assert (refused.command, refused.params[1:3]) == (n.ERR_BANONCHAN, ("evader", "#x"))
    assert b.one("TOPIC #x :spam").command == n.ERR_CHANOPRIVSNEEDED
    b.send("@+typing=active TAGMSG #x", "PART #x :spam")
    a.send("PING x")
    assert [m.params for m in a.read() if m.command == "PART"] == [("#x",)]
    assert b.one("NICK free").command == "NICK"


def test_the_quit_of_who_is_silenced_has_no_reason() -> None:
    a, b, c = room("a", "b", "c")
    a.send("MODE #x +b m:b")
    a.read()
    b.send("QUIT :spam")
    c.send("QUIT :bye")
    assert [m.params for m in a.read() if m.command == "QUIT"] == [("Quit",), ("Quit: bye",)]


@pytest.mark.parametrize(
    ("change", "refused"),
    [("+i", n.ERR_INVITEONLYCHAN), ("+k key", n.ERR_BADCHANNELKEY), ("+l 1", n.ERR_CHANNELISFULL)],
)
def test_closing_a_channel_ends_the_invitations_of_those_without_a_rank(change: str, refused: str) -> None:
    hub = HubHarness()
    a, b = room("a", "b", hub=hub)
    c, d = hub.client("c"), hub.client("d")
    b.send("INVITE c #x", "INVITE d #x")
    a.send("INVITE d #x", f"MODE #x {change}")
    assert c.commands("JOIN #x") == [refused]
    assert d.ask("JOIN #x")[0].command == "JOIN"


def test_invite_alone_lists_the_channels_one_is_invited_to() -> None:
    hub = HubHarness()
    (a,) = room("a", hub=hub)
    b = hub.client("b")
    a.send("MODE #x +i", "INVITE b #x")
    got = b.ask("INVITE")
    assert [(m.command, m.params[1:]) for m in got[:1]] == [(n.RPL_INVITELIST, ("#x",))]
    b.send("JOIN #x")
    assert b.commands("INVITE") == [n.RPL_ENDOFINVITELIST]
    assert b.one("INVITE a").command == n.ERR_NEEDMOREPARAMS
