"""The command that opens the window says in one line what is missing."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.gui


def run(*arguments: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "client_gui"]
    kept = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    return subprocess.run(
        [*command, *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_help_needs_no_display() -> None:
    ran = run("--help")
    assert ran.returncode == 0
    assert "--profile-dir" in ran.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_without_a_display_one_line_says_so() -> None:
    ran = run()
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "display" in ran.stderr


def test_without_tk_one_line_names_the_package() -> None:
    code = (
        "import importlib.util as u, sys\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == '_tkinter' else find(name, *rest)\n"
        "from client_gui.__main__ import main\n"
        "sys.exit(main([]))\n"
    )
    ran = run(code=code)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "python3-tk" in ran.stderr


def test_the_command_imports_no_tk_before_it_has_looked() -> None:
    code = "import client_gui.__main__, sys; sys.exit('tkinter' in sys.modules)"
    assert run(code=code).returncode == 0


def test_a_bad_setting_and_a_bad_option_are_told() -> None:
    assert run(LIVECHAT_LOG_LEVEL="loud").returncode == 2
    assert "LIVECHAT_LOG_LEVEL" in run(LIVECHAT_LOG_LEVEL="loud").stderr
    assert run("--no-such-option").returncode == 2
