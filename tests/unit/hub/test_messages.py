"""PRIVMSG, NOTICE and TAGMSG with echo-message, message-tags and server-time."""

import pytest
from chat_hub import limits
from livechat.irc import numerics as n

from tests.support.hub_harness import OUR_CAPS, HubHarness


def test_a_message_to_the_lobby_reaches_everybody_in_it_and_nobody_else() -> None:
    hub = HubHarness()
    a, b, c = (hub.client(nick, join="#lobby") for nick in "abc")
    outsider = hub.client("d")
    for client in (a, b, c):
        client.read()
    assert a.ask("PRIVMSG #LOBBY :hello  there :)") == []
    for client in (b, c):
        assert [(m.source, m.params) for m in client.read()] == [
            (a.session.prefix, ("#lobby", "hello  there :)"))
        ]
    assert outsider.read() == []


def test_echo_receivers_and_id_are_the_same_message() -> None:
    hub = HubHarness()
    a, b = (hub.client(nick, caps=OUR_CAPS, join="#lobby") for nick in "ab")
    a.read()
    b.read()
    (echo,) = a.ask("@label=1;+typing=done;secret=x PRIVMSG #lobby :hi")
    (received,) = b.read()
    assert echo.tags == {**received.tags, "label": "1"}
    assert received.tags["time"] == "2023-11-14T22:13:20.000Z"
    assert received.tags["msgid"]
    assert received.tags["+typing"] == "done"
    assert "secret" not in received.tags


def test_ids_are_never_used_twice_not_even_by_another_run() -> None:
    ids = []
    for start in range(2):
        hub = HubHarness()
        hub.pass_time(start)
        hub.__post_init__()
        a = hub.client("a", caps=OUR_CAPS, join="#lobby")
        ids += [m.tags["msgid"] for m in a.ask(*["PRIVMSG #lobby :x"] * 50)]
    assert len(set(ids)) == len(ids) == 100


def test_nothing_reaches_a_client_that_did_not_negotiate_it() -> None:
    hub = HubHarness()
    a = hub.client("a", caps=OUR_CAPS, join="#lobby")
    plain = hub.client("b", join="#lobby")
    timed = hub.client("c", caps="server-time", join="#lobby")
    tagged = hub.client("d", caps="message-tags", join="#lobby")
    for client in (plain, timed, tagged):
        client.read()
    a.send("@+x=1 PRIVMSG #lobby :hi", "@+x=1 TAGMSG #lobby")
    assert [(m.command, set(m.tags)) for m in plain.read()] == [("PRIVMSG", set())]
    assert [(m.command, set(m.tags)) for m in timed.read()] == [("PRIVMSG", {"time"})]
    assert [(m.command, set(m.tags)) for m in tagged.read()] == [
        ("PRIVMSG", {"msgid", "+x"}),
        ("TAGMSG", {"msgid", "+x"}),
    ]


def test_tags_of_a_client_without_message_tags_are_left_out() -> None:
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("b", caps="message-tags")
    a.send("@+x=1 PRIVMSG b :hi", "@+x=1 TAGMSG b")
    assert [set(m.tags) for m in b.read()] == [{"msgid"}]


def test_4094_bytes_of_client_tags_come_through() -> None:
    """IRCv3: "Client-only tags MUST be relayed on PRIVMSG, NOTICE and TAGMSG messages"."""
    hub = HubHarness()
    a, b = (hub.client(nick, caps=OUR_CAPS) for nick in "ab")
    value = "v" * (4094 - len("+k="))
    a.send(f"@+k={value} PRIVMSG b :{'x' * 400}")
    (message,) = b.read()
    assert message.tags["+k"] == value


def test_a_private_message_reaches_its_receiver_only() -> None:
    hub = HubHarness()
    a, b, c = (hub.client(nick, join="#lobby") for nick in "abc")
    for client in (a, b, c):
        client.read()
    assert a.ask("PRIVMSG B :psst", "NOTICE b :hm") == []
    assert [(m.command, m.params) for m in b.read()] == [("PRIVMSG", ("b", "psst")), ("NOTICE", ("b", "hm"))]
    assert c.read() == []


def test_a_message_to_oneself_is_delivered_and_echoed() -> None:
    """IRCv3: "… the server MUST NOT include the label tag, except for any acknowledgment sent with … echo"."""
    a = HubHarness().client("a", caps=OUR_CAPS)
    delivered, echo = a.ask("@label=9 PRIVMSG a :note")
    assert "label" not in delivered.tags
    assert echo.tags["label"] == "9"
    assert delivered.tags["msgid"] == echo.tags["msgid"]


