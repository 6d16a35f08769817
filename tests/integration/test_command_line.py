"""`livechat ls`, `say`, `tail`: output for people, exit statuses for scripts."""

import socket

from tests.integration.conftest import Offer
from tests.support.cli import Terminal
from tests.support.irc_client import logged_in
from tests.support.stack import LOOPBACK, Stack, free_port


def test_ls_shows_name_and_size(terminal: Terminal, offer: Offer) -> None:
    offer("report.txt", b"x" * 1234)
    ran = terminal.run("ls")
    assert ran.status == 0
    row = next(line for line in ran.out.splitlines() if line.endswith("report.txt"))
    assert "1.2" in row or "1,234" in row or "1234" in row


def test_say_reaches_the_lobby(stack: Stack, terminal: Terminal) -> None:
    with logged_in(stack.hub_port, "dana") as dana:
        ran = terminal.run("say", "the build is ready", name="ci")
        assert (ran.status, ran.err) == (0, "")
        assert dana.expect_message("the build is ready", sender="ci").params[0] == "#lobby"


def test_say_to_one_person_reaches_only_them(stack: Stack, terminal: Terminal) -> None:
    with logged_in(stack.hub_port, "dana") as dana, logged_in(stack.hub_port, "omar") as omar:
        assert terminal.run("say", "lunch?", "--to", "omar", name="ci").status == 0
        assert omar.expect_message("lunch?", sender="ci").params[0] == "omar"
        assert not [line for line in dana.sync() if line.text == "lunch?"]


def test_say_to_nobody_fails_with_one_line(terminal: Terminal) -> None:
    ran = terminal.run("say", "hello", "--to", "nobody-here", name="ci")
    assert ran.status == 1
    assert len(ran.err.strip().splitlines()) == 1
    assert "nobody-here" in ran.err


def test_tail_shows_what_is_said_as_it_is_said(stack: Stack, terminal: Terminal) -> None:
    with logged_in(stack.hub_port, "dana") as dana, terminal.running("tail", name="watcher") as tail:
        dana.expect("JOIN", lambda line: line.nick == "watcher")
        dana.say("#lobby", "first of all")
        tail.wait_for("first of all")
        dana.say("#lobby", "and then")
        tail.wait_for("and then")
        assert "dana" in tail.output


def test_a_file_that_is_not_there_fails_with_one_line(terminal: Terminal) -> None:
    ran = terminal.get("no-such-file.txt")
    assert ran.status == 1
    assert len(ran.err.strip().splitlines()) == 1
    assert "no-such-file.txt" in ran.err


def test_a_taken_name_fails_with_one_line(stack: Stack, terminal: Terminal) -> None:
    with logged_in(stack.hub_port, "dana"):
        ran = terminal.run("say", "hello", name="dana")
        assert ran.status == 1
        assert len(ran.err.strip().splitlines()) == 1


def test_a_server_that_is_not_there_fails_with_one_line(terminal: Terminal) -> None:
    terminal.server = f"{LOOPBACK}:{free_port(socket.SOCK_STREAM)}"
    ran = terminal.run("ls")
    assert ran.status == 1
    assert len(ran.err.strip().splitlines()) == 1


def test_wrong_usage_has_a_status_of_its_own(terminal: Terminal) -> None:
    assert terminal.run("frobnicate").status == 2
    assert terminal.run("get").status == 2
