"""Channels: joining, leaving, topics, modes, invitations."""

import pytest
from livechat.irc import numerics as n

from tests.support.hub_harness import HubHarness


def test_the_lobby_is_the_servers_and_gives_the_first_no_rights() -> None:
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("b")
    got = a.ask("JOIN #lobby")
    assert [m.command for m in got] == ["JOIN", n.RPL_NAMREPLY, n.RPL_ENDOFNAMES]
    assert got[1].params == ("a", "=", "#lobby", "a")
    b.send("JOIN #lobby")
    a.read()
    for line in ("KICK #lobby b", "MODE #lobby +m", "TOPIC #lobby :x"):
        assert a.one(line).command == n.ERR_CHANOPRIVSNEEDED
    a.send("PART #lobby")
    b.send("PART #lobby")
    assert a.ask("MODE #lobby")[0].params[2] == "+nt"


def test_the_maker_of_another_channel_is_its_operator_and_the_empty_channel_is_gone() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b", join="#x")
    assert b.ask("NAMES #x")[0].params[-1].split() == ["@a", "b"]
    b.send("PART #x")
    a.send("PART #x :bye")
    assert hub.hub.channel("#x") is None


def test_join_and_part_are_seen_by_members_with_the_reason() -> None:
    hub = HubHarness()
    a = hub.client("a", join="#x")
    b = hub.client("b", join="#X")
    b.send("PART #x :so long", "JOIN 0")
    assert [(m.command, m.params) for m in a.read()] == [("JOIN", ("#x",)), ("PART", ("#x", "so long"))]
    assert b.one("PART #x").command == n.ERR_NOTONCHANNEL
    assert b.one("PART #none").command == n.ERR_NOSUCHCHANNEL


def test_join_0_leaves_every_channel() -> None:
    a = HubHarness().client("a", join="#x,#y")
    assert [m.params[0] for m in a.ask("JOIN 0")] == ["#x", "#y"]
    assert not a.session.channels


def test_joining_twice_says_nothing() -> None:
    assert HubHarness().client("a", join="#x").ask("JOIN #X") == []


def test_extended_join_names_account_and_realname() -> None:
    hub = HubHarness()
    a = hub.client("a", caps="extended-join away-notify", join="#x")
    plain = hub.client("p", join="#x")
    a.read()
    b = hub.client("b")
    b.send("AWAY :gone", "JOIN #x")
    assert [(m.command, m.params) for m in a.read()] == [
        ("JOIN", ("#x", "*", "b the Tester")),
        ("AWAY", ("gone",)),
    ]
    assert [(m.command, m.params) for m in plain.read()] == [("JOIN", ("#x",))]


def test_names_with_every_prefix_and_userhost_for_those_who_asked() -> None:
    hub = HubHarness()
    a = hub.client("a", join="#x")
    a.send("MODE #x +v a")
    plain, rich = hub.client("b", join="#x"), hub.client("c", caps="multi-prefix userhost-in-names", join="#x")
    assert plain.ask("NAMES #x")[0].params[-1].split()[0] == "@a"
    assert rich.ask("NAMES #x")[0].params[-1].split()[0] == f"@+{a.session.prefix}"


def test_a_long_list_of_names_is_split_and_complete() -> None:
    hub = HubHarness()
    nicks = [f"nick{i:03d}{'x' * 20}" for i in range(60)]
    for nick in nicks:
        client = hub.client(nick, join="#lobby")
    got = client.ask("NAMES #lobby")
    assert len(got) > 2
    assert [word for m in got[:-1] for word in m.params[-1].split()] == nicks


def test_topics_are_kept_shown_and_cut_between_characters() -> None:
    hub = HubHarness()
    a = hub.client("a", join="#x")
    assert a.one("TOPIC #x").command == n.RPL_NOTOPIC
    topic = a.one(f"TOPIC #x :{'ж' * 200}").params[1]
    assert topic == "ж" * 150
    got = hub.client("b").ask("JOIN #x")
    assert [m.command for m in got[1:3]] == [n.RPL_TOPIC, n.RPL_TOPICWHOTIME]
    assert got[1].params[-1] == topic
    assert a.one("TOPIC #x :").params == ("#x", "")
    assert a.one("TOPIC #x").command == n.RPL_NOTOPIC


def test_modes_that_keep_people_out() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b")
    for mode, undo, numeric in (
        ("+i", "-i", n.ERR_INVITEONLYCHAN),
        ("+k secret", "-k x", n.ERR_BADCHANNELKEY),
        ("+l 1", "-l", n.ERR_CHANNELISFULL),
    ):
        assert a.one(f"MODE #x {mode}").command == "MODE"
        assert b.one("JOIN #x").command == numeric
        a.send("INVITE b #x")
        assert b.ask("JOIN #x")[0].command == "JOIN"
        b.send("PART #x")
        assert b.one("JOIN #x").command == numeric
        a.send(f"MODE #x {undo}")
    a.send("MODE #x +k secret")
    assert b.ask("JOIN #x secret")[0].command == "JOIN"