def test_a_message_to_somebody_who_has_left_is_told_to_the_sender() -> None:
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("b")
    b.send("QUIT")
    assert a.one("PRIVMSG b :hi").command == n.ERR_NOSUCHNICK
    assert a.one("PRIVMSG #none :hi").command == n.ERR_NOSUCHCHANNEL
    assert a.one("PRIVMSG").command == n.ERR_NORECIPIENT
    assert a.one("PRIVMSG a").command == n.ERR_NOTEXTTOSEND
    assert a.one("PRIVMSG a :").command == n.ERR_NOTEXTTOSEND


def test_a_notice_is_never_answered() -> None:
    """RFC 2812: servers "MUST NOT send any error reply back to the client on receipt of a notice"."""
    a = HubHarness().client("a")
    assert a.ask("NOTICE", "NOTICE b", "NOTICE b :x", "NOTICE #none :x", "NOTICE 1,2,3,4,5,6 :x") == []


def test_only_members_speak_in_the_lobby() -> None:
    a = HubHarness().client("a")
    assert a.one("PRIVMSG #lobby :hi").command == n.ERR_CANNOTSENDTOCHAN


def test_somebody_who_is_away_says_so_to_a_private_message() -> None:
    hub = HubHarness()
    a, b = hub.client("a", caps=OUR_CAPS), hub.client("b")
    b.send("AWAY :at lunch")
    got = a.ask("PRIVMSG b :hi", "NOTICE b :hi")
    assert [(m.command, m.params[-1]) for m in got] == [
        ("PRIVMSG", "hi"),
        (n.RPL_AWAY, "at lunch"),
        ("NOTICE", "hi"),
    ]


def test_a_message_too_long_with_its_source_is_refused_and_not_cut() -> None:
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("b")
    source = len(f":{a.session.prefix} PRIVMSG b :\r\n")
    assert a.ask(f"PRIVMSG b :{'я' * ((512 - source) // 2)}") == []
    assert len(b.read()) == 1
    assert a.one(f"PRIVMSG b :{'я' * ((512 - source) // 2 + 1)}").command == n.ERR_INPUTTOOLONG
    assert b.read() == []


def test_several_targets_get_a_message_each_up_to_the_bound() -> None:
    hub = HubHarness()
    people = [hub.client(f"p{i}") for i in range(limits.TARGETS_PER_COMMAND + 1)]
    a = hub.client("a", caps="message-tags")
    nicks = ",".join(f"p{i}" for i in range(len(people)))
    assert a.one(f"PRIVMSG {nicks} :hi").command == n.ERR_TOOMANYTARGETS
    assert [len(person.read()) for person in people] == [1] * limits.TARGETS_PER_COMMAND + [0]
    assert a.ask("PRIVMSG p0,P0,p0 :once") == []
    assert len(people[0].read()) == 1


def test_bytes_that_are_not_utf8_are_refused_and_logged() -> None:
    """IRCv3: "Servers publishing this token MUST NOT relay content … containing non-UTF-8 data"."""
    hub = HubHarness()
    a, plain, b = hub.client("a", caps=OUR_CAPS), hub.client("p"), hub.client("b")
    assert a.one(b"PRIVMSG b :\xff").params[:2] == ("*", "INVALID_UTF8")
    assert plain.one(b"PRIVMSG b :\xff").command == "NOTICE"
    assert b.read() == []
    assert len(hub.reports) == 2


def test_a_ctcp_action_passes_unchanged() -> None:
    hub = HubHarness()
    a, b = hub.client("a"), hub.client("b")
    a.send("PRIVMSG b :\x01ACTION waves\x01")
    assert b.read()[0].params[1] == "\x01ACTION waves\x01"


@pytest.mark.parametrize("line", [b"PRIVMSG #lobby :a\0b", b"PRIVMSG #lobby :a\rb", b":source", b"   ", b"?!"])
def test_a_line_that_holds_no_command_is_answered_and_logged(line: bytes) -> None:
    hub = HubHarness()
    a = hub.client("a", caps=OUR_CAPS, join="#lobby")
    b = hub.client("b", join="#lobby")
    b.read()
    (answer,) = a.ask(line)
    assert (answer.command, answer.params[:2]) == ("FAIL", ("*", "MALFORMED_LINE"))
    assert "MALFORMED_LINE" in hub.reports[-1]
    assert b.read() == []


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_browser_that_is_made_to_speak_to_the_hub_says_nothing_in_it(method: str) -> None:
    hub = HubHarness()
    a = hub.client("a", join="#lobby")
    stranger = hub.connect()
    stranger.send(f"{method} / HTTP/1.1", "Host: localhost:6667", "NICK evil", "USER evil 0 * :evil")
    stranger.send("JOIN #lobby", "PRIVMSG #lobby :spam")
    assert [message.command for message in stranger.read()] == ["ERROR"]
    assert a.read() == []
    assert a.commands(f"{method} / HTTP/1.1") == ["421"]
