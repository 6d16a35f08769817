"""The wire between hub and file service is cut and comes back: chat and running downloads do not notice."""

from pathlib import Path

import pytest

from tests.integration.conftest import Offer, listed
from tests.support.cli import Terminal, sha256
from tests.support.content import made_of
from tests.support.files_nick import answer
from tests.support.irc_client import logged_in
from tests.support.stack_compose import ComposeStack
from tests.support.wait import until

pytestmark = [
    pytest.mark.compose,
    pytest.mark.long,  # a silent wire is noticed by the silence
    pytest.mark.parametrize("session_stack", ["compose"], indirect=True, scope="session"),
]


def test_people_are_told_that_files_are_away_and_get_them_back(
    compose_stack: ComposeStack, offer: Offer, tmp_path: Path
) -> None:
    terminal = Terminal(tmp_path / "near", compose_stack)
    source = offer("handout.bin", made_of(100_000, seed=3))
    with logged_in(compose_stack.hub_port, "dana") as dana:
        usual = answer(dana, "list")
        with compose_stack.cut_off("file-udp", "control"):
            until(lambda: answer(dana, "list") != usual, within_s=60, what="dana is told that files are away")
            dana.send("PING still")
            dana.expect("PONG")
        until(lambda: listed_again(terminal), within_s=60, what="the list is back")
    assert terminal.get("handout.bin").status == 0
    assert sha256(terminal.downloads / "handout.bin") == sha256(source)


def listed_again(terminal: Terminal) -> bool:
    """Whether `livechat ls` works and has the file."""
    return terminal.run("ls").status == 0 and listed(terminal, "handout.bin")
