"""What is remembered between starts."""

from pathlib import Path

import pytest
from client_gui.net.profile import DEFAULT_PORT, Profile, ProfileStore, default_name


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "new")
    profile = Profile("Dana", "10.0.0.1", 7000, "/downloads")

    assert store.save(profile)
    assert store.load() == profile
    assert store.update(name="Eve").name == "Eve"
    assert store.load().host == "10.0.0.1"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["profile.json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"port": "x"}', '{"port": 99999}', '{"host": ""}', "\x00\xff"]
)
def test_a_damaged_profile_means_defaults(tmp_path: Path, content: str) -> None:
    (tmp_path / "profile.json").write_text(content, encoding="latin-1")
    profile = ProfileStore(tmp_path).load()

    assert (profile.host, profile.port) == ("localhost", DEFAULT_PORT)


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert not ProfileStore(tmp_path / "file").save(Profile())


def test_there_is_always_a_name_to_suggest() -> None:
    assert default_name()
