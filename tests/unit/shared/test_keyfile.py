"""livechat.keyfile: one key, made once, private, whoever comes first."""

import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from livechat.keyfile import KEY_BYTES, KeyFileError, load_or_create

RACERS = 6
ROUNDS = 5


def race(path: Path, start: Barrier, keys: "multiprocessing.SimpleQueue[bytes]") -> None:
    start.wait()
    keys.put(load_or_create(path))


def test_the_key_is_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "livechat.key"
    key = load_or_create(path)
    assert len(key) == KEY_BYTES
    assert load_or_create(path) == key
    assert [file.name for file in path.parent.iterdir()] == ["livechat.key"]


def test_two_places_never_have_the_same_key(tmp_path: Path) -> None:
    assert load_or_create(tmp_path / "a") != load_or_create(tmp_path / "b")


def test_the_file_is_readable_for_owner_and_group_only(tmp_path: Path) -> None:
    path = tmp_path / "livechat.key"
    load_or_create(path)
    assert path.stat().st_mode & 0o7777 == 0o640


def test_processes_that_start_together_get_one_key(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    for number in range(ROUNDS):
        path = tmp_path / str(number) / "livechat.key"
        start, keys = spawn.Barrier(RACERS), spawn.SimpleQueue()
        racers = [spawn.Process(target=race, args=(path, start, keys)) for _ in range(RACERS)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert [racer.exitcode for racer in racers] == [0] * RACERS
        assert len({keys.get() for _ in racers}) == 1
        assert [file.name for file in path.parent.iterdir()] == ["livechat.key"]


@pytest.mark.parametrize(
    "content", ["", "livechat-key-1:", "livechat-key-1:!!!!", "livechat-key-1:c2hvcnQ=", "livechat-key-2:AAAA"]
)
def test_what_holds_no_key_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "livechat.key"
    path.write_text(content)
    with pytest.raises(KeyFileError, match="remove it and restart"):
        load_or_create(path)
    assert path.read_text() == content


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "livechat.key"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KeyFileError):
        load_or_create(path)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFileError, match="cannot be used"):
        load_or_create(tmp_path / "file" / "livechat.key")
