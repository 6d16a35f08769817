"""What most tests of the suite need: a terminal, and a file that is offered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli import Terminal
from tests.support.stack import Stack, put
from tests.support.wait import until

OFFERED_S = 30.0
Offer = Callable[[str, bytes], Path]


@pytest.fixture
def terminal(stack: Stack, tmp_path: Path) -> Terminal:
    """Somebody's terminal, who dials the stack directly."""
    return Terminal(tmp_path, stack)


@pytest.fixture
def offer(stack: Stack, tmp_path: Path) -> Offer:
    """Put a file into the share and wait until it is in the list.

    A file of that name that another test has left in the list has to be gone first.
    """
    watcher = Terminal(tmp_path / "watcher", stack)

    def offer_file(name: str, data: bytes) -> Path:
        until(lambda: not listed(watcher, name), within_s=OFFERED_S, what=f"the former {name} is gone")
        path = put(stack, name, data)
        until(lambda: listed(watcher, name), within_s=OFFERED_S, what=f"{name} is offered")
        return path

    return offer_file


def listed(terminal: Terminal, name: str) -> bool:
    """Whether `livechat ls` shows the file."""
    ran = terminal.run("ls")
    assert ran.status == 0, ran.err
    return any(line.endswith(name) for line in ran.out.splitlines())
