"""WHO, WHOIS, LIST, ISON, USERHOST, LUSERS and what the server tells of itself."""

from chat_hub.hub import Hub
from chat_hub.isupport import isupport_tokens
from livechat.irc import numerics as n
from livechat.irc.casemap import fold

from tests.support.hub_harness import Client, HubHarness, with_settings


def nicks(client: Client, line: str) -> list[str]:
    return [m.params[5] for m in client.ask(line) if m.command == n.RPL_WHOREPLY]


def test_who_of_a_channel_names_its_members() -> None:
    hub = HubHarness()
    a = hub.client("a", join="#x")
    hub.client("b", join="#x").send("AWAY :x")
    got = a.ask("WHO #x")
    assert got[0].params == ("a", "#x", "a", a.session.host, "livechat.local", "a", "H@", "0 a the Tester")
    assert got[1].params[6] == "G"
    assert got[2].command == n.RPL_ENDOFWHO


def test_who_by_mask_shows_the_invisible_to_their_peers_only() -> None:
    hub = HubHarness()
    a, b, c = hub.client("anna", join="#x"), hub.client("bea", join="#x"), hub.client("cora")
    b.send("MODE bea +i")
    assert nicks(a, "WHO *") == ["anna", "bea", "cora"]
    assert nicks(c, "WHO *") == ["anna", "cora"]
    assert nicks(c, "WHO ?n*") == ["anna"]
    assert nicks(c, "WHO BEA") == ["bea"]
    assert nicks(c, "WHO * o") == []
    assert c.commands("WHO #none") == [n.RPL_ENDOFWHO]
    assert c.commands("NAMES #x")[0] == n.RPL_NAMREPLY


def test_whois_hides_the_address_from_all_but_operators_and_oneself() -> None:
    hub = HubHarness(with_settings(oper_name="root", oper_password="pw"))
    a, b = hub.client("a", address="2001:db8::7"), hub.client("b")
    assert "2001:db8::7" not in str(b.ask("WHOIS a"))
    assert "2001:db8::7" not in a.session.prefix
    b.send("OPER root pw")
    assert [m.params[2] for m in b.ask("WHOIS a") if m.command == n.RPL_WHOISACTUALLY] == ["2001:db8::7"]
    assert n.RPL_WHOISACTUALLY in a.commands("WHOIS a")
    assert a.commands("WHOIS nobody") == [n.ERR_NOSUCHNICK, n.RPL_ENDOFWHOIS]


def test_the_cloak_is_the_same_for_an_address_and_tells_nothing_of_it() -> None:
    hub = HubHarness()
    one, same, other = (hub.client(nick, address=ip) for nick, ip in (("a", "::1"), ("b", "::1"), ("c", "::2")))
    assert one.session.host == same.session.host != other.session.host
    assert "::1" not in one.session.host


def test_idle_time_counts_from_the_last_message() -> None:
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("b")
    hub.pass_time(30)
    a.send("PING x")
    idle = next(m for m in b.ask("WHOIS a") if m.command == n.RPL_WHOISIDLE)
    assert idle.params[2:4] == ("30", "1700000000")
    a.send("PRIVMSG b :x")
    idle = next(m for m in b.ask("WHOIS a") if m.command == n.RPL_WHOISIDLE)
    assert idle.params[2] == "0"


def test_ison_and_userhost_name_those_who_are_here() -> None:
    hub = HubHarness()
    a, _ = hub.client("Anna"), hub.client("bob")
    assert a.one("ISON anna nobody :BOB files").params[-1].split() == ["Anna", "bob", "files"]
    assert a.one("USERHOST anna nobody").params[-1] == f"Anna=+Anna@{a.session.host}"


def test_list_shows_channels_with_their_people() -> None:
    hub = HubHarness()
    a = hub.client("a", join="#x")
    a.send("TOPIC #x :about x")
    got = [m.params[1:] for m in a.ask("LIST") if m.command == n.RPL_LIST]
    assert got == [("#lobby", "0", ""), ("#x", "1", "about x")]
    assert [m.command for m in a.ask("LIST #x,#none")] == [n.RPL_LISTSTART, n.RPL_LIST, n.RPL_LISTEND]


