"""Several sessions of one account under one nick: one person for everybody else."""

from livechat.irc import numerics as n
from livechat.irc.message import Message

from tests.support.hub_harness import Client, HubHarness, with_settings
from tests.support.login import PASSWORD, log_in_plain, member, register

CAPS = "sasl message-tags echo-message away-notify account-notify"


def pair(hub: HubHarness, join: str = "#x") -> tuple[Client, Client]:
    """Two sessions of the person Ann, in `join`."""
    register(hub, "Ann")
    first = member(hub, "Ann", caps=CAPS, join=join)
    second = member(hub, "Ann", caps=CAPS)
    first.read()
    return first, second


def seen(messages: list[Message]) -> list[tuple[str, ...]]:
    return [(message.command, *message.params) for message in messages]


def test_a_second_session_takes_the_nick_and_is_shown_its_channels() -> None:
    hub = HubHarness()
    register(hub, "Ann")
    first = member(hub, "Ann", caps=CAPS, join="#x")
    first.send("TOPIC #x :hello")
    watcher = hub.client("w", caps="away-notify extended-join account-notify", join="#x")
    second = hub.connect("192.0.2.9")
    second.send(f"CAP REQ :{CAPS}", "NICK ann", "USER other 0 * :Other")
    log_in_plain(second, "Ann")
    got = second.ask("CAP END")
    assert got[0].command == n.RPL_WELCOME
    assert got[0].params[0] == "Ann"
    joins = [m for m in got if m.command == "JOIN"]
    assert [(m.params, m.source) for m in joins] == [(("#x",), first.session.prefix)]
    assert [m.params[-1] for m in got if m.command == n.RPL_TOPIC] == ["hello"]
    assert any(m.command == n.RPL_NAMREPLY and "~Ann" in m.params[-1].split() for m in got)
    assert watcher.read() == []
    assert first.session.siblings == [first.session, second.session]
    shown = [m.params[2] for m in first.ask("WHOIS Ann") if m.command == n.RPL_WHOISACTUALLY]
    assert shown == ["192.0.2.1", "192.0.2.9"]
    assert n.RPL_WHOISACTUALLY not in [m.command for m in watcher.ask("WHOIS Ann")]


def test_join_part_and_rename_of_one_count_for_all() -> None:
    hub = HubHarness()
    first, second = pair(hub)
    watcher = hub.client("w", join="#x,#y")
    first.read(), second.read()
    assert [m.command for m in first.ask("JOIN #y")][:1] == ["JOIN"]
    assert [m.command for m in second.read()] == ["JOIN", n.RPL_NAMREPLY, n.RPL_ENDOFNAMES]
    second.send("PART #y :bye", "NICK Anna")
    assert seen(first.read()) == [("PART", "#y", "bye"), ("NICK", "Anna")]
    assert [m.command for m in watcher.read()] == ["JOIN", "PART", "NICK"]
    assert first.session.nick == second.session.nick == "Anna"
    assert hub.hub.by_nick.keys() == {"anna", "w"}


def test_each_session_gets_every_message_and_what_its_siblings_say() -> None:
    hub = HubHarness()
    first, second = pair(hub)
    other = hub.client("bob", join="#x")
    first.read(), second.read()
    other.send("PRIVMSG #x :to all", "PRIVMSG ann :to you")
    for session in (first, second):
        assert seen(session.read()) == [("PRIVMSG", "#x", "to all"), ("PRIVMSG", "Ann", "to you")]
    second.send("PRIVMSG #x :mine", "PRIVMSG bob :private", "NOTICE bob :n")
    mine = [("PRIVMSG", "#x", "mine"), ("PRIVMSG", "bob", "private"), ("NOTICE", "bob", "n")]
    from_second = first.read()
    assert seen(from_second) == seen(echoed := second.read()) == seen(other.read()) == mine
    assert [m.tags["msgid"] for m in from_second] == [m.tags["msgid"] for m in echoed]
    assert {m.source for m in from_second} == {second.session.prefix}


def test_without_echo_message_a_sibling_sees_the_rooms_but_no_private_echoes() -> None:
    hub = HubHarness()
    register(hub, "Ann")
    plain = member(hub, "Ann", caps="sasl", join="#x")
    second = member(hub, "Ann", caps=CAPS)
    hub.client("bob")
    second.send("PRIVMSG #x :room", "PRIVMSG bob :private")
    assert seen(plain.read()) == [("PRIVMSG", "#x", "room")]


def test_a_message_to_oneself_reaches_each_session() -> None:
    hub = HubHarness()
    first, second = pair(hub)
    assert seen(first.ask("PRIVMSG Ann :note")) == [("PRIVMSG", "Ann", "note")] * 2  # as receiver and as echo
    assert seen(second.read()) == [("PRIVMSG", "Ann", "note")]


def test_what_waits_for_somebody_is_shown_to_the_siblings_too() -> None:
    hub = HubHarness()
    first, second = pair(hub)
    register(hub, "Bob")
    first.send("PRIVMSG bob :when you are back")
    assert seen(second.read()) == [("PRIVMSG", "Bob", "when you are back")]


