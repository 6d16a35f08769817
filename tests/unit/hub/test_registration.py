"""Connection registration (Modern IRC) and capability negotiation (IRCv3 302)."""

import pytest
from chat_hub import limits
from chat_hub.caps import CAPABILITIES
from livechat.irc import numerics as n

from tests.support.hub_harness import HubHarness, with_settings


def test_nick_and_user_in_any_order_register() -> None:
    hub = HubHarness()
    for lines in (("NICK a", "USER u 0 * :R"), ("USER u 0 * :R", "NICK b")):
        got = hub.connect().ask(*lines)
        assert [m.command for m in got][:4] == ["001", "002", "003", "004"]
        assert got[-1].command == n.ERR_NOMOTD


def test_the_message_of_the_day_follows_the_welcome() -> None:
    got = HubHarness(motd=("Be kind.", "")).connect().ask("NICK a", "USER u 0 * :R")
    assert [m.params[-1] for m in got if m.command == n.RPL_MOTD] == ["- Be kind.", "- "]
    assert got[-1].command == n.RPL_ENDOFMOTD


def test_registration_waits_for_cap_end() -> None:
    """IRCv3: "... the server MUST not complete registration until the client sends a `CAP END` command"."""
    client = HubHarness().connect()
    assert set(client.commands("CAP LS 302", "NICK a", "USER u 0 * :R")) == {"CAP"}
    assert client.commands("CAP END")[0] == n.RPL_WELCOME


def test_commands_before_registration_are_refused() -> None:
    client = HubHarness().connect()
    assert client.commands("JOIN #lobby", "PRIVMSG a :b", "OPER a b") == [n.ERR_NOTREGISTERED] * 3
    assert client.one("PING x").command == "PONG"
    assert client.one("NOSUCH").command == n.ERR_UNKNOWNCOMMAND


def test_a_name_that_is_taken_unfit_or_missing_is_told_apart() -> None:
    hub = HubHarness()
    hub.client("Alice")
    other = hub.connect()
    assert other.one("NICK aLiCE").command == n.ERR_NICKNAMEINUSE
    assert other.one("NICK files").command == n.ERR_NICKNAMEINUSE
    assert other.one("NICK :a b").command == n.ERR_ERRONEUSNICKNAME
    assert other.one("NICK").command == n.ERR_NONICKNAMEGIVEN
    assert other.commands("NICK Bob", "USER u 0 * :R")[0] == n.RPL_WELCOME


def test_a_half_registered_client_holds_its_nick_until_it_goes() -> None:
    hub = HubHarness()
    first = hub.connect().send("NICK a")
    assert hub.connect().one("NICK A").command == n.ERR_NICKNAMEINUSE
    first.send("QUIT")
    assert hub.connect().ask("NICK A") == []


def test_the_server_password_is_asked_for() -> None:
    hub = HubHarness(with_settings(server_password="secret"))
    wrong = hub.connect()
    assert wrong.commands("PASS nope", "NICK a", "USER u 0 * :R") == [n.ERR_PASSWDMISMATCH, "ERROR"]
    assert wrong.session.closed
    assert hub.connect().commands("NICK a", "USER u 0 * :R") == [n.ERR_PASSWDMISMATCH, "ERROR"]
    assert hub.connect().commands("PASS secret", "NICK a", "USER u 0 * :R")[0] == n.RPL_WELCOME


def test_nobody_registers_twice() -> None:
    client = HubHarness().client("a")
    assert client.commands("USER u 0 * :R", "PASS x") == [n.ERR_ALREADYREGISTERED] * 2


def test_a_change_of_nick_reaches_every_peer_once_and_nobody_else() -> None:
    hub = HubHarness()
    a, b, c = (hub.client(nick, join=join) for nick, join in (("a", "#x,#y"), ("b", "#x,#y"), ("c", "#z")))
    assert [m.params for m in a.ask("NICK A2")] == [("A2",)]
    got = b.read()
    assert [(m.command, m.source) for m in got if m.command == "NICK"] == [
        ("NICK", a.session.prefix.replace("A2", "a"))
    ]
    assert c.read() == []
    assert a.ask("NICK A2") == []
    assert a.one("NICK a2").params == ("a2",)
    assert hub.connect().ask("NICK a") == []


