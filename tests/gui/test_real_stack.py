"""The real window against a real hub and file service: what a person does, from the log-in to the download."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from client_gui.app import App
from client_gui.net.filesink import FileSink
from client_gui.ui.emoji_guard import is_safe_for_emoji, libxft_version

from tests.gui.person import Person, is_alive, person
from tests.support.gui import WAIT_S, screenshot
from tests.support.irc_client import IrcClient, logged_in
from tests.support.requirements import missing
from tests.support.stack import empty_share, free_port, killed, put
from tests.support.stack_processes import ProcessStack

pytestmark = [pytest.mark.gui, pytest.mark.processes]

MIB = 1 << 20
THUMB = "👍" if is_safe_for_emoji("x11", libxft_version()) else ":thumbs_up_sign:"
"""What this screen may be given for a thumb."""


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessStack]:
    """A hub and a file service for this module alone: it kills them."""
    stack = ProcessStack(tmp_path_factory.mktemp("stack"))
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


@pytest.fixture
def dana(services: ProcessStack, tmp_path: Path) -> Iterator[Person]:
    """Dana, online, with an empty share."""
    empty_share(services)
    with person(tmp_path / "dana", services.hub_port) as someone:
        someone.connect()
        assert someone.online(), someone.refusal()
        yield someone


def other(services: ProcessStack, nick: str) -> IrcClient:
    """Somebody else, on a plain IRC client in #lobby."""
    client = IrcClient("127.0.0.1", services.hub_port)
    client.register(nick)
    client.join("#lobby")
    return client


# --- log-in -----------------------------------------------------------------------------------------------


def test_after_each_refusal_one_sentence_tells_why_and_the_person_can_try_again(
    services: ProcessStack, tmp_path: Path
) -> None:
    with person(tmp_path / "dana", services.hub_port, name="") as dana, logged_in(services.hub_port, "Noa"):
        assert dana.app.root.focus_get() is dana.login.fields["name"]
        dana.connect(name="two words")
        assert "name" in dana.refusal()
        dana.connect(name="Dana", port=str(free_port(socket.SOCK_STREAM)))
        sentences = [dana.refusal()]
        dana.connect(host="no-such-host.invalid", port=str(services.hub_port))
        sentences.append(dana.refusal())
        dana.connect(host="127.0.0.1", name="Noa")
        sentences.append(dana.refusal())
        assert dana.app.root.focus_get() is dana.login.fields["name"]
        screenshot(dana.app.root, "real-login-refused")
        assert len(set(sentences)) == 3
        assert all(sentence[-1:] in {".", "?"} and "\n" not in sentence for sentence in sentences), sentences
        dana.connect(name="Dana")
        assert dana.online()


def test_the_dialog_is_filled_from_last_time(services: ProcessStack, tmp_path: Path) -> None:
    with person(tmp_path / "dana", services.hub_port, name="Dana") as dana:
        dana.connect(name="Dana-2", host="localhost")
        assert dana.online(), dana.refusal()
    app = App(tmp_path / "dana")
    values = [app.window.login.fields[field].get() for field in ("name", "host", "port")]
    app.close()
    assert values == ["Dana-2", "localhost", str(services.hub_port)]


def test_a_hub_with_a_password_is_entered_with_it_and_entered_again_by_itself(tmp_path: Path) -> None:
    stack = ProcessStack(tmp_path / "stack", {"LIVECHAT_SERVER_PASSWORD": "open sesame"})
    try:
        stack.up()
        with person(tmp_path / "dana", stack.hub_port) as dana:
            for sentence, password in (("asks for a password", "guess"), ("is wrong", "open sesame")):
                dana.connect()
                assert sentence in dana.refusal()
                assert dana.app.root.focus_get() is dana.login.fields["password"]
                dana.fill(password=password)
            dana.connect()
            assert dana.online(), dana.refusal()
            assert "sesame" not in (tmp_path / "dana" / "profile.json").read_text()
            with killed(stack, "chat-hub"):
                dana.until(lambda: not dana.online(), "the loss is noticed")
            dana.until(dana.online, "online again")
    finally:
        stack.down()


def test_log_out_leads_to_the_dialog_and_back_in(dana: Person) -> None:
    dana.main.status.log_out.invoke()
    dana.until(dana.login.winfo_viewable, "the dialog")
    dana.connect()
    assert dana.online(), dana.refusal()


# --- talking ----------------------------------------------------------------------------------------------


def test_everyone_hears_everyone(services: ProcessStack, dana: Person) -> None:
    with other(services, "Noa") as noa:
        dana.say("hello from the window")
        noa.expect_message("hello from the window", sender="Dana")
        dana.reads("hello from the window\n")
        assert "sending" not in dana.transcript()
        noa.say("#lobby", "שלום Dana")
        dana.reads("Dana םולש\n")  # as X11 draws it: the letters in the order in which they are seen
        noa.say("#lobby", "well done 👍")
        dana.reads(f"well done {THUMB}\n")


