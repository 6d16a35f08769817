"""Makes `.venv` with everything in it, exactly as pinned, and does nothing when that is already so."""

import hashlib
import json
import os
import shutil
import subprocess

from scripts import pythons
from scripts.console import Trouble, say
from scripts.paths import PACKAGES, ROOT, VENV, venv_program

_STAMP = VENV / "livechat-installed.json"


def ensure(*, quiet: bool = True) -> None:
    """Make or mend `.venv` where its stamp does not fit the pins and packages. Raises Trouble."""
    if _stamped() == _wanted():
        if not quiet:
            say(f"{VENV} is up to date.")
        return
    if not _runs():
        _make(pythons.find())
    _fill()
    _STAMP.write_text(json.dumps(_wanted()))


def ensure_tk() -> None:
    """`ensure`, and a Python with Tk in it: made anew where another Python has Tk. Raises Trouble."""
    ensure()
    current = pythons.probe(str(venv_program("python")))
    if current is not None and current.has_tk:
        return
    better = pythons.find()
    if not better.has_tk:
        raise Trouble(pythons.TK_MISSING)
    say(f"The Python of {VENV} has no Tk: making it anew with {better.program}.")
    _make(better)
    ensure()


def _wanted() -> dict[str, str]:
    """What the stamp must hold: a hash of the pins and package files, and the place they are installed from."""
    digest = hashlib.sha256()
    for name in ["constraints.txt", *(f"{package}/pyproject.toml" for package in PACKAGES)]:
        digest.update((ROOT / name).read_bytes() + b"\0")
    return {"root": str(ROOT), "pins": digest.hexdigest()}


def _stamped() -> dict[str, str] | None:
    try:
        stamp = json.loads(_STAMP.read_text())
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) and _runs() else None


def _runs() -> bool:
    """False also when the Python that the environment was made with is gone."""
    return venv_program("python").exists() and venv_program("pip").exists()


def _make(python: pythons.Python) -> None:
    say(f"Making {VENV} with {python.program} (Python {python.version[0]}.{python.version[1]}).")
    if VENV.is_symlink():
        raise Trouble(f"{VENV} is a symbolic link: remove it first.")
    if VENV.exists():
        shutil.rmtree(VENV)
    made = subprocess.run([python.program, "-m", "venv", str(VENV)], check=False)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Trouble(pythons.VENV_MISSING.format(program=python.program))


def _fill() -> None:
    say("Installing what constraints.txt pins (a minute the first time).")
    _pip("--requirement", "constraints.txt")
    editable = [word for package in PACKAGES for word in ("--editable", f"./{package}")]
    # the build tool is among the pins, so nothing is fetched here
    _pip("--no-deps", "--no-build-isolation", *editable)


def _pip(*arguments: str) -> None:
    command = [str(venv_program("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    if subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode != 0:
        raise Trouble("pip could not install: see above. It needs the Python Package Index or a mirror of it.")
