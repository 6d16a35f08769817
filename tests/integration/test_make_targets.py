"""`make up`, `status`, `logs`, `down` as a person types them, in a copy of the repository."""

import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import engine
from tests.support.irc_client import logged_in
from tests.support.requirements import missing
from tests.support.stack import LOOPBACK, clean_environment, free_port

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
        control = free_port(socket.SOCK_STREAM)
        (folder / ".env").write_text(
            f"LIVECHAT_HUB_PORT={self.hub_port}\n"
            f"LIVECHAT_HUB_TLS_PORT={free_port(socket.SOCK_STREAM)}\n"
            f"LIVECHAT_FILES_PORT='{self.files_port}'   # as people write it\n"
            f"LIVECHAT_CONTROL_LISTEN={LOOPBACK}:{control}\n"
        )
        # the project's name stands in the compose file: this clone must not be taken for another one
        self._environment = clean_environment(
            {"COMPOSE_PROJECT_NAME": f"livechat-clone-{secrets.token_hex(4)}"}
        )

    def make(self, *words: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        """One `make`, to its end."""
        environment = {**self._environment, **({"PATH": path} if path else {})}
        return subprocess.run(
            ["make", "--no-print-directory", *words],
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
        subprocess.run(
            ["docker", "compose", "down", "--volumes", "--rmi", "local"],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            check=False,
        )


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
    with logged_in(clone.hub_port, "dana") as dana:
        dana.sync()
    status = clone.make("status")
    assert status.returncode == 0, status.stdout
    assert status.stdout.count("healthy") == 2
    assert "NOT" not in status.stdout
    assert "ready" in clone.make("logs").stdout
    for said in ("Stopped.", "Nothing was running."):
        down = clone.make("down")
        assert down.returncode == 0, down.stdout
        assert said in down.stdout
    assert clone.make("status").returncode != 0
    with pytest.raises(ConnectionRefusedError), socket.create_connection((LOOPBACK, clone.hub_port), timeout=5):
        pass


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
    up = clone.make("up", path=str(tmp_path))
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


@pytest.mark.processes
def test_a_service_that_cannot_start_shows_the_end_of_its_log(clone: Clone) -> None:
    settings = clone.folder / ".env"
    before = settings.read_text()
    settings.write_text(before + "LIVECHAT_FLOOD_CONTROL=perhaps\n")
    try:
        up = clone.make("up", "STACK=processes")
        assert up.returncode != 0
        assert "LIVECHAT_FLOOD_CONTROL" in up.stdout
        assert "Traceback" not in up.stdout
        assert "Nothing was running." in clone.make("down").stdout
    finally:
        settings.write_text(before)


@pytest.mark.processes
def test_installing_again_does_nothing(clone: Clone) -> None:
    assert clone.make("install").returncode == 0
    again = clone.make("install")
    assert again.returncode == 0
    assert "up to date" in again.stdout


@pytest.mark.compose
@pytest.mark.long
def test_containers_from_an_empty_folder(clone: Clone) -> None:
    found = engine.look()
    if not found.answers:
        missing("compose", found.why_not)
    try:
        check_life(clone, "compose")
    finally:
        clone.remove_volumes()


def test_help_lists_every_target(clone: Clone) -> None:
    shown = clone.make().stdout
    for target in ("up", "down", "status", "logs", "client", "install", "test", "lint", "clean"):
        assert f"make {target} " in shown