def test_private_messages_go_both_ways_and_to_nobody_else(services: ProcessStack, dana: Person) -> None:
    with other(services, "Noa") as noa, other(services, "tom") as tom:
        dana.until(lambda: {"Noa", "tom"} <= set(dana.people()), "both in the list")
        dana.open_person("Noa")
        dana.say("just for you")
        noa.expect_message("just for you", sender="Dana")
        noa.say("Dana", "and back")
        dana.reads("and back\n")
        dana.open_conversation("Everyone")
        assert "just for you" not in dana.transcript()
        noa.say("Dana", "one more")
        tree = dana.main.sidebar.conversations
        dana.until(
            lambda: any(str(tree.set(iid, "unread")) == "1" for iid in tree.get_children()), "one unread"
        )
        assert not [line for line in tom.sync() if line.command == "PRIVMSG"]


def test_writing_to_somebody_who_has_just_left_tells_so(services: ProcessStack, dana: Person) -> None:
    with other(services, "Noa") as noa:
        dana.until(lambda: "Noa" in dana.people(), "Noa in the list")
        dana.open_person("Noa")
        noa.send("QUIT :bye")
        dana.until(lambda: "Noa" not in dana.people(), "Noa is gone")
    dana.say("are you there")
    dana.reads("Not sent: ")
    assert "are you there" in dana.transcript()


def test_the_people_list_is_live(services: ProcessStack, dana: Person) -> None:
    with other(services, "Noa") as noa:
        dana.until(lambda: dana.people() == ["Dana (you)", "Noa"], "Noa in the list")
        noa.send("NICK Noa-2")
        dana.until(lambda: dana.people() == ["Dana (you)", "Noa-2"], "Noa under the new name")
        noa.send("AWAY :lunch")
        dana.until(lambda: dana.people() == ["Dana (you)", "Noa-2 (away)"], "Noa away")
    dana.until(lambda: dana.people() == ["Dana (you)"], "Noa gone")


# --- files ------------------------------------------------------------------------------------------------


def test_the_file_list_is_live(services: ProcessStack, dana: Person) -> None:
    put(services, "first.txt", b"one")
    dana.until(lambda: dana.files() == ["first.txt"], "the file in the list")
    put(services, "second.txt", b"two")
    dana.until(lambda: dana.files() == ["first.txt", "second.txt"], "both in the list")
    (services.share / "first.txt").unlink()
    dana.until(lambda: dana.files() == ["second.txt"], "the first one gone")


def test_a_download_arrives_verified_and_never_over_another_file(services: ProcessStack, dana: Person) -> None:
    data = os.urandom(MIB + 17)
    put(services, "data.bin", data)
    for name in ("data.bin", "data (1).bin"):
        card = dana.download("data.bin")
        dana.settled(card, "Verified")
        assert card.name["text"] == name
        assert (dana.downloads / name).read_bytes() == data
    assert not list(dana.downloads.glob("*.part*"))
    screenshot(dana.app.root, "real-downloads")


def test_an_empty_file_arrives_too(services: ProcessStack, dana: Person) -> None:
    put(services, "empty", b"")
    dana.settled(dana.download("empty"), "Verified")
    assert (dana.downloads / "empty").read_bytes() == b""


