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


@pytest.mark.parametrize(
    ("told", "host", "port"),
    [
        ("", "localhost", DEFAULT_PORT),
        ("host.docker.internal", "host.docker.internal", DEFAULT_PORT),
        ("chat.example.org:7000", "chat.example.org", 7000),
        ("chat.example.org:seven", "localhost", DEFAULT_PORT),
    ],
)
def test_the_environment_tells_the_server_of_the_first_time_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, host: str, port: int
) -> None:
    monkeypatch.setenv("LIVECHAT_DEFAULT_SERVER", told)
    store = ProfileStore(tmp_path)

    assert (store.load().host, store.load().port) == (host, port)
    store.update(name="Dana", host="10.0.0.1", port=7001)
    assert (store.load().host, store.load().port) == ("10.0.0.1", 7001)


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert not ProfileStore(tmp_path / "file").save(Profile())


def test_there_is_always_a_name_to_suggest() -> None:
    assert default_name()