def test_user_names_are_brought_into_bounds() -> None:
    client = HubHarness().connect()
    client.send("NICK a", f"USER :we!rd@na\u00efme_long 0 * :{'я' * 200}")
    client = HubHarness().connect().send("NICK a", f"USER we!rd@name_long 0 * :{'я' * 200}")
    assert client.session.user == "werdname_l"
    assert client.session.realname == "я" * (limits.REALNAME_BYTES // 2)


# -- capabilities --------------------------------------------------------------------------------------------


def test_ls_names_every_capability_in_lines_that_fit_and_says_that_more_follow() -> None:
    messages = HubHarness().connect().ask("CAP LS 302")
    assert [m.params[:-1] for m in messages[:-1]] == [("*", "LS", "*")] * (len(messages) - 1)
    assert messages[-1].params[:-1] == ("*", "LS")
    words = " ".join(m.params[-1] for m in messages).split()
    assert [word.partition("=")[0] for word in words] == sorted(CAPABILITIES)


def test_older_clients_get_one_line_with_what_is_settled_first() -> None:
    """Several lines are for version 302 only."""
    client = HubHarness(with_settings(server_name="s" * 36 + ".org")).connect()
    client.send(f"NICK {'n' * 32}")
    words = client.one("CAP LS").params[-1].split()
    assert {name for name in CAPABILITIES if not name.startswith("draft/")} <= set(words)


def test_a_request_is_all_or_nothing() -> None:
    """IRCv3: "The server MUST NOT make any change to any capabilities if it replies with a NAK subcommand"."""
    client = HubHarness().connect()
    assert client.one("CAP REQ :batch no/such").params == ("*", "NAK", "batch no/such")
    assert client.one("CAP LIST").params == ("*", "LIST", "")
    assert client.one("CAP REQ :batch setname").params == ("*", "ACK", "batch setname")
    assert client.one("CAP REQ :-batch").params == ("*", "ACK", "-batch")
    assert client.one("CAP LIST").params == ("*", "LIST", "setname")


def test_capabilities_change_after_the_answer_not_in_it() -> None:
    """IRCv3: "a server MUST NOT change the capabilities … until the last ACK of the set has been sent"."""
    client = HubHarness().client("a")
    ack, pong = client.ask("CAP REQ server-time", "PING x")
    assert (set(ack.tags), set(pong.tags)) == (set(), {"time"})


def test_version_302_implies_cap_notify_for_good() -> None:
    """IRCv3: "servers MUST NOT disable the cap-notify capability if the client requests CAP LS with … 302"."""
    client = HubHarness().connect()
    client.ask("CAP LS 302")
    assert client.one("CAP LIST").params[-1] == "cap-notify"
    assert client.one("CAP REQ :-cap-notify").params[1] == "NAK"


def test_a_long_request_is_answered_in_lines_that_fit() -> None:
    client = HubHarness().connect()
    words = " ".join(["batch"] * 80)
    got = client.ask(f"CAP REQ :{words}")
    assert {m.params[1] for m in got} == {"ACK"}
    assert " ".join(m.params[-1] for m in got) == words


def test_an_unknown_subcommand_is_refused() -> None:
    client = HubHarness().connect()
    assert client.one("CAP FROB").command == n.ERR_INVALIDCAPCMD
    assert client.one("CAP").command == n.ERR_NEEDMOREPARAMS


def test_cap_after_registration_disturbs_nothing() -> None:
    client = HubHarness().client("a")
    client.ask("CAP LS 302")
    assert client.commands("CAP REQ :batch", "CAP END", "PING x") == ["CAP", "PONG"]


@pytest.mark.parametrize("version", ["302", "999999999999999999999", "abc", "-1", "", "٣٠٢"])
def test_any_version_is_answered(version: str) -> None:
    assert {m.params[1] for m in HubHarness().connect().ask(f"CAP LS :{version}")} == {"LS"}
