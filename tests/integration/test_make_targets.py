"""`make up`, `status`, `logs`, `down` as a person types them, in a copy of the repository."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import engine, ports, stack_settings
from scripts.console import Trouble
from tests.support.cli import LIVECHAT
from tests.support.files_nick import link_to
from tests.support.irc_client import logged_in
from tests.support.requirements import missing
from tests.support.stack import LOOPBACK, clean_environment, free_port
from tests.support.wait import until

ROOT = Path(__file__).resolve().parents[2]
_MAKE_S = 280

pytestmark = pytest.mark.timeout(600)


class Clone:
    """What git has of this tree and what is new in it, somewhere else, with ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub_port = free_port(socket.SOCK_STREAM)
        self.files_port = free_port(socket.SOCK_DGRAM)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        self.ports = {"LIVECHAT_HUB_PORT": str(self.hub_port), "LIVECHAT_FILES_PORT": str(self.files_port)}
        control = free_port(socket.SOCK_STREAM)
        (folder / ".env").write_text(
            f"LIVECHAT_HUB_PORT={self.hub_port}\n"
            f"LIVECHAT_HUB_TLS_PORT={free_port(socket.SOCK_STREAM)}\n"
            f"LIVECHAT_FILES_PORT='{self.files_port}'   # as people write it\n"
            f"LIVECHAT_CONTROL_LISTEN={LOOPBACK}:{control}\n"
        )
        # the project's name stands in the compose file: this clone must not be taken for another one
        self.environment = clean_environment({"COMPOSE_PROJECT_NAME": f"livechat-clone-{secrets.token_hex(4)}"})

    def make(self, *words: str, **additions: str) -> subprocess.CompletedProcess[str]:
        """One `make`, to its end; `additions` are put into the environment."""
        environment = {**self.environment, **additions}
        return self._run(["make", "--no-print-directory", *words], environment)

    def compose(self, *words: str, **additions: str) -> subprocess.CompletedProcess[str]:
        """One `docker compose`, as people type it who have no make."""
        return self._run(["docker", "compose", *words], {**self.environment, **additions})

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_MAKE_S,
        )

    def remove_volumes(self) -> None:
        """What `make down` keeps."""
        self.compose("down", "--volumes", "--rmi", "local")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    copy = Clone(tmp_path_factory.mktemp("clone"))
    yield copy
    copy.make("down")


def check_life(clone: Clone, shape: str) -> None:
    """Up twice, seen, used, logged, down twice."""
    for _ in range(2):
        up = clone.make("up", f"STACK={shape}")
        assert up.returncode == 0, up.stdout
    for word in (
        str(clone.hub_port),
        str(clone.files_port),
        str(clone.folder / "files"),
        "make client",
        "make down",
    ):
        assert word in up.stdout
    fetch_by_link(clone, f"{shape}.txt")
    status = clone.make("status")
    assert status.returncode == 0, status.stdout
    assert status.stdout.count("healthy") == 2
    assert "NOT" not in status.stdout
    assert "ready" in clone.make("logs").stdout
    for said in ("Stopped.", "Nothing was running."):
        down = clone.make("down")
        assert down.returncode == 0, down.stdout
        assert said in down.stdout
    nothing = clone.make("status")
    assert (nothing.returncode, nothing.stdout) == (0, "Nothing is running: make up starts it.\n")
    with pytest.raises(ConnectionRefusedError), socket.create_connection((LOOPBACK, clone.hub_port), timeout=5):
        pass


