"""`test`, `test-long`, `lint`, `fuzz`, `bench`: run the parts, and end with a line for each."""

import os
import secrets
import subprocess
import time

from scripts import install, parts
from scripts.console import Trouble, say
from scripts.paths import ROOT, venv_program

# everything under 12 minutes: a part that is still running then is stopped and counts as failed
TEST_S = 700.0
LONG_S = 3 * 3600.0
FUZZ_S = 300.0
_KNOWN = frozenset({"compose", "gui", "clients"})


def test() -> int:
    """All parts, or those named in ONLY."""
    return _run(parts.parts(long=False), TEST_S)


def test_long() -> int:
    """What takes longer than the everyday suite may."""
    return _run(parts.parts(long=True), LONG_S)


def required(value: str) -> frozenset[str]:
    """What LIVECHAT_REQUIRE names. Raises Trouble for what is not known."""
    names = frozenset(value.replace(",", " ").split())
    if unknown := names - _KNOWN:
        raise Trouble(
            f"LIVECHAT_REQUIRE: {', '.join(sorted(unknown))} is not one of {', '.join(sorted(_KNOWN))}."
        )
    return names


def selected(every: tuple[parts.Part, ...], only: str) -> tuple[parts.Part, ...]:
    """The parts whose name has a word of `only`; all when it is empty. Raises Trouble."""
    words = only.replace(",", " ").split()
    chosen = tuple(part for part in every if not words or any(word in part.name.split() for word in words))
    if not chosen:
        raise Trouble(f"ONLY={only}: the parts are {', '.join(part.name for part in every)}.")
    return chosen


def _run(every: tuple[parts.Part, ...], limit_s: float) -> int:
    began = time.monotonic()
    need = required(os.environ.get("LIVECHAT_REQUIRE", ""))
    chosen = selected(every, os.environ.get("ONLY", ""))
    install.ensure()
    results = [parts.run(part, required=need, deadline=began + limit_s) for part in chosen]
    say()
    for result in results:
        say(f"{result.name:<22} {result.outcome:<8} {result.detail}")
    failed = any(result.failed for result in results)
    say(f"{'FAILED' if failed else 'passed'} after {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def lint() -> int:
    """Format in place, then lint and types."""
    install.ensure()
    python = str(venv_program("python"))
    tools = (("ruff", "format", "."), ("ruff", "check", "."), ("mypy",))
    statuses = [subprocess.run([python, "-m", *tool], cwd=ROOT, check=False).returncode for tool in tools]
    return max(statuses)


def fuzz() -> int:
    """Property tests with ever new examples for FUZZ_S seconds: of bytes twice as often as the others."""
    install.ensure()
    deadline = time.monotonic() + fuzz_seconds(os.environ.get("FUZZ_S", ""))
    rounds = 0
    while True:
        folder = ("tests/fuzz", "tests/fuzz", "tests/unit")[rounds % 3]
        command = [
            *(str(venv_program("python")), "-m", "pytest", "-q", "-x", "-m", "hypothesis"),
            *(
                "--hypothesis-profile=fuzz",
                f"--hypothesis-seed={secrets.randbits(32)}",
                "--timeout=3600",
                folder,
            ),
        ]
        status = parts.run_until(tuple(command), deadline)
        if status is None:
            say(f"no fault in {rounds} whole rounds and a part of one")
            return 0
        if status != 0:
            return status
        rounds += 1


def fuzz_seconds(value: str) -> float:
    """How long to look. Raises Trouble."""
    if value and not (value.isascii() and value.isdigit() and int(value)):
        raise Trouble(f"FUZZ_S={value}: it must be a number of seconds.")
    return float(value or FUZZ_S)


def bench() -> int:
    """The programs of tests/bench, which print what they measured."""
    install.ensure()
    return subprocess.run([str(venv_program("python")), "-m", "tests.bench"], cwd=ROOT, check=False).returncode
