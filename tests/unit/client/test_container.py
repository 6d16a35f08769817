"""What the client's container says when something of the person's is missing from it."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

_START = Path(__file__).resolve().parents[3] / "services" / "client-gui" / "container" / "start.py"


def _fault(cookie: Path | str, downloads: Path) -> str:
    spec = importlib.util.spec_from_file_location("start", _START)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.fault(str(cookie), downloads))


def test_with_cookie_and_downloads_there_is_nothing_to_say(tmp_path: Path) -> None:
    cookie = tmp_path / "cookie"
    cookie.write_bytes(b"")

    assert _fault(cookie, tmp_path) == ""
    assert _fault("", tmp_path) == _fault("/dev/null", tmp_path) == ""


def test_a_cookie_of_somebody_else_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = tmp_path / "cookie"
    cookie.write_bytes(b"")
    monkeypatch.setattr(os, "access", lambda path, _mode: path != str(cookie))  # root may read everything

    assert "cookie" in _fault(cookie, tmp_path)
    assert "LIVECHAT_CLIENT_USER" in _fault(cookie, tmp_path)


def test_a_folder_that_cannot_be_written_to_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)

    assert "cannot write into your downloads folder" in _fault("", tmp_path)


def test_without_downloads_the_container_ends_with_one_line(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "XAUTHORITY": ""}
    ran = subprocess.run(
        [sys.executable, str(_START)], env=environment, capture_output=True, text=True, check=False, timeout=60
    )

    assert ran.returncode == 1
    assert ran.stderr == f"There is no folder for downloads: mount one of yours on {tmp_path}/Downloads.\n"