def fetch_by_link(clone: Clone, name: str) -> None:
    """A link out of the chat works as it stands: `make up` has told the hub under which address people come."""
    (clone.folder / "files" / name).write_text("hello")
    with logged_in(clone.hub_port, "dana") as dana:
        link = link_to(dana, name)
    ran = subprocess.run(
        [LIVECHAT, "get", link, "-o", clone.folder],
        env=clone.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stdout
    got = clone.folder / name
    assert got.read_text() == "hello"
    got.unlink()


@pytest.mark.processes
def test_plain_processes_from_an_empty_folder(clone: Clone) -> None:
    check_life(clone, "processes")
    assert {path.name for path in (clone.folder / "var").iterdir()} >= {"files", "keys", "log"}


@pytest.mark.processes
def test_without_docker_it_says_so_and_uses_plain_processes(clone: Clone, tmp_path: Path) -> None:
    # a machine with little more than make and Python
    (tmp_path / "python3").symlink_to(Path(sys.executable).resolve())
    for program in ("make", "sh", "tail", "ip"):
        if (found := shutil.which(program)) is not None:
            (tmp_path / program).symlink_to(found)
    up = clone.make("up", PATH=str(tmp_path))
    try:
        assert up.returncode == 0, up.stdout
        assert "Docker is not installed" in up.stdout
        assert "plain processes" in up.stdout
    finally:
        clone.make("down")


@pytest.mark.processes
def test_a_busy_port_is_a_sentence_and_nothing_is_left_running(clone: Clone) -> None:
    with socket.create_server((LOOPBACK, clone.hub_port)):
        up = clone.make("up", "STACK=processes")
    assert up.returncode != 0
    assert "LIVECHAT_HUB_PORT" in up.stdout
    assert "Traceback" not in up.stdout
    assert "Nothing was running." in clone.make("down").stdout


@pytest.fixture
def running(clone: Clone) -> Iterator[Clone]:
    """The clone with its services running as plain processes."""
    up = clone.make("up", "STACK=processes")
    assert up.returncode == 0, up.stdout
    yield clone
    clone.make("down")


def process_ids(clone: Clone) -> dict[str, int]:
    """The processes that run, by the name of their service, as `make status` has them."""
    shown = clone.make("status").stdout
    return {
        name: int(pid) for name, pid in re.findall(r"^(\S+) +running as process (\d+)", shown, re.MULTILINE)
    }


@pytest.mark.processes
def test_starting_again_with_another_port_moves_that_service_and_leaves_the_other(running: Clone) -> None:
    before, port = process_ids(running), free_port(socket.SOCK_STREAM)
    up = running.make("up", "STACK=processes", LIVECHAT_HUB_PORT=str(port))
    assert up.returncode == 0, up.stdout
    assert "chat-hub runs with other settings" in up.stdout
    after = process_ids(running)
    assert after["file-udp"] == before["file-udp"]
    assert after["chat-hub"] != before["chat-hub"]
    # asked without that setting: status knows what runs
    shown = running.make("status").stdout
    assert f"port {port}" in shown
    assert shown.count(", healthy") == 2
    with logged_in(port, "dana"):
        pass


@pytest.mark.processes
def test_starting_again_with_the_same_settings_changes_nothing(running: Clone) -> None:
    before = process_ids(running)
    assert running.make("up", "STACK=processes").returncode == 0
    assert process_ids(running) == before


@pytest.mark.processes
def test_settings_that_cannot_be_used_are_named_at_once_and_what_runs_goes_on(running: Clone) -> None:
    before = process_ids(running)
    bad = {"LIVECHAT_HUB_PORT": "abc", "LIVECHAT_FILES_PORT": "99999", "LIVECHAT_FLOOD_CONTROL": "perhaps"}
    up = running.make("up", **bad)
    assert up.returncode != 0
    assert all(up.stdout.count(f"{name}: ") == 1 for name in bad), up.stdout
    assert process_ids(running) == before


@pytest.mark.processes
def test_a_start_that_fails_shows_its_own_log_lines_and_ends_only_what_it_started(running: Clone) -> None:
    before = process_ids(running)
    key, log = running.folder / "var" / "keys" / "livechat.key", running.folder / "var" / "log" / "chat-hub.log"
    good = key.read_bytes()
    os.kill(before["chat-hub"], signal.SIGKILL)
    with log.open("a") as file:
        file.write("an error of last week\n")
    key.write_text("damaged\n")
    try:
        up = running.make("up", "STACK=processes")
    finally:
        key.write_bytes(good)
    assert up.returncode != 0
    assert "does not hold a key" in up.stdout
    assert "last week" not in up.stdout
    assert "Traceback" not in up.stdout
    assert process_ids(running) == {"file-udp": before["file-udp"]}


@pytest.mark.processes
@pytest.mark.parametrize("share", ["/etc/passwd", "/proc/nope/x"])
def test_a_share_that_cannot_be_is_a_sentence(clone: Clone, share: str) -> None:
    up = clone.make("up", "STACK=processes", LIVECHAT_SHARE=share)
    assert up.returncode != 0
    assert "LIVECHAT_SHARE" in up.stdout
    assert "Traceback" not in up.stdout
    assert process_ids(clone) == {}


@pytest.mark.processes
def test_a_reader_that_stops_early_is_no_fault(running: Clone) -> None:
    ran = subprocess.run(
        ["sh", "-c", "make --no-print-directory status | head -1"],
        cwd=running.folder,
        env=running.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_MAKE_S,
    )
    assert (ran.stdout.count("\n"), ran.stderr) == (1, "")


@pytest.mark.processes
def test_a_damaged_settings_file_does_not_keep_what_runs_from_being_seen_and_ended(running: Clone) -> None:
    settings = running.folder / ".env"
    before = settings.read_text()
    settings.write_text("this is no setting\n")
    try:
        assert ".env, line 1" in running.make("up").stdout
        assert running.make("status").stdout.count(", healthy") == 2
        assert "Stopped." in running.make("down").stdout
    finally:
        settings.write_text(before)


@pytest.mark.processes
def test_installing_again_does_nothing(clone: Clone) -> None:
    assert clone.make("install").returncode == 0
    again = clone.make("install")
    assert again.returncode == 0
    assert "up to date" in again.stdout


@pytest.fixture
def containers(clone: Clone) -> Iterator[Clone]:
    """The clone where it may run containers; nothing of them stays."""
    found = engine.look()
    if not found.answers:
        missing("compose", found.why_not)
    yield clone
    clone.make("down")
    clone.remove_volumes()


@pytest.mark.compose
@pytest.mark.long
def test_containers_from_an_empty_folder(containers: Clone) -> None:
    check_life(containers, "compose")


@pytest.mark.compose
def test_compose_alone_starts_an_empty_clone_without_any_settings(containers: Clone, tmp_path: Path) -> None:
    (containers.folder / ".env").rename(tmp_path / "env")
    chosen = {} if default_ports_are_free() else containers.ports
    try:
        up = containers.compose("up", "--detach", "--wait", **chosen)
        assert up.returncode == 0, up.stdout
    finally:
        (tmp_path / "env").rename(containers.folder / ".env")
    shown = containers.make("status").stdout
    assert shown.count("running, healthy") == 2
    (containers.folder / "files" / "hello.txt").write_text("hello")
    server = f"{LOOPBACK}:{chosen.get('LIVECHAT_HUB_PORT', '6667')}"
    until(lambda: "hello.txt" in listing(containers, server), within_s=30, what="the file is listed")


def default_ports_are_free() -> bool:
    """Whether a stack with no settings could start on this machine now."""
    try:
        ports.check(stack_settings.read({}), control=False)
    except Trouble:
        return False
    return True


def listing(clone: Clone, server: str) -> str:
    """What `livechat ls` prints."""
    ran = subprocess.run(
        [LIVECHAT, "ls", "--server", server],
        env={**clone.environment, "XDG_CONFIG_HOME": str(clone.folder / "config")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


@pytest.mark.compose
def test_containers_are_told_about_bad_settings_before_any_is_made(containers: Clone) -> None:
    bad = {"LIVECHAT_HUB_PORT": "abc", "LIVECHAT_FILES_PORT": "99999", "LIVECHAT_FLOOD_CONTROL": "perhaps"}
    up = containers.make("up", "STACK=compose", **bad)
    assert up.returncode != 0
    assert all(up.stdout.count(f"{name}: ") == 1 for name in bad), up.stdout
    assert "Nothing was running." in containers.make("down").stdout


@pytest.mark.compose
@pytest.mark.long
def test_containers_go_by_what_runs(containers: Clone) -> None:
    """The other shape is refused by name, another port moves the hub, a damaged `.env` hides nothing."""
    assert containers.make("up", "STACK=compose").returncode == 0
    other = containers.make("up", "STACK=processes")
    assert other.returncode != 0
    assert "in containers already: `make down` ends them" in other.stdout
    port = str(free_port(socket.SOCK_STREAM))
    assert containers.make("up", "STACK=compose", LIVECHAT_HUB_PORT=port).returncode == 0
    settings = containers.folder / ".env"
    before = settings.read_text()
    settings.write_text("this is no setting\n")
    try:
        shown = containers.make("status").stdout
        assert f"port {port};" in shown
        assert shown.count("running, healthy") == 2
        assert "Stopped." in containers.make("down").stdout
        assert "Nothing is running" in containers.make("status").stdout
    finally:
        settings.write_text(before)


def test_help_lists_every_target(clone: Clone) -> None:
    shown = clone.make().stdout
    for target in ("up", "down", "status", "logs", "client", "install", "test", "lint", "clean"):
        assert f"make {target} " in shown
