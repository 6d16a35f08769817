"""The service as a process of its own: files over real UDP, restarts, the health check, how it ends."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from chat_hub.control_link import ControlLink
from livechat import keyfile
from livechat.catalogue import Catalogue, FileEntry
from livechat.control.listener import FileServiceInfo
from livechat.transfer.events import FailureCode

from tests.support.downloads import Downloader
from tests.support.greenlets import eventually

SIZES = {"empty": 0, "one byte": 1, "1MiB-1": 2**20 - 1, "1MiB": 2**20, "1MiB+1": 2**20 + 1, "64MiB": 2**26}


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_line(process: "subprocess.Popen[str]", part: str) -> None:
    """Read the log up to the line that contains `part`."""
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        if part in line:
            return
        seen.append(line)
    raise AssertionError("".join(seen))


class Hub:
    """The hub's side: a catalogue that follows the service."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.service: FileServiceInfo | None = None

    def files_connected(self, service: FileServiceInfo) -> None:
        self.service = service

    def files_snapshot(self, entries: Sequence[FileEntry]) -> None:
        self.catalogue.replace_all(entries)

    def file_changed(self, entry: FileEntry) -> None:
        self.catalogue.put(entry)

    def file_removed(self, file_id: bytes) -> None:
        self.catalogue.remove(file_id)

    def files_disconnected(self, reason: str) -> None:
        self.service = None

    def offers(self, *names: str) -> bool:
        return [entry.name for entry in self.catalogue] == sorted(names)

    def entry(self, name: str) -> FileEntry | None:
        return next((entry for entry in self.catalogue if entry.name == name), None)


class Place:
    """Folders, ports and environment of one service."""

    def __init__(self, folder: Path) -> None:
        self.share = folder / "share"
        self.share.mkdir()
        self.udp_port = free_port(socket.SOCK_DGRAM)
        self.control_port = free_port(socket.SOCK_STREAM)
        self.key_file = folder / "keys" / "livechat.key"
        self.environment = {
            "LIVECHAT_FILES_HOST": "127.0.0.1",
            "LIVECHAT_FILES_PORT": str(self.udp_port),
            "LIVECHAT_FILES_DIR": str(self.share),
            "LIVECHAT_FILES_DATA_DIR": str(folder / "data"),
            "LIVECHAT_FILES_ADVERTISE": "files.example:7000",
            "LIVECHAT_CONTROL_LISTEN": f"127.0.0.1:{self.control_port}",
            "LIVECHAT_KEY_FILE": str(self.key_file),
            "PATH": os.environ["PATH"],
        }

    @contextmanager
    def service(self) -> Iterator["subprocess.Popen[str]"]:
        """The process, ready; killed at the end if it still runs."""
        process = subprocess.Popen(
            [sys.executable, "-m", "file_udp"], env=self.environment, stderr=subprocess.PIPE, text=True
        )
        try:
            wait_for_line(process, " ready")
            yield process
        finally:
            process.kill()
            process.communicate()

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        hub = Hub()
        link = ControlLink(("127.0.0.1", self.control_port), keyfile.load_or_create(self.key_file), hub)
        link.start()
        try:
            yield hub
        finally:
            link.stop()

    def downloader(self) -> Downloader:
        return Downloader(("127.0.0.1", self.udp_port), keyfile.load_or_create(self.key_file))

    def write(self, name: str, data: bytes) -> str:
        """Put a file there, its SHA-256."""
        (self.share / name).write_bytes(data)
        return hashlib.sha256(data).hexdigest()

    def health(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "file_udp.health"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_files_of_every_size_arrive_whole_and_at_once_after_a_restart(place: Place) -> None:
    digests = {name: place.write(name, os.urandom(size)) for name, size in SIZES.items()}
    for _ in range(2):  # the second time from the cache
        with place.service() as process, place.hub() as hub:
            eventually(partial(hub.offers, *SIZES), what="all files offered")
            assert hub.service is not None
            assert hub.service.advertise == ("files.example:7000",)
            downloader = place.downloader()
            for name, digest in digests.items():
                entry = hub.entry(name)
                assert entry is not None
                result = downloader.fetch(entry)
                assert result.failed is None
                assert (result.size, result.sha256) == (SIZES[name], digest)
            downloader.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=2) == 0


def test_a_file_that_changes_is_gone_and_comes_back_as_it_is_now(place: Place) -> None:
    place.write("a", b"old")
    with place.service(), place.hub() as hub:
        eventually(lambda: hub.entry("a"))
        old = hub.entry("a")
        assert old is not None
        digest = place.write("a", b"new content")
        downloader = place.downloader()
        result = downloader.fetch(old)
        assert result.failed is not None
        assert result.failed.code is FailureCode.GONE
        eventually(lambda: hub.entry("a") not in {old, None})
        new = hub.entry("a")
        assert new is not None
        assert new.file_id == old.file_id
        assert downloader.fetch(new).sha256 == digest
        downloader.close()
        (place.share / "a").unlink()
        eventually(lambda: hub.entry("a") is None)


def test_the_health_check_tells_a_service_from_none_and_from_one_with_another_key(place: Place) -> None:
    assert place.health().returncode == 1
    with place.service():
        healthy = place.health()
        assert (healthy.returncode, healthy.stderr) == (0, "")
    dead = place.health()
    assert dead.returncode == 1
    assert dead.stderr.startswith("not healthy: ")


def test_the_service_ends_within_two_seconds_while_it_hashes_a_large_file(place: Place) -> None:
    with (place.share / "large").open("wb") as file:
        file.truncate(20 << 30)
    place.environment["LIVECHAT_LOG_LEVEL"] = "DEBUG"
    with place.service() as process:
        wait_for_line(process, " hashing: 'large'")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=2) == 0


def test_bad_settings_are_all_named_and_nothing_starts(place: Place) -> None:
    place.environment |= {
        "LIVECHAT_FILES_PORT": "0",
        "LIVECHAT_LOG_LEVEL": "LOUD",
        "LIVECHAT_FILES_ADVERTISE": "a:b",
    }
    done = subprocess.run(
        [sys.executable, "-m", "file_udp"], env=place.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "LIVECHAT_FILES_PORT",
        "LIVECHAT_LOG_LEVEL",
        "LIVECHAT_FILES_ADVERTISE",
    ]


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_that_is_taken_ends_the_start_with_a_sentence(place: Place, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", place.udp_port if kind == socket.SOCK_DGRAM else place.control_port))
        done = subprocess.run(
            [sys.executable, "-m", "file_udp"],
            env=place.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
    assert "Traceback" not in done.stderr
