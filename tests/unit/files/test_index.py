"""The cache of manifests across restarts, healthy and damaged, in real SQLite files."""

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from file_udp.index import Index
from file_udp.status import Status

STATUS = Status(size=1, mtime_ns=2, ctime_ns=3, inode=2**64 - 1, device=5)


def test_a_manifest_is_known_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "data" / "manifests.sqlite"
    index = Index(path)
    index.put("näme\u0301 👍", STATUS, b"manifest")
    index.close()
    index = Index(path)
    assert index.get("näme\u0301 👍", STATUS) == b"manifest"
    assert index.get("other", STATUS) is None
    index.close()


@pytest.mark.parametrize("field", ["size", "mtime_ns", "ctime_ns", "inode"])
def test_another_status_is_not_known(tmp_path: Path, field: str) -> None:
    index = Index(tmp_path / "i")
    index.put("a", STATUS, b"manifest")
    assert index.get("a", replace(STATUS, **{field: 7})) is None
    assert index.get("a", replace(STATUS, device=7)) == b"manifest"
    index.close()


def test_the_latest_manifest_of_a_name_is_kept_and_pruned_names_are_not(tmp_path: Path) -> None:
    index = Index(tmp_path / "i")
    for name in ("a", "b"):
        index.put(name, STATUS, b"old")
        index.put(name, STATUS, b"new")
    index.prune(["b", "c"])
    assert index.get("a", STATUS) is None
    assert index.get("b", STATUS) == b"new"
    index.close()


def test_a_damaged_manifest_is_not_believed(tmp_path: Path) -> None:
    index = Index(tmp_path / "i")
    index.put("a", STATUS, b"manifest")
    index.close()
    database = sqlite3.connect(tmp_path / "i")
    database.execute("UPDATE manifests SET manifest = x'00'")
    database.commit()
    database.close()
    index = Index(tmp_path / "i")
    assert index.get("a", STATUS) is None
    index.close()


@pytest.mark.parametrize("damage", ["garbage", "torn", "newer", "directory"])
def test_a_damaged_cache_is_rebuilt_or_done_without(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "i"
    index = Index(path)
    for number in range(200):
        index.put(f"{number}", STATUS, os.urandom(200))
    index.close()
    match damage:
        case "garbage":
            path.write_bytes(os.urandom(5000))
        case "torn":
            data = bytearray(path.read_bytes())
            data[4096:20000] = os.urandom(20000 - 4096)
            path.write_bytes(data)
        case "newer":
            database = sqlite3.connect(path)
            database.execute("PRAGMA user_version = 99")
            database.close()
        case "directory":
            path.unlink()
            path.mkdir()
    index = Index(path)
    assert index.get("1", STATUS) is None
    index.put("1", STATUS, b"again")
    assert index.get("1", STATUS) == (None if damage == "directory" else b"again")
    index.prune([])
    index.close()


def test_a_cache_that_breaks_while_it_is_open_costs_only_the_hashing(tmp_path: Path) -> None:
    path = tmp_path / "i"
    index = Index(path)
    index.put("a", STATUS, b"manifest")
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE manifests")
    other.close()
    assert index.get("a", STATUS) is None
    index.put("a", STATUS, b"manifest")
    index.prune([])
    index.close()
