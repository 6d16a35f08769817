"""Files arrive whole: sizes around every border, names of many scripts, several at once, by link too."""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import Offer, listed
from tests.support.cli import Terminal, sha256
from tests.support.content import made_of
from tests.support.files_nick import answer, link_to
from tests.support.irc_client import logged_in
from tests.support.stack import Stack, put
from tests.support.wait import until

MIB = 1 << 20
SIZES = (0, 1, MIB - 1, MIB, MIB + 1, 64 * MIB)
NAMES = (
    "plain.txt",
    "with space and (brackets) [1].txt",
    "λόγος και μῦθος.txt",
    "תוכנית העבודה.txt",
    "会议记录.txt",
    "наши фото/лето.txt",
    "नमस्ते.txt",
    "🦀 crab.txt",
    "-starts-with-a-dash.txt",
    "'quoted' & \"double\" $HOME `x`.txt",
)


def test_files_of_every_size_arrive_whole(stack: Stack, terminal: Terminal) -> None:
    sources = [put(stack, f"{size}.bin", made_of(size, seed=size)) for size in SIZES]
    wait_until_listed(terminal, [source.name for source in sources])
    for source in sources:
        ran = terminal.get(source.name)
        assert ran.status == 0, ran.err
        assert sha256(terminal.downloads / source.name) == sha256(source), source.name
    left = {path.name for path in terminal.downloads.iterdir()}
    assert left == {source.name for source in sources}, "nothing is left beside them"


def wait_until_listed(terminal: Terminal, names: Iterable[str]) -> None:
    """Return when all files are offered."""
    until(lambda: all(listed(terminal, name) for name in names), within_s=30, what=f"{names} are offered")


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_large_file_arrives_whole(terminal: Terminal, offer: Offer) -> None:
    source = offer("large.bin", made_of(256 * MIB, seed=1))
    ran = terminal.get("large.bin", within_s=500)
    assert ran.status == 0, ran.err
    assert sha256(terminal.downloads / "large.bin") == sha256(source)


def test_names_of_every_script_are_listed_and_fetched(stack: Stack, terminal: Terminal) -> None:
    sources = {name: put(stack, name, made_of(1000, seed)) for seed, name in enumerate(NAMES)}
    wait_until_listed(terminal, NAMES)
    ran = terminal.get("--", *NAMES)
    assert ran.status == 0, ran.err
    for name, source in sources.items():
        assert sha256(terminal.downloads / Path(name).name) == sha256(source)


def test_several_arrive_in_one_command(stack: Stack, terminal: Terminal) -> None:
    sources = [put(stack, f"part-{number}.bin", made_of(3 * MIB + number, number)) for number in range(4)]
    names = [source.name for source in sources]
    wait_until_listed(terminal, names)
    ran = terminal.get(*names)
    assert ran.status == 0, ran.err
    for source in sources:
        assert sha256(terminal.downloads / source.name) == sha256(source)


def test_a_file_of_the_same_name_is_never_overwritten(terminal: Terminal, offer: Offer) -> None:
    source = offer("notes.txt", b"from the share")
    (terminal.downloads / "notes.txt").write_text("my own")
    assert terminal.get("notes.txt").status == 0
    assert (terminal.downloads / "notes.txt").read_text() == "my own"
    assert sha256(terminal.downloads / "notes (1).txt") == sha256(source)


def test_a_file_appears_and_goes_without_a_restart(stack: Stack, terminal: Terminal, offer: Offer) -> None:
    path = offer("today.txt", b"now")
    path.unlink()
    until(lambda: not listed(terminal, "today.txt"), within_s=30, what="the removed file leaves the list")


@contextlib.contextmanager
def being_copied(target: Path) -> Iterator[None]:
    """Somebody copies a large file slowly: it grows all the time."""
    done = threading.Event()

    def copy() -> None:
        with target.open("wb") as file:
            target.chmod(0o644)
            while not done.wait(0.05):
                file.write(b"more")
                file.flush()

    thread = threading.Thread(target=copy, name="copy")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_what_is_still_being_copied_is_not_offered(stack: Stack, terminal: Terminal, offer: Offer) -> None:
    with being_copied(stack.share / "growing.bin"):
        # when these are in the list, the service has looked at the folder often enough
        offer("witness.txt", b"x")
        offer("second witness.txt", b"x")
        assert not listed(terminal, "growing.bin")
    until(lambda: listed(terminal, "growing.bin"), within_s=30, what="the finished copy is offered")


def test_a_changed_file_is_fetched_as_it_is_now(stack: Stack, terminal: Terminal, offer: Offer) -> None:
    offer("plan.txt", b"old")
    put(stack, "plan.txt", b"brand new")

    def fetched() -> bool:
        for path in terminal.downloads.iterdir():
            path.unlink()
        fetching = terminal.get("plan.txt")
        return fetching.status == 0 and (terminal.downloads / "plan.txt").read_bytes() == b"brand new"

    until(fetched, within_s=30, what="the new content is fetched")


def test_any_irc_client_gets_a_link_that_works(stack: Stack, terminal: Terminal) -> None:
    source = put(stack, "handout.pdf", made_of(2 * MIB + 7, seed=7))
    with logged_in(stack.hub_port, "dana") as dana:
        link = link_to(dana, source.name)
    if stack.shape == "processes":
        terminal.server = ""  # in compose the hub does not know under which address it was dialled
    ran = terminal.get(link)
    assert ran.status == 0, ran.err
    assert sha256(terminal.downloads / source.name) == sha256(source)


@pytest.mark.parametrize("question", ["list", "get 0000000000000", "get", "help", "frobnicate"])
def test_every_question_in_chat_gets_an_answer(stack: Stack, question: str) -> None:
    with logged_in(stack.hub_port, "dana") as dana:
        assert answer(dana, question) != ""