def test_the_first_conditions_of_list_count_and_the_rest_is_left_out() -> None:
    a = HubHarness().client("a", join="#x")
    for before, shown in ((7, []), (8, ["#x"])):
        words = ",".join([*["#x*"] * before, "!#x"])
        assert [m.params[1] for m in a.ask(f"LIST {words}") if m.command == n.RPL_LIST] == shown


def test_counts_follow_who_comes_and_goes() -> None:
    hub = HubHarness(with_settings(oper_name="root", oper_password="pw"))
    a, b = hub.client("a"), hub.client("b")
    hub.connect()
    b.send("MODE b +i", "OPER root pw")
    counts = {m.command: m.params for m in a.ask("LUSERS")}
    assert counts[n.RPL_LUSERCLIENT][-1].startswith("There are 1 users and 1 invisible")
    assert counts[n.RPL_LUSEROP][1] == "1"
    assert counts[n.RPL_LUSERUNKNOWN][1] == "1"
    b.send("QUIT")
    counts = {m.command: m.params for m in a.ask("LUSERS")}
    assert counts[n.RPL_LUSERCLIENT][-1].startswith("There are 1 users and 0 invisible")
    assert counts[n.RPL_LUSEROP][1] == "0"
    assert counts[n.RPL_LOCALUSERS][1:3] == ("1", "2")


def test_version_time_info_help_and_motd_answer() -> None:
    a = HubHarness(motd=("hi",)).client("a")
    assert a.commands("VERSION")[0] == n.RPL_VERSION
    assert a.one("TIME").params[-1].startswith("2023-11-14T22:13:20")
    assert a.commands("INFO")[-1] == n.RPL_ENDOFINFO
    assert a.commands("HELP privmsg")[0] == n.RPL_HELPSTART
    assert a.one("HELP me").command == n.ERR_HELPNOTFOUND
    assert a.commands("MOTD livechat.local")[0] == n.RPL_MOTDSTART
    assert a.one("MOTD other.example").command == n.ERR_NOSUCHSERVER


def test_every_isupport_token_fits_and_is_told_at_the_welcome() -> None:
    got = HubHarness().connect().ask("NICK a", "USER u 0 * :R")
    tokens = [t for m in got if m.command == n.RPL_ISUPPORT for t in m.params[1:-1]]
    assert tokens == isupport_tokens("SocialLiveChat")
    assert all(len(m.params) <= 15 for m in got)
    assert "CASEMAPPING=rfc7613" in tokens
    assert fold("Ａ") == "a"
    assert "UTF8ONLY" in tokens


def test_parameters_that_a_numeric_repeats_never_break_its_line() -> None:
    hub = HubHarness()
    a = hub.client("n" * 32)
    for command in ("JOIN", "WHOIS", "WHO", "NAMES", "MODE", "TOPIC", "PART", "NICK", "PRIVMSG", "HELP", "CAP"):
        for junk in ("é" * 240, "#" + "x" * 480, ":a b", ": "):
            assert a.ask(f"{command} {junk}", f"{command} {junk[:200]} {junk[:200]}") is not None
    assert isinstance(hub.hub, Hub)


def test_away_notify_and_setname_reach_peers_that_asked() -> None:
    hub = HubHarness()
    a = hub.client("a", caps="setname", join="#x")
    b = hub.client("b", caps="away-notify setname", join="#x")
    plain = hub.client("c", join="#x")
    for client in (a, b, plain):
        client.read()
    assert a.commands("AWAY :lunch", "AWAY :lunch", "AWAY") == [n.RPL_NOWAWAY, n.RPL_NOWAWAY, n.RPL_UNAWAY]
    assert a.one("SETNAME :New Name").params == ("New Name",)
    assert [(m.command, m.params) for m in b.read()] == [
        ("AWAY", ("lunch",)),
        ("AWAY", ()),
        ("SETNAME", ("New Name",)),
    ]
    assert plain.read() == []
    assert a.one(f"SETNAME :{'x' * 121}").command == "NOTICE"
