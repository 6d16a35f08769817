"""What the images are made with: requirements of packages, and the cookie of the client's container."""

import importlib.util
import struct
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.requirements import requirements

ROOT = Path(__file__).resolve().parents[3]


def start_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", ROOT / "services/client-gui/container/start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


START = start_script()


def entry(family: int, *fields: bytes) -> bytes:
    return struct.pack(">H", family) + b"".join(struct.pack(">H", len(field)) + field for field in fields)


def test_requirements_are_those_of_others_each_once() -> None:
    files = [ROOT / "shared" / "pyproject.toml", *sorted(ROOT.glob("services/*/pyproject.toml"))]
    found = requirements(files)
    assert len(found) == len(set(found))
    assert not [line for line in found if line.startswith("livechat")]
    assert any(line.startswith("gevent") for line in found)
    assert any(line.startswith("setuptools") for line in found)


@pytest.mark.parametrize("service", ["chat-hub", "file-udp", "client-gui"])
def test_everything_that_an_image_installs_is_pinned(service: str) -> None:
    pinned = {
        line.partition("==")[0].casefold() for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    files = [ROOT / "shared" / "pyproject.toml", ROOT / "services" / service / "pyproject.toml"]
    names = {line.partition(">")[0].partition("=")[0].casefold() for line in requirements(files)}
    assert names <= pinned


def test_it_runs_as_the_images_run_it() -> None:
    ran = subprocess.run(
        [sys.executable, "scripts/requirements.py", "shared/pyproject.toml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cryptography" in ran.stdout


def test_cookies_fit_every_host_and_are_otherwise_as_they_were() -> None:
    fields = (b"laptop", b"0", b"MIT-MAGIC-COOKIE-1", bytes(range(16)))
    assert START.with_wild_family(entry(256, *fields) + entry(0, *fields)) == 2 * entry(0xFFFF, *fields)


def test_a_torn_entry_is_left_out() -> None:
    whole = entry(256, b"laptop", b"0", b"MIT-MAGIC-COOKIE-1", bytes(16))
    for end in range(len(whole)):
        assert START.with_wild_family(whole[:end]) == b""
        assert START.with_wild_family(whole + whole[:end]) == entry(
            0xFFFF, b"laptop", b"0", b"MIT-MAGIC-COOKIE-1", bytes(16)
        )


@given(st.binary(max_size=300))
def test_rubbish_never_makes_it_longer(rubbish: bytes) -> None:
    assert len(START.with_wild_family(rubbish)) <= len(rubbish)
