"""What any IRC client can do (docs/protocol/irc.md): log in, talk, look around, leave."""

import pytest

from tests.support.irc_client import IrcClient, logged_in
from tests.support.stack import LOOPBACK, Stack


def test_log_in_gives_the_greeting_in_order(stack: Stack) -> None:
    with IrcClient(LOOPBACK, stack.hub_port) as client:
        client.send("NICK dana")
        client.send("USER dana 0 * :Dana")
        numerics = [client.read().command for _ in range(5)]
        assert numerics == ["001", "002", "003", "004", "005"]
        client.wait_for(lambda line: line.command in {"376", "422"}, "the end of the greeting")


def test_a_taken_name_is_refused_and_another_one_goes(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana"), IrcClient(LOOPBACK, stack.hub_port) as second:
        second.send("NICK Dana")
        second.send("USER second 0 * :Second")
        second.expect("433")
        second.send("NICK omar")
        second.expect("001", lambda line: line.params[0] == "omar")


def test_what_one_says_in_the_lobby_reaches_the_others_once(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana, logged_in(stack.hub_port, "omar") as omar:
        dana.expect("JOIN", lambda line: line.nick == "omar")
        omar.say("#lobby", "good morning, שלום, 你好")
        assert dana.expect_message("good morning, שלום, 你好").params[0] == "#lobby"
        assert not [line for line in dana.sync() if line.command == "PRIVMSG"]
        assert not [line for line in omar.sync() if line.command == "PRIVMSG"], "no echo was asked for"


def test_a_private_message_reaches_one_person_only(stack: Stack) -> None:
    with (
        logged_in(stack.hub_port, "dana") as dana,
        logged_in(stack.hub_port, "omar") as omar,
        logged_in(stack.hub_port, "ravi") as ravi,
    ):
        dana.say("omar", "between us")
        line = omar.expect_message("between us", sender="dana")
        assert line.params[0] == "omar"
        assert not [line for line in ravi.sync() if line.command == "PRIVMSG"]


def test_to_somebody_who_is_not_there_the_sender_is_told(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana:
        with logged_in(stack.hub_port, "omar") as omar:
            omar.send("QUIT :bye")
            dana.expect("QUIT", lambda line: line.nick == "omar")
        dana.say("omar", "are you there?")
        assert dana.expect("401").params[1] == "omar"


def test_names_and_who_show_who_is_there(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana"), logged_in(stack.hub_port, "omar") as omar:
        omar.send("NAMES #lobby")
        assert {name.lstrip("~&@%+") for name in omar.expect("353").text.split()} >= {"dana", "omar"}
        omar.expect("366")
        omar.send("WHO #lobby")
        rows = [omar.expect("352").params for _ in range(2)]
        assert {row[5] for row in rows} == {"dana", "omar"}
        omar.expect("315")


def test_the_first_in_the_lobby_gets_no_rights_over_it(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana:
        dana.send("NAMES #lobby")
        assert dana.expect("353").text.split() == ["dana"]


def test_list_shows_the_lobby_and_its_number(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana:
        dana.send("LIST")
        row = dana.expect("322", lambda line: line.params[1] == "#lobby")
        assert row.params[2] == "1"
        dana.expect("323")


def test_ping_is_answered_with_its_token(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana:
        dana.send("PING :a token")
        assert dana.expect("PONG").text == "a token"


def test_a_new_name_is_seen_by_everyone(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana, logged_in(stack.hub_port, "omar") as omar:
        dana.send("NICK dânâ")
        assert omar.expect("NICK", lambda line: line.nick == "dana").text == "dânâ"


def test_quit_is_seen_with_its_reason_and_ends_the_connection(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana, logged_in(stack.hub_port, "omar") as omar:
        omar.send("QUIT :lunch")
        assert "lunch" in dana.expect("QUIT", lambda line: line.nick == "omar").text
        omar.wait_for(lambda line: line.command == "ERROR", "the farewell")
        with pytest.raises(ConnectionError):
            omar.read()


def test_a_connection_that_breaks_off_is_seen_as_a_quit(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana, logged_in(stack.hub_port, "omar") as omar:
        omar.break_off()
        dana.expect("QUIT", lambda line: line.nick == "omar")


def test_rubbish_hurts_nobody_but_its_sender(stack: Stack) -> None:
    with logged_in(stack.hub_port, "dana") as dana, IrcClient(LOOPBACK, stack.hub_port) as noisy:
        noisy.send("\x00\xff" * 50)
        noisy.send("@" * 400)
        noisy.send(":")
        noisy.send("PRIVMSG")
        dana.sync()
