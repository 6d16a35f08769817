"""The parts of `make test`: what each runs, what it needs, and how its result is read."""

import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts import display, engine, pythons
from scripts.console import say
from scripts.paths import ROOT, VAR, venv_program

REPORTS = VAR / "test"
_END_S = 20.0

# exit status of pytest, and what is said of it
_NO_TESTS = 5
_EMPTY = "no tests of this kind"


@dataclass(frozen=True)
class Part:
    """One line of the result.

    `why_not` gives the reason when it cannot run here; `require` is its name in LIVECHAT_REQUIRE.
    """

    name: str
    commands: tuple[tuple[str, ...], ...]
    why_not: Callable[[], str | None] = field(default=lambda: None)
    require: str = ""
    needs_display: bool = False
    may_be_empty: bool = False

    @property
    def report(self) -> Path:
        """Where pytest writes what it counted."""
        return REPORTS / f"{self.name.replace(' ', '-')}.xml"


@dataclass(frozen=True)
class Result:
    """What came of a part: `ran`, `not run` or `FAILED`, with the reason or the counts."""

    name: str
    outcome: str
    detail: str

    @property
    def failed(self) -> bool:
        """Whether it counts against the whole."""
        return self.outcome == "FAILED"


def _tool(*words: str) -> tuple[str, ...]:
    return (str(venv_program("python")), "-m", *words)


def _pytest(name: str, *words: str) -> tuple[str, ...]:
    report = REPORTS / f"{name.replace(' ', '-')}.xml"
    return _tool("pytest", "-q", f"--junitxml={report}", *words)


def _no_engine() -> str | None:
    return engine.look().why_not or None


def _no_window() -> str | None:
    python = pythons.probe(str(venv_program("python")))
    if python is None or not python.has_tk:
        return "no Tk in the Python of .venv (Debian: python3-tk)"
    return display.why_not()


def parts(*, long: bool) -> tuple[Part, ...]:
    """All parts, or those of the long suite."""
    if long:
        return _suites("long")
    return (
        Part("lint", (_tool("ruff", "format", "--check", "."), _tool("ruff", "check", "."))),
        Part("types", (_tool("mypy"),)),
        Part("unit", (_pytest("unit", "tests/unit", "tests/fuzz", "-m", "not long"),)),
        *_suites("not long"),
    )


def _suites(mark: str) -> tuple[Part, ...]:
    return (
        Part(
            "integration processes",
            (_pytest("integration processes", "tests/integration", "-m", f"not compose and {mark}"),),
        ),
        Part(
            "gui",
            (_pytest("gui", "tests/gui", "-m", mark),),
            why_not=_no_window,
            require="gui",
            needs_display=True,
            may_be_empty=mark == "long",
        ),
        Part(
            "integration compose",
            (_pytest("integration compose", "tests/integration", "-m", f"compose and {mark}"),),
            why_not=_no_engine,
            require="compose",
        ),
    )


def run(part: Part, *, required: frozenset[str], deadline: float) -> Result:
    """Run one part to its end, or kill it at `deadline` (of the monotonic clock)."""
    reason = part.why_not()
    if reason is not None:
        return Result(part.name, "FAILED" if part.require in required else "not run", reason)
    REPORTS.mkdir(parents=True, exist_ok=True)
    part.report.unlink(missing_ok=True)
    began = time.monotonic()
    if part.needs_display:
        with display.display() as additions:
            fault = _run_all(part, additions, deadline)
    else:
        fault = _run_all(part, {}, deadline)
    seconds = f"{time.monotonic() - began:.0f} s"
    if fault == _EMPTY and part.may_be_empty:
        return Result(part.name, "not run", _EMPTY)
    counts = read_report(part.report)
    detail = ", ".join(text for text in (fault, counts, seconds) if text)
    return Result(part.name, "FAILED" if fault else "ran", detail)


def _run_all(part: Part, additions: Mapping[str, str], deadline: float) -> str:
    """Why it failed; empty when all its commands passed."""
    for command in part.commands:
        say(f"\n=== {part.name}: {' '.join(command[2:])}")
        status = _run_one(command, additions, deadline)
        if status is None:
            return "stopped: the time for all parts was used up"
        if status == _NO_TESTS and "pytest" in command:
            return _EMPTY
        if status != 0:
            return "see above"
    return ""


def run_until(command: tuple[str, ...], deadline: float) -> int | None:
    """Run a command to its end; its exit status, None when it was stopped at `deadline`."""
    return _run_one(command, {}, deadline)


def _run_one(command: tuple[str, ...], additions: Mapping[str, str], deadline: float) -> int | None:
    """The exit status, None when it was stopped at the deadline."""
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **additions}, start_new_session=sys.platform != "win32"
    )
    try:
        return process.wait(max(deadline - time.monotonic(), 1.0))
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupt first: pytest then tears its stacks down."""
    for number in (signal.SIGINT, signal.SIGKILL):
        os.killpg(process.pid, number)
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            continue
        return


def read_report(file: Path) -> str:
    """How many tests a JUnit report counts; empty when there is none."""
    try:
        root = ET.parse(file).getroot()  # our own pytest wrote it
    except (OSError, ET.ParseError):
        return ""
    suites = list(root.iter("testsuite"))
    total, skipped, wrong = (
        sum(int(suite.get(name, "0")) for suite in suites for name in names)
        for names in (("tests",), ("skipped",), ("failures", "errors"))
    )
    words = [f"{total - skipped - wrong} passed"]
    if wrong:
        words.append(f"{wrong} FAILED")
    if skipped:
        words.append(f"{skipped} skipped")
    return ", ".join(words)
