"""Which Python to make the virtual environment with: 3.11 or newer, one with Tk where there is one."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.console import Trouble

_NAMES = ("python3", "python3.13", "python3.12", "python3.11", "python3.14")
_LEAST = (3, 11)
_PROBE_S = 20
_PROBE = """
import json, sys
def has(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True
print(json.dumps([list(sys.version_info[:2]), has("venv") and has("ensurepip"), has("tkinter")]))
"""

TK_MISSING = (
    "Tk for Python is missing, and the window needs it. Debian, Ubuntu: sudo apt install python3-tk; "
    "Fedora: python3-tkinter; Homebrew: python-tk; elsewhere: Python with tkinter."
)
VENV_MISSING = (
    "{program} cannot make virtual environments. Debian, Ubuntu: sudo apt install python3-venv; "
    "elsewhere: Python with venv and ensurepip."
)
PYTHON_MISSING = (
    "Python 3.11 or newer is missing. "
    "Debian 12+, Ubuntu 24.04+: sudo apt install python3 python3-venv python3-tk; elsewhere: https://www.python.org/downloads/."
)


@dataclass(frozen=True)
class Python:
    """An interpreter and what it can do."""

    program: str
    version: tuple[int, int]
    makes_venvs: bool
    has_tk: bool


def find() -> Python:
    """The interpreter for the virtual environment; `PYTHON` in the environment forces one. Raises Trouble."""
    forced = os.environ.get("PYTHON")
    programs = [forced] if forced else _programs()
    return choose([python for program in programs if (python := probe(program)) is not None])


def choose(found: Iterable[Python]) -> Python:
    """The best of `found`: new enough and able to make venvs; with Tk before without; earlier before later."""
    new_enough = [python for python in found if python.version >= _LEAST]
    if not new_enough:
        raise Trouble(PYTHON_MISSING)
    able = [python for python in new_enough if python.makes_venvs]
    if not able:
        raise Trouble(VENV_MISSING.format(program=new_enough[0].program))
    return min(able, key=lambda python: not python.has_tk)


def probe(program: str) -> Python | None:
    """What `program` can do, None when it does not run."""
    try:
        ran = subprocess.run(
            [program, "-I", "-c", _PROBE], capture_output=True, text=True, check=False, timeout=_PROBE_S
        )
        version, makes_venvs, has_tk = json.loads(ran.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return Python(program, (version[0], version[1]), makes_venvs, has_tk)


def _programs() -> list[str]:
    """The distribution's Python first: its Tk draws with the system's fonts, that of other builds may not."""
    candidates = ["/usr/bin/python3", *(shutil.which(name) or "" for name in _NAMES)]
    unique: dict[str, str] = {}
    for program in candidates:
        if program and Path(program).exists():
            unique.setdefault(os.path.realpath(program) + Path(program).name, program)
    return list(unique.values())
