"""GUI tests run on a screen of their own, and a logged ERROR or a Tk callback error fails the test."""

import tkinter as tk
from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

from scripts import display
from tests.support.requirements import missing

try:
    from tests.support import gui
except ImportError as error:  # Tk itself, which no installer of Python packages brings along
    GUI_FAULT = str(error)
else:
    GUI_FAULT = ""


@pytest.fixture(scope="session", autouse=True)
def screen() -> Iterator[None]:
    """A screen for the session, or the one that is there."""
    if GUI_FAULT:
        missing("gui", f"Tk cannot be used: {GUI_FAULT} (package python3-tk)")
    if fault := display.why_not():
        missing("gui", fault)
    with display.display() as additions, pytest.MonkeyPatch.context() as patch:
        for name, value in additions.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(autouse=True)
def no_errors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Collect logged errors and faults of callbacks while a test runs; any of them fails it."""
    faults: list[str] = []
    sink = logger.add(faults.append, level="ERROR", format="{message}\n{exception}", diagnose=False)

    def report(_root: tk.Tk, *fault: object) -> None:
        faults.append(f"Tk callback: {fault[1]!r}")

    monkeypatch.setattr(tk.Tk, "report_callback_exception", report)
    yield
    logger.remove(sink)
    left = getattr(tk, "_default_root", None)
    if left is not None:
        left.destroy()  # a test that failed half-way must not take the others with it
    assert not faults, "\n".join(faults)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator["gui.Scene"]:
    """The window while nobody is logged in."""
    scene = gui.Scene(tmp_path / "downloads")
    yield scene
    scene.close()


@pytest.fixture
def online(scene: "gui.Scene") -> "gui.Scene":
    """The window of Dana, who is online with two others."""
    from tests.gui.story import log_in  # needs Tk

    scene.open()
    log_in(scene)
    return scene
