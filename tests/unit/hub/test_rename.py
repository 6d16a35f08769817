"""RENAME (IRCv3 draft/channel-rename), draft/no-implicit-names and invite-notify."""

import pytest
from chat_hub import limits
from chat_hub.store.renaming import with_target
from livechat.irc import numerics as n

from tests.support.hub_harness import Client, HubHarness, with_settings
from tests.support.login import member, register

RENAME = "draft/channel-rename standard-replies"
OPERATED = with_settings(oper_name="root", oper_password="pw")


def people(hub: HubHarness, *clients: Client) -> None:
    for client in clients:
        client.read()


def test_those_who_know_it_get_rename_and_others_leave_and_join() -> None:
    """ "Server implementations MUST implement a fallback mechanism": PART, JOIN and what follows a JOIN."""
    hub = HubHarness()
    a, b, c = hub.client("a", caps=RENAME, join="#old"), hub.client("b", caps=RENAME), hub.client("c")
    b.send("JOIN #old")
    c.send("JOIN #old")
    a.send("TOPIC #old :about it")
    people(hub, a, b, c)
    event = a.one("RENAME #old #new :typo")
    assert (event.command, event.params) == ("RENAME", ("#old", "#new", "typo"))
    assert [(m.command, m.params) for m in b.read()] == [("RENAME", ("#old", "#new", "typo"))]
    got = c.read()
    assert [m.command for m in got] == [
        "PART",
        "JOIN",
        n.RPL_TOPIC,
        n.RPL_TOPICWHOTIME,
        n.RPL_NAMREPLY,
        n.RPL_ENDOFNAMES,
    ]
    assert (got[0].source, got[0].params) == (c.session.prefix, ("#old", "typo"))
    assert got[1].params[0] == "#new"


def test_everything_of_the_channel_stays() -> None:
    """ "A channel rename preserves all channel state, such as membership, mode and topic"."""
    hub = HubHarness()
    a, b = hub.client("a", caps=RENAME, join="#old"), hub.client("b", join="#old")
    a.send("MODE #old +mb nobody", "TOPIC #old :t", "MODE #old +v b", "RENAME #old #new")
    people(hub, a, b)
    assert a.ask("MODE #new")[0].params[2] == "+mnt"
    assert a.ask("MODE #new b")[0].params[2] == "nobody!*@*"
    assert a.ask("NAMES #new")[0].params[-1].split() == ["@a", "+b"]
    assert hub.hub.channel("#old") is None
    b.send("PRIVMSG #new :hi")
    assert a.read()[-1].params == ("#new", "hi")
    b.send("QUIT")
    assert a.read()[-1].command == "QUIT"


def test_a_reason_is_always_there() -> None:
    """ "The server to client command MUST always include the third parameter"."""
    a = HubHarness().client("a", caps=RENAME, join="#x")
    assert a.one("RENAME #x #y").params == ("#x", "#y", "")


def test_only_the_case_may_change_and_disturbs_nobody() -> None:
    """ "Implementations MUST allow channels to be renamed while only changing the casing of a channel name"."""
    hub = HubHarness()
    a, b = hub.client("a", caps=RENAME, join="#chat"), hub.client("b", join="#chat")
    people(hub, a, b)
    assert a.one("RENAME #chat #Chat").params[:2] == ("#chat", "#Chat")
    assert b.read() == []
    assert b.ask("NAMES #CHAT")[0].params[2] == "#Chat"
    assert a.ask("RENAME #Chat #Chat") == []


def test_what_cannot_be_renamed_says_why() -> None:
    hub = HubHarness(OPERATED)
    a, b = hub.client("a", caps=RENAME, join="#x,#lobby"), hub.client("b", caps=RENAME, join="#x")
    hub.client("c", join="#taken")
    for client, line, wanted in (
        (a, "RENAME #x #taken", ("FAIL", "CHANNEL_NAME_IN_USE", "#x", "#taken")),
        (a, "RENAME #x taken", ("FAIL", "CANNOT_RENAME", "#x", "taken")),
    ):
        got = client.one(line)
        assert (got.command, *got.params[1:-1]) == wanted
    assert b.one("RENAME #x #y").command == n.ERR_CHANOPRIVSNEEDED
    assert b.one("RENAME #taken #y").command == n.ERR_NOTONCHANNEL
    assert b.one("RENAME #none #y").command == n.ERR_NOSUCHCHANNEL
    assert b.one("RENAME #x").command == n.ERR_NEEDMOREPARAMS
    b.send("OPER root pw")
    assert b.one("RENAME #lobby #y").params[1] == "CANNOT_RENAME"


def test_a_channel_is_renamed_once_in_a_while() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=RENAME, join="#x")
    a.send("RENAME #x #y")
    assert a.one("RENAME #y #z").params[1] == "CANNOT_RENAME"
    hub.pass_time(limits.RENAME_PAUSE_S)
    assert a.one("RENAME #y #z").command == "RENAME"


