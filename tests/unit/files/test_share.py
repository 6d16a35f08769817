"""The share follows a real folder: what people do to files, and what is offered then."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from file_udp import share as share_module
from file_udp import tracker
from file_udp.offers import Offers
from file_udp.share import Share
from livechat.catalogue import FileEntry
from livechat.transfer import manifest
from loguru import logger

from tests.support.greenlets import eventually

Started = Callable[[], Offers]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "share").mkdir()
    return tmp_path / "share"


@pytest.fixture
def logged() -> Iterator[list[str]]:
    lines: list[str] = []
    number = logger.add(lines.append, format="{level} {message}", level="DEBUG")
    yield lines
    logger.remove(number)


@pytest.fixture
def start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """Starts a share over the folder, its times shortened; stopped at the end."""
    monkeypatch.setattr(share_module, "SCAN_EVERY_S", 0.01)
    for state, patience in ((tracker._State.SETTLING, 0.1), (tracker._State.REFUSED, 0.1)):
        monkeypatch.setitem(tracker._PATIENCE_S, state, patience)
    shares: list[Share] = []

    def started() -> Offers:
        for earlier in shares:
            earlier.stop()
        offers = Offers()
        shares[:] = [Share(folder, folder.parent / "data" / "index", offers)]
        shares[0].start()
        return offers

    yield started
    for share in shares:
        share.stop()


def names(offers: Offers) -> list[str]:
    return sorted(entry.name for entry in offers.entries())


def entry(offers: Offers, name: str) -> FileEntry:
    return next(entry for entry in offers.entries() if entry.name == name)


def test_what_people_do_to_files_is_followed(folder: Path, start: Started) -> None:
    offers = start()
    assert names(offers) == []
    (folder / "a").write_bytes(b"1")
    (folder / "new").mkdir()
    (folder / "new" / "b").write_bytes(b"2")
    eventually(lambda: names(offers) == ["a", "new/b"])
    old = entry(offers, "a")
    assert manifest.decode(offers.find(old.file_id).manifest).size == 1  # type: ignore[union-attr]
    (folder / "a").write_bytes(b"changed")
    eventually(lambda: names(offers) == ["a", "new/b"] and entry(offers, "a") != old)
    assert entry(offers, "a").file_id == old.file_id
    assert entry(offers, "a").root != old.root
    (folder / "new").rename(folder / "renamed")
    eventually(lambda: names(offers) == ["a", "renamed/b"])
    (folder / "a").unlink()
    eventually(lambda: names(offers) == ["renamed/b"])


def test_a_file_that_grows_is_offered_when_it_has_stopped(
    folder: Path, start: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tracker._PATIENCE_S, tracker._State.SETTLING, 1.0)  # however slow this machine is
    offers = start()
    written = 0
    seen: list[int] = []

    def write_more() -> bool:
        nonlocal written
        with (folder / "copy").open("ab") as file:
            file.write(b"x" * 100)
        os.utime(folder / "copy", (1, 1))  # as if the copy kept an old time all along
        written += 100
        seen.extend(entry.size for entry in offers.entries())
        return written >= 8000

    eventually(write_more)
    eventually(lambda: names(offers) == ["copy"])
    assert entry(offers, "copy").size == written
    assert seen == []


def test_a_rewrite_that_hides_itself_is_found_by_hashing_again(folder: Path, start: Started) -> None:
    file = folder / "a"
    file.write_bytes(b"old")
    os.utime(file, (1, 1))
    offers = start()
    eventually(lambda: names(offers) == ["a"])
    old = entry(offers, "a")
    with file.open("r+b") as handle:
        handle.write(b"new")
    os.utime(file, (1, 1))
    eventually(lambda: entry(offers, "a").root != old.root)


def test_rights_that_change_leave_the_file_offered(folder: Path, start: Started, logged: list[str]) -> None:
    (folder / "a").write_bytes(b"1")
    offers = start()
    eventually(lambda: names(offers) == ["a"])
    logged.clear()
    (folder / "a").chmod(0o640)
    eventually(lambda: any("DEBUG offered: 'a'" in line for line in logged), what="hashed again")
    assert not any("no longer" in line for line in logged)


def test_a_restart_offers_what_the_cache_knows_before_it_is_ready(
    folder: Path, start: Started, logged: list[str]
) -> None:
    for name in ("a", "b"):
        (folder / name).write_bytes(name.encode())
    offers = start()
    eventually(lambda: names(offers) == ["a", "b"])
    before = entry(offers, "a")
    (folder / "b").write_bytes(b"changed meanwhile")
    logged.clear()
    offers = start()
    assert names(offers) == ["a"], "b must settle"
    assert entry(offers, "a") == before
    eventually(lambda: names(offers) == ["a", "b"])
    assert not any("hashing: 'a'" in line for line in logged)


def test_a_folder_that_goes_away_takes_the_offers_with_it_and_brings_them_back(
    folder: Path, start: Started, logged: list[str]
) -> None:
    (folder / "a").write_bytes(b"1")
    offers = start()
    eventually(lambda: names(offers) == ["a"])
    folder.rename(folder.with_name("unmounted"))
    eventually(lambda: names(offers) == [])
    folder.with_name("unmounted").rename(folder)
    eventually(lambda: names(offers) == ["a"])
    assert sum("cannot be read, nothing is offered" in line for line in logged) == 1
    assert sum("can be read again" in line for line in logged) == 1


def test_a_refused_file_is_named_once_in_the_log(folder: Path, start: Started, logged: list[str]) -> None:
    (folder / "evil\u202egnp.exe").touch()
    (folder / "link").symlink_to("/etc/passwd")
    offers = start()
    (folder / "good").touch()
    eventually(lambda: names(offers) == ["good"])
    assert sorted(line.strip() for line in logged if "WARNING" in line) == [
        "WARNING not offered: 'evil\\u202egnp.exe' has a name that must not contain characters that turn the"
        " direction",
        "WARNING not offered: 'link' is a link, and links are not followed",
    ]