def test_lists_show_one_person() -> None:
    hub = HubHarness()
    first, _second = pair(hub)
    watcher = hub.client("w", join="#x")
    names = [m.params[-1].split() for m in watcher.ask("NAMES #x") if m.command == n.RPL_NAMREPLY]
    assert names == [["~Ann", "w"]]
    assert [m.params[5] for m in watcher.ask("WHO #x") if m.command == n.RPL_WHOREPLY] == ["Ann", "w"]
    assert [m.params[5] for m in watcher.ask("WHO *") if m.command == n.RPL_WHOREPLY] == ["Ann", "w"]
    assert [m.params[1] for m in watcher.ask("WHOIS ann")].count("Ann") >= 1
    assert len([m for m in watcher.ask("WHOIS ann") if m.command == n.RPL_WHOISUSER]) == 1
    assert [m.params[2] for m in watcher.ask("LIST") if m.params[1] == "#x"] == ["2"]
    assert hub.hub.census.people == 2
    first.send("MODE #x +l 2")
    assert hub.client("third").one("JOIN #x").command == n.ERR_CHANNELISFULL


def test_the_person_leaves_with_the_last_session() -> None:
    hub = HubHarness()
    first, second = pair(hub)
    watcher = hub.client("w", join="#x")
    first.send("QUIT :one")
    assert watcher.read() == []
    assert hub.hub.find("ann") is second.session
    assert seen(second.ask("PRIVMSG #x :still here")) == [("PRIVMSG", "#x", "still here")]
    watcher.read()
    second.send("QUIT :both")
    assert seen(watcher.read()) == [("QUIT", "Quit: both")]
    assert hub.hub.find("ann") is None
    assert hub.hub.census.people == 1


def test_ranks_and_user_modes_are_the_persons() -> None:
    hub = HubHarness(with_settings(oper_name="root", oper_password="pw"))
    first, second = pair(hub)
    hub.client("bob", join="#x")
    assert [m.command for m in second.ask("MODE #x +v bob")] == ["MODE"]
    second.send("MODE #x -qo Ann Ann")
    assert first.one("MODE #x +v Ann").command == n.ERR_CHANOPRIVSNEEDED
    first.read(), second.read()
    first.send("OPER root pw")
    assert second.session.operator
    assert seen(second.read()) == [("MODE", "Ann", "+o")]
    second.send("MODE Ann -o")
    assert not first.session.operator
    assert hub.hub.census.operators == 0


def test_a_kick_takes_every_session_out_and_a_kill_ends_them() -> None:
    hub = HubHarness(with_settings(oper_name="root", oper_password="pw"))
    register(hub, "Ann")
    boss = hub.client("boss", join="#x")
    first, second = member(hub, "Ann", caps=CAPS, join="#x"), member(hub, "Ann", caps=CAPS)
    first.read()
    boss.send("KICK #x ann :out")
    assert seen(first.read()) == seen(second.read()) == [("KICK", "#x", "Ann", "out")]
    room = hub.hub.channel("#x")
    assert room is not None
    assert set(room.members) == {boss.session}
    assert seen(boss.ask("INVITE ann #x"))[0][0] == n.RPL_INVITING
    assert [m.command for m in first.read() + second.read()] == ["INVITE", "INVITE"]
    boss.send("OPER root pw", "KILL ann :enough")
    assert first.session.closed
    assert second.session.closed


def test_away_only_when_every_session_is() -> None:
    hub = HubHarness()
    first, second = pair(hub)
    watcher = hub.client("w", caps="away-notify", join="#x")
    assert first.one("AWAY :lunch").command == n.RPL_NOWAWAY
    assert watcher.read() == []
    second.send("AWAY :meeting")
    assert seen(watcher.read()) == [("AWAY", "meeting")]
    assert [m.params[-1] for m in watcher.ask("PRIVMSG ann :?")] == ["meeting"]
    third = member(hub, "Ann", caps=CAPS)
    assert seen(watcher.read()) == [("AWAY",)]
    third.send("QUIT")
    assert seen(watcher.read())[0][0] == "AWAY"
    assert first.session.away in ("lunch", "meeting")


def test_an_invitation_lets_in_whichever_session_uses_it() -> None:
    hub = HubHarness()
    boss = hub.client("boss", join="#x")
    boss.send("MODE #x +i")
    first, second = pair(hub, join="#y")
    boss.send("INVITE Ann #x")
    first.send("QUIT")
    assert second.ask("JOIN #x")[0].command == "JOIN"


def test_only_the_same_account_shares_and_only_at_the_beginning() -> None:
    hub = HubHarness()
    first, _ = pair(hub)
    register(hub, "Bob")
    bob = hub.connect()
    bob.send("CAP REQ :sasl", "NICK Ann", "USER b 0 * :B")
    log_in_plain(bob, "Bob")
    assert bob.commands("CAP END") == [n.ERR_NICKNAMEINUSE]
    late = hub.client("late", caps="sasl")
    log_in_plain(late, "Ann", PASSWORD)
    assert late.one("NICK Ann").command == n.ERR_NICKNAMEINUSE
    assert len(first.session.siblings) == 2


def test_one_of_several_cannot_change_the_account_of_all() -> None:
    hub = HubHarness()
    first, second = pair(hub)
    register(hub, "Bob")
    assert [m.command for m in log_in_plain(second, "Bob")] == [n.ERR_SASLALREADY]
    assert first.session.account == second.session.account == "Ann"