def test_an_old_name_leads_to_the_channel_for_a_while() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=RENAME, join="#old")
    a.send("RENAME #old #new")
    b, c = hub.client("b", caps=RENAME), hub.client("c")
    assert b.one("JOIN #old").params[:-1] == ("JOIN", "CHANNEL_RENAMED", "#old", "#new")
    got = c.ask("JOIN #old")
    assert [m.command for m in got[:2]] == [n.ERR_LINKCHANNEL, "JOIN"]
    assert got[1].params == ("#new",)
    assert c.one("JOIN #old").command == n.ERR_LINKCHANNEL
    for _ in range(int(limits.RENAMED_S // 60)):
        a.send("PING x")
        b.send("PING x")
        hub.pass_time(60)
    assert [m.command for m in b.ask("JOIN #old")][0:1] == ["JOIN"]


def test_an_old_name_is_free_when_the_channel_is_gone_and_opens_no_secret() -> None:
    hub = HubHarness()
    a, b = hub.client("a", caps=RENAME, join="#old"), hub.client("b", caps=RENAME)
    a.send("MODE #old +s", "RENAME #old #new")
    assert "#new" not in str(b.ask("JOIN #old"))
    a.send("PART #new")
    assert b.ask("JOIN #old")[0].command == "JOIN"


def test_old_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RENAMED_CHANNELS", 2)
    hub = HubHarness()
    a, b = hub.client("a", caps=RENAME, join="#a,#b,#c"), hub.client("b", caps=RENAME)
    a.send("RENAME #a #a2", "RENAME #b #b2", "RENAME #c #c2")
    assert b.ask("JOIN #a")[0].command == "JOIN"
    assert b.one("JOIN #b").command == "FAIL"


def test_the_history_goes_with_the_name() -> None:
    hub = HubHarness()
    caps = RENAME + " draft/chathistory batch message-tags"
    a = hub.client("a", caps=caps, join="#old")
    a.send("PRIVMSG #old :before", "RENAME #old #new", "PRIVMSG #new :after")
    got = [m for m in a.ask("CHATHISTORY LATEST #new * 10") if m.command == "PRIVMSG"]
    assert [m.params for m in got] == [("#new", "before"), ("#new", "after")]


@pytest.mark.parametrize("closing", ["", "MODE #mine +i"])
def test_a_rename_opens_no_history_that_is_hidden_under_the_new_name(closing: str) -> None:
    hub = HubHarness()
    register(hub, "Ann")
    register(hub, "Mal")
    caps = f"sasl {RENAME} draft/chathistory batch message-tags"
    ann, mal = member(hub, "Ann", caps=caps, join="#secret"), member(hub, "Mal", caps=caps, join="#mine")
    ann.send("MODE #secret +i", "PRIVMSG #secret :the plan")
    mal.send("PRIVMSG #mine :at the same time")
    ann.send("PRIVMSG #secret :more", "PART #secret")
    mal.send(closing, "RENAME #mine #secret", "PRIVMSG #secret :new")

    def played() -> list[str]:
        got = mal.ask("CHATHISTORY LATEST #secret * 10")
        return [m.params[-1] for m in got if m.command == "PRIVMSG"]

    assert played() == ["new"]
    mal.send("PART #secret", "JOIN #secret")
    assert "the plan" not in played()


@pytest.mark.parametrize("before", [(), ("PART #secret", "JOIN #secret")])
def test_who_was_under_the_new_name_does_not_read_what_comes_there_closed(before: tuple[str, ...]) -> None:
    hub = HubHarness()
    register(hub, "Ann")
    register(hub, "Mal")
    caps = f"sasl {RENAME} draft/chathistory batch message-tags"
    ann, mal = member(hub, "Ann", caps=caps, join="#secret"), member(hub, "Mal", caps=caps, join="#open")
    ann.send("MODE #secret +i", "PRIVMSG #secret :the plan")
    mal.send("PRIVMSG #open :meanwhile")
    ann.send("PRIVMSG #secret :more", *before)
    mal.send("PART #open")
    ann.send("RENAME #secret #open", "PRIVMSG #open :end", "PART #open")
    mal.send("JOIN #open")
    got = [m.params[-1] for m in mal.ask("CHATHISTORY LATEST #open * 10") if m.command == "PRIVMSG"]
    assert not {"the plan", "more"} & set(got)


def test_a_row_takes_the_new_name_where_it_fits() -> None:
    assert with_target(b":a!b@c PRIVMSG #Old :#old x\r\n", "#old", "#new") == b":a!b@c PRIVMSG #new :#old x\r\n"
    assert with_target(b":a!b@c JOIN #old\r\n", "#old", "#n") == b":a!b@c JOIN #n\r\n"
    assert with_target(b":a!b@c QUIT :#old\r\n", "#x", "#n") == b":a!b@c QUIT :#old\r\n"
    several = b":a PRIVMSG #x :1\r\n@draft/multiline-concat :a PRIVMSG #x :2\r\n"
    assert with_target(several, "#x", "#yy") == several.replace(b"#x", b"#yy")
    long = b":a PRIVMSG #x :" + b"y" * 490 + b"\r\n"
    assert with_target(long, "#x", "#" + "z" * 20) == long


# -- draft/no-implicit-names -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["draft/no-implicit-names", "no-implicit-names"])
def test_names_are_sent_after_a_join_only_to_those_who_want_them(name: str) -> None:
    """ "servers MUST NOT send an implicit NAMES reply after sending a JOIN message"; explicit ones as usual."""
    hub = HubHarness()
    a = hub.client("a", caps=name)
    assert a.commands("JOIN #x") == ["JOIN"]
    assert a.commands("NAMES #x") == [n.RPL_NAMREPLY, n.RPL_ENDOFNAMES]
    assert hub.client("b").commands("JOIN #x")[-1] == n.RPL_ENDOFNAMES
