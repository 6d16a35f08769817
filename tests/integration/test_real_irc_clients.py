"""Clients that other people wrote join, talk, part, and come back after the hub was killed."""

from pathlib import Path

import pytest

from tests.support.irc_client import IrcClient, logged_in
from tests.support.real_clients import CLIENTS, WAIT_S, wait_until_shown, why_not
from tests.support.requirements import missing
from tests.support.stack import Stack, killed

pytestmark = [
    pytest.mark.timeout(240),
    # what they speak to is the same hub in both shapes, and each takes its time to connect again
    pytest.mark.parametrize(
        "session_stack",
        [pytest.param("processes", marks=pytest.mark.processes)],
        indirect=True,
        scope="session",
    ),
]


@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_a_client_joins_talks_and_parts(stack: Stack, tmp_path: Path, name: str, tls: bool) -> None:
    if (reason := why_not(name)) is not None:
        missing("clients", reason)
    port = stack.tls_port if tls else stack.hub_port
    with (
        logged_in(stack.hub_port, "dana", "message-tags") as dana,
        CLIENTS[name](tmp_path, port, tls=tls) as client,
    ):
        dana.wait_for(lambda line: line.command == "JOIN" and line.nick == client.nick, "the join", WAIT_S)
        dana.say("#lobby", "good morning, 你好")
        wait_until_shown(client, "good morning, 你好")
        client.say("#lobby", "hello from outside, жора")
        said = dana.expect_message("hello from outside, жора", sender=client.nick)
        assert "msgid" in said.tags
        client.say("dana", "between us")
        assert dana.expect_message("between us", sender=client.nick).params[0] == "dana"
        dana.say(client.nick, "yes, only us")
        wait_until_shown(client, "yes, only us")
        client.part("#lobby")
        dana.wait_for(lambda line: line.command == "PART" and line.nick == client.nick, "the part", WAIT_S)
        client.join("#lobby")
        dana.wait_for(lambda line: line.command == "JOIN" and line.nick == client.nick, "the way back", WAIT_S)


@pytest.mark.parametrize("name", sorted(CLIENTS))
def test_a_client_comes_back_after_the_hub_was_killed(stack: Stack, tmp_path: Path, name: str) -> None:
    if (reason := why_not(name)) is not None:
        missing("clients", reason)
    with CLIENTS[name](tmp_path, stack.hub_port, tls=False) as client:
        with logged_in(stack.hub_port, "dana") as dana:
            wait_until_there(dana, client.nick)
        with killed(stack, "chat-hub"):
            pass
        with logged_in(stack.hub_port, "omar") as omar:
            wait_until_there(omar, client.nick)
            omar.say("#lobby", "welcome back")
            wait_until_shown(client, "welcome back")


def wait_until_there(watcher: IrcClient, nick: str) -> None:
    """Return when `nick` is in #lobby, whether it came before the watcher or comes now."""
    watcher.send("NAMES #lobby")
    watcher.wait_for(
        lambda line: (
            (line.command == "JOIN" and line.nick == nick)
            or (line.command == "353" and nick in line.text.split())
        ),
        f"{nick} is there",
        WAIT_S,
    )
