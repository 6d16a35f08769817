"""Services die, stand still and come back: nothing confirmed is lost, and people need not do anything."""

import contextlib
from pathlib import Path

import pytest

from tests.integration.conftest import Offer
from tests.support.cli import Running, Terminal, sha256
from tests.support.content import made_of
from tests.support.irc_client import IrcClient, logged_in
from tests.support.relay import RELAY_HOST, Faults, bad_network
from tests.support.stack import SERVICES, Service, Stack, killed, paused, stopped
from tests.support.wait import until

MIB = 1 << 20


def on_disk(terminal: Terminal) -> int:
    """How much of all downloads is on disk, in the system's blocks."""
    return sum(path.stat().st_blocks for path in terminal.downloads.iterdir())


def wait_until_under_way(terminal: Terminal, command: Running, beyond: int = 0) -> int:
    """Return what is on disk when that is more than `beyond`; the command must still run."""
    grown = until(
        lambda: blocks if (blocks := on_disk(terminal)) > beyond else None,
        within_s=60,
        what="the download goes on",
    )
    assert not command.ended, command.output
    return grown


@pytest.mark.parametrize("times", [1, pytest.param(5, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
def test_a_download_survives_the_death_of_the_file_service(
    stack: Stack, offer: Offer, tmp_path: Path, times: int
) -> None:
    source = offer("file.bin", made_of(64 * times * MIB, seed=64))
    terminal = Terminal(tmp_path / "far", stack, RELAY_HOST)
    with (
        bad_network(stack.hub_port, stack.files_port, Faults(loss=0.02), seed=2),
        terminal.getting("file.bin") as download,
    ):
        arrived = 0
        for _ in range(times):
            arrived = wait_until_under_way(terminal, download, arrived)
            with killed(stack, "file-udp"):
                assert not download.ended, download.output
        assert download.wait(80.0 * times) == 0, download.output
    assert sha256(terminal.downloads / "file.bin") == sha256(source)


def test_a_download_survives_a_service_that_stands_still(stack: Stack, offer: Offer, tmp_path: Path) -> None:
    source = offer("file.bin", made_of(64 * MIB, seed=65))
    terminal = Terminal(tmp_path / "far", stack, RELAY_HOST)
    with (
        bad_network(stack.hub_port, stack.files_port, Faults(loss=0.02), seed=3),
        terminal.getting("file.bin") as download,
    ):
        wait_until_under_way(terminal, download)
        with paused(stack, "file-udp"), logged_in(stack.hub_port, "dana") as dana:
            dana.sync()
        assert download.wait() == 0, download.output
    assert sha256(terminal.downloads / "file.bin") == sha256(source)


def test_a_download_goes_on_while_the_hub_is_dead(stack: Stack, offer: Offer, tmp_path: Path) -> None:
    source = offer("file.bin", made_of(16 * MIB, seed=16))
    terminal = Terminal(tmp_path / "far", stack, RELAY_HOST)
    with (
        bad_network(stack.hub_port, stack.files_port, Faults(loss=0.02), seed=4),
        terminal.getting("file.bin") as download,
    ):
        wait_until_under_way(terminal, download)
        with killed(stack, "chat-hub"):
            assert download.wait() == 0, download.output
    assert sha256(terminal.downloads / "file.bin") == sha256(source)


def test_what_watches_the_chat_comes_back_by_itself_when_the_hub_does(stack: Stack, terminal: Terminal) -> None:
    with contextlib.ExitStack() as watching:
        with logged_in(stack.hub_port, "dana") as dana:
            tail = watching.enter_context(terminal.running("tail", name="watcher"))
            dana.expect("JOIN", lambda line: line.nick == "watcher")
            dana.say("#lobby", "before")
            tail.wait_for("before")
        with killed(stack, "chat-hub"):
            assert not tail.ended, tail.output
        with logged_in(stack.hub_port, "dana") as dana:
            until(lambda: "watcher" in people(dana), within_s=40, what="the watcher is back")
            dana.say("#lobby", "after")
            tail.wait_for("after")


def people(client: IrcClient) -> set[str]:
    """Who is in the lobby."""
    client.send("NAMES #lobby")
    return {name for line in client.sync() if line.command == "353" for name in line.text.split()}


def test_without_the_file_service_people_chat_on_and_are_told(
    stack: Stack, terminal: Terminal, offer: Offer
) -> None:
    offer("file.bin", b"content")
    with logged_in(stack.hub_port, "dana") as dana, logged_in(stack.hub_port, "omar") as omar:
        with stopped(stack, "file-udp"):
            dana.say("#lobby", "still here")
            omar.expect_message("still here")
            dana.say("files", "list")
            dana.expect("NOTICE", lambda line: line.nick == "files")
            ran = terminal.get("file.bin")
            assert ran.status == 1
            assert len(ran.err.strip().splitlines()) == 1
        until(lambda: "file.bin" in terminal.run("ls").out, within_s=30, what="the list is back")
        assert terminal.get("file.bin").status == 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_ends_cleanly_when_it_is_told_to(stack: Stack, service: Service) -> None:
    with stopped(stack, service):
        assert not stack.running(service)
    assert "Traceback" not in stack.logs()