def test_moderated_channels_are_for_those_with_a_rank() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b", join="#x")
    a.send("MODE #x +m")
    assert b.ask("PRIVMSG #x :hi")[0].command == n.ERR_CANNOTSENDTOCHAN
    a.send("MODE #x +v b")
    b.read()
    assert b.ask("PRIVMSG #x :hi") == []


def test_secret_channels_are_not_shown_to_others() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b")
    a.send("MODE #x +s")
    assert [m.params[1] for m in b.ask("LIST") if m.command == n.RPL_LIST] == ["#lobby"]
    assert b.commands("NAMES #x") == [n.RPL_ENDOFNAMES]
    assert b.one("TOPIC #x").command == n.ERR_NOSUCHCHANNEL
    assert n.RPL_WHOISCHANNELS not in b.commands("WHOIS a")
    assert b.one("PRIVMSG #x :x").command == n.ERR_NOSUCHCHANNEL


def test_mode_tells_what_really_changed_and_hides_the_key_from_others() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b")
    assert a.one("MODE #x +k-n+ntsl key 7").params == ("#x", "+k-n+nsl", "key", "7")
    assert a.ask("MODE #x +n") == []
    assert a.ask("MODE #x")[0].params[2:] == ("+nstkl", "key", "7")
    a.send("MODE #x -s")
    assert b.ask("MODE #x")[0].params[2:] == ("+ntkl", "*", "7")


@pytest.mark.parametrize(
    ("line", "numeric"),
    [
        ("MODE #x +Z", n.ERR_UNKNOWNMODE),
        ("MODE #x +b", n.RPL_ENDOFBANLIST),
        ("MODE #x +o nobody", n.ERR_NOSUCHNICK),
        ("MODE #x +o b", n.ERR_USERNOTINCHANNEL),
        ("MODE #x +k :a b", n.ERR_INVALIDKEY),
        ("MODE #x +l 0", n.ERR_INVALIDMODEPARAM),
        ("MODE #x +l 99999999999", n.ERR_INVALIDMODEPARAM),
        ("MODE #none +n", n.ERR_NOSUCHCHANNEL),
        ("MODE b +i", n.ERR_USERSDONTMATCH),
        ("MODE nobody", n.ERR_NOSUCHNICK),
        ("MODE a +Z", n.ERR_UMODEUNKNOWNFLAG),
        ("KICK #x b", n.ERR_USERNOTINCHANNEL),
        ("KICK #x nobody", n.ERR_NOSUCHNICK),
        ("INVITE nobody #x", n.ERR_NOSUCHNICK),
        ("INVITE a #x", n.ERR_USERONCHANNEL),
        ("JOIN x", n.ERR_NOSUCHCHANNEL),
        ("JOIN #a\x02", n.ERR_BADCHANMASK),
    ],
)
def test_what_cannot_be_done_says_so(line: str, numeric: str) -> None:
    hub = HubHarness()
    a = hub.client("a", join="#x")
    hub.client("b")
    assert a.one(line).command == numeric


def test_a_kick_is_seen_by_all_and_ends_the_membership() -> None:
    hub = HubHarness()
    a, b = hub.client("a", join="#x"), hub.client("b", join="#x")
    assert b.ask("KICK #x a")[0].command == n.ERR_CHANOPRIVSNEEDED
    a.send("KICK #x b :out")
    assert b.read()[-1].params == ("#x", "b", "out")
    assert b.one("PRIVMSG #x :x").command == n.ERR_CANNOTSENDTOCHAN


def test_operators_with_invite_notify_see_invitations() -> None:
    hub = HubHarness()
    a = hub.client("a", join="#x")
    b = hub.client("b", caps="invite-notify", join="#x")
    a.send("MODE #x +o b", "INVITE c #x")
    b.read()
    c = hub.client("c")
    assert a.ask("INVITE c #x")[0].command == n.RPL_INVITING
    assert [m.params for m in b.read()] == [("c", "#x")]
    assert c.read()[0].command == "INVITE"


def test_user_modes() -> None:
    a = HubHarness().client("a")
    assert a.one("MODE a +iw").params == ("a", "+iw")
    assert a.one("MODE A").params == ("a", "+iw")
    assert a.ask("MODE a +o") == []
    assert a.one("MODE a -i+i-w").params == ("a", "-w")
