"""The targets of the Makefile, one function each. Variables of make arrive in the environment."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from scripts import checks, install, stack
from scripts.console import Trouble, complain, say
from scripts.paths import ROOT, venv_program


def main(arguments: list[str]) -> int:
    """Run one target; the exit status of the process."""
    name = arguments[0] if arguments else "help"
    if name not in TARGETS or len(arguments) > 1:
        complain(f"Unknown: {' '.join(arguments)}. `make help` lists what there is.")
        return 2
    try:
        return TARGETS[name][0]() or 0
    except Trouble as trouble:
        complain(str(trouble))
        return 1
    except OSError as error:  # a full disk, a folder that may not be written: the system's own words say it
        complain(f"make {name}: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def _install() -> None:
    install.ensure(quiet=False)


def _up() -> None:
    stack.up(os.environ.get("STACK", ""))


def _logs() -> None:
    stack.logs(follow=os.environ.get("FOLLOW", "") not in {"", "0"})


def _client() -> int:
    install.ensure_tk()
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        raise Trouble("There is no display here. Without a window: .venv/bin/livechat --help")
    return subprocess.run([str(venv_program("python")), "-m", "client_gui"], check=False).returncode


def _clean() -> None:
    """Caches and reports only: `.venv`, `var` and `files` are the person's."""
    for pattern in ("**/__pycache__", "**/*.egg-info", "**/build"):
        for folder in ROOT.glob(pattern):
            if not {".venv", ".git", "files", "var"} & set(folder.relative_to(ROOT).parts):
                shutil.rmtree(folder, ignore_errors=True)
    for name in (".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "artifacts"):
        shutil.rmtree(ROOT / name, ignore_errors=True)


def _help() -> None:
    for name, (_, text) in TARGETS.items():
        say(f"make {name:<10} {text}")


TARGETS: dict[str, tuple[Callable[[], int | None], str]] = {
    "up": (_up, "start the services, say what to type next (STACK=compose or STACK=processes forces one)"),
    "down": (stack.down, "stop them"),
    "status": (stack.status, "what runs and how healthy it is"),
    "logs": (_logs, "the end of the logs (FOLLOW=1: and what comes)"),
    "client": (_client, "open the window"),
    "install": (_install, "make .venv with everything in it"),
    "test": (checks.test, 'everything that is checked, under 12 minutes (ONLY="unit lint": these parts)'),
    "test-long": (checks.test_long, "what takes longer: large files, repeated faults"),
    "lint": (checks.lint, "format, lint and types"),
    "fuzz": (checks.fuzz, "new examples for parsers, state and the hub for five minutes (FUZZ_S=60: seconds)"),
    "bench": (checks.bench, "measure deliveries and downloads on this machine"),
    "clean": (_clean, "remove caches and reports"),
    "help": (_help, "this list"),
}
