"""What a walk finds in a real folder, and what it will not be led to."""

import os
import socket
from pathlib import Path

import pytest
from file_udp import scan as scan_module
from file_udp.scan import scan
from livechat.catalogue import MAX_NAME_DEPTH

HARD_NAMES = [
    "plain.txt",
    " two  spaces ",
    "-rf",
    "--",
    "*?[a]",
    "$(reboot);'\"&|<>",
    "日本語.pdf",
    "عربي.txt",
    "e\u0301 combining",
    "👩‍👩‍👧 family.png",
    "a" * 255,
    "..three",
    "con.txt",
    "%2e%2e%2f",
    "trailing.",
]


def descriptors() -> list[str]:
    return sorted(path.name for path in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("name", [name for name in HARD_NAMES if not name.startswith(".")])
def test_names_of_any_script_are_found_as_they_are(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"123")
    found = scan(tmp_path)
    assert list(found.files) == [name]
    assert found.files[name].size == 3
    assert not found.refused


def test_folders_are_walked_and_names_have_slashes(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefg")
    deep.mkdir(parents=True)
    (deep / "h").touch()
    (tmp_path / "x").touch()
    assert list(scan(tmp_path).files) == ["a/b/c/d/e/f/g/h", "x"]


def test_hidden_and_unfinished_files_are_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / ".hidden").touch()
    (tmp_path / ".folder").mkdir()
    (tmp_path / ".folder" / "x").touch()
    (tmp_path / "download.part").touch()
    (tmp_path / "DOWNLOAD.PART").touch()
    found = scan(tmp_path)
    assert not found.files
    assert not found.refused


def test_links_are_never_followed(tmp_path: Path) -> None:
    share, outside = tmp_path / "share", tmp_path / "outside"
    share.mkdir()
    outside.mkdir()
    (outside / "secret").touch()
    (share / "passwd").symlink_to("/etc/passwd")
    (share / "folder").symlink_to(outside)
    (share / "up").symlink_to("..")
    (share / "nowhere").symlink_to("missing")
    found = scan(share)
    assert not found.files
    assert sorted(found.refused) == ["'folder'", "'nowhere'", "'passwd'", "'up'"]
    assert all("link" in why for why in found.refused.values())


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").touch()
    (tmp_path / "share").symlink_to("real")
    assert list(scan(tmp_path / "share").files) == ["x"]


def test_only_regular_files_are_found(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        found = scan(tmp_path)
    assert not found.files
    assert set(found.refused) == {"'pipe'", "'socket'"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (b"line\nbreak", "control"),
        (b"bell\x07", "control"),
        (b"\xff\xfe", "UTF-8"),
        ("x\u202egnp.exe".encode(), "direction"),
        (b"back\\slash", "backslash"),
    ],
)
def test_names_that_could_harm_are_refused_with_the_reason(tmp_path: Path, name: bytes, why: str) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/d" + name))
    folder.mkdir()
    (folder / "inside").touch()
    found = scan(tmp_path)
    assert not found.files
    assert len(found.refused) == 2
    for shown, reason in found.refused.items():
        assert why in reason
        assert shown.isascii()
        assert shown.isprintable()


def test_what_lies_too_deep_or_is_named_too_long_is_refused(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * MAX_NAME_DEPTH)
    deep.mkdir(parents=True)
    (deep / "x").touch()
    long = tmp_path / ("l" * 200)
    long.mkdir()
    (long / ("m" * 100)).touch()
    found = scan(tmp_path)
    assert not found.files
    assert sorted(found.refused.values()) == [
        "has a name that must not be longer than 255 bytes with its folders",
        "lies deeper than 8 levels",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_is_refused_and_the_rest_is_found(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "x").touch()
    found = scan(tmp_path)
    assert list(found.files) == ["x"]
    assert "cannot be read" in found.refused["'closed'"]


def test_a_missing_folder_is_a_fault_and_no_files(tmp_path: Path) -> None:
    found = scan(tmp_path / "missing")
    assert found.fault == "No such file or directory"
    assert not found.files


def test_too_many_files_cut_the_same_names_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        (tmp_path / f"{number:02}").touch()
    assert not scan(tmp_path).overflow
    monkeypatch.setattr(scan_module, "MAX_FILES", 10)
    for _ in range(2):
        found = scan(tmp_path)
        assert found.overflow
        assert list(found.files) == [f"{number:02}" for number in range(10)]
    monkeypatch.setattr(scan_module, "MAX_ENTRIES", 5)
    found = scan(tmp_path)
    assert found.overflow
    assert len(found.files) == 5


def test_a_file_too_large_for_a_manifest_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(scan_module.MAX_FILE_BYTES + 1)
    with (tmp_path / "just fits").open("wb") as file:
        file.truncate(scan_module.MAX_FILE_BYTES)
    found = scan(tmp_path)
    assert list(found.files) == ["just fits"]
    assert found.refused == {"'huge'": "is larger than 256 GiB"}


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to("a")
    before = descriptors()
    for _ in range(5):
        scan(tmp_path)
    assert descriptors() == before