class Disk:
    """What the client has fetched and written, in order of pieces; it is slow after some until `go_on`."""

    def __init__(self, pieces: int) -> None:
        self.pieces = pieces
        self.written: list[int] = []
        self._faster = threading.Event()

    def note(self, index: int) -> None:
        """Called by the client's thread for each piece."""
        self.written.append(index)
        if len(self.written) == self.pieces:
            self._faster.wait(WAIT_S)

    def go_on(self) -> None:
        """Be as fast as the machine is."""
        self._faster.set()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A disk that takes three pieces at first."""
    disk = Disk(3)
    write = FileSink.write

    def noted(sink: FileSink, index: int, offset: int, data: bytes) -> None:
        write(sink, index, offset, data)
        disk.note(index)

    monkeypatch.setattr(FileSink, "write", noted)
    yield disk
    disk.go_on()


def test_a_cancelled_download_fetches_what_it_has_not_and_nothing_twice(
    services: ProcessStack, dana: Person, disk: Disk
) -> None:
    pieces = 64
    data = os.urandom(pieces * MIB)
    put(services, "large.bin", data)
    card = dana.download("large.bin")
    dana.until(lambda: len(disk.written) == disk.pieces, "some pieces are here")
    card.buttons["Cancel"].invoke()
    disk.go_on()
    dana.settled(card, "Cancelled")
    assert disk.pieces <= len(disk.written) < pieces
    assert not (dana.downloads / "large.bin").exists()
    card.buttons["Resume"].invoke()
    dana.settled(card, "Verified", 60)
    assert sorted(disk.written) == list(range(pieces))
    got = hashlib.sha256((dana.downloads / "large.bin").read_bytes()).digest()
    assert got == hashlib.sha256(data).digest()


def test_several_downloads_run_at_once(services: ProcessStack, dana: Person) -> None:
    files = {f"file-{number}.bin": os.urandom(2 * MIB + number) for number in range(3)}
    for name, data in files.items():
        put(services, name, data)
    cards = [dana.download(name) for name in files]
    for card in cards:
        dana.settled(card, "Verified", 60)
    for name, data in files.items():
        assert (dana.downloads / name).read_bytes() == data


def test_while_the_file_service_is_away_the_panel_says_so(services: ProcessStack, dana: Person) -> None:
    put(services, "a.txt", b"a")
    dana.until(lambda: dana.files() == ["a.txt"], "the file in the list")
    with killed(services, "file-udp"):
        dana.until(dana.main.files.unavailable.winfo_viewable, "the sentence")
        assert dana.main.files.button.instate(["disabled"])
        dana.say("chat goes on")
        dana.reads("chat goes on\n")
    dana.until(lambda: not dana.main.files.unavailable.winfo_viewable(), "the files are back")
    dana.settled(dana.download("a.txt"), "Verified")


# --- the connection ---------------------------------------------------------------------------------------


def test_a_killed_hub_is_noticed_and_the_client_comes_back_by_itself(
    services: ProcessStack, dana: Person
) -> None:
    with killed(services, "chat-hub"):
        dana.until(lambda: not dana.online(), "the loss is noticed")
        assert "trying again" in dana.main.status.connection["text"]
        assert dana.main.composer.send_button.instate(["disabled"])
        screenshot(dana.app.root, "real-reconnecting")
    dana.until(dana.online, "online again")
    dana.until(lambda: dana.people() == ["Dana (you)"], "the people are back")
    with other(services, "Noa") as noa:
        dana.say("back again")
        noa.expect_message("back again", sender="Dana")


def test_closing_ends_the_window_and_every_thread_also_with_a_download_running(
    services: ProcessStack, dana: Person, disk: Disk
) -> None:
    put(services, "large.bin", os.urandom(64 * MIB))
    dana.download("large.bin")
    dana.until(lambda: len(disk.written) == disk.pieces, "some pieces are here")
    dana.app.root.event_generate("<Control-q>", when="tail")
    disk.go_on()
    while is_alive(dana.app.root):
        dana.app.root.update()
    assert not {"hub-link", "transfer-link"} & {thread.name for thread in threading.enumerate()}
    assert list(dana.downloads.glob("large.bin.*.part.json")), "it can be resumed"


# --- the command ------------------------------------------------------------------------------------------


def xdotool(*arguments: str) -> str:
    """Run xdotool; empty where it finds nothing."""
    ran = subprocess.run(["xdotool", *arguments], capture_output=True, text=True, check=False, timeout=20)
    return ran.stdout.strip()


def test_the_command_can_be_worked_with_the_keyboard_alone(services: ProcessStack, tmp_path: Path) -> None:
    if shutil.which("xdotool") is None:
        missing("gui", "xdotool is not there")
    command = [sys.executable, "-m", "client_gui", "--profile-dir", str(tmp_path)]
    log = tmp_path / "log"
    with log.open("wb") as output, logged_in(services.hub_port, "Noa") as noa:
        client = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            window = xdotool("search", "--sync", "--onlyvisible", "--name", "^Social Live Chat$").split("\n")[0]
            assert window, log.read_text()
            xdotool("windowfocus", "--sync", window)
            xdotool("type", "--delay", "15", "Keyboard\t127.0.0.1\t")
            xdotool("key", "ctrl+a")
            xdotool("type", "--delay", "15", str(services.hub_port))
            xdotool("key", "Return")
            noa.expect("JOIN", lambda line: line.nick == "Keyboard")
            deadline = time.monotonic() + 15
            heard = False
            while not heard:
                # The field takes keys as soon as the window has come up; typed too early they are lost.
                xdotool("type", "--delay", "15", "typed with keys")
                xdotool("key", "Return")
                heard = any(line.text == "typed with keys" for line in noa.sync())
                assert time.monotonic() < deadline, log.read_text()
            client.send_signal(signal.SIGTERM)
            assert client.wait(5) == 0
        finally:
            client.kill()
            client.wait()
    assert log.read_text() == ""
