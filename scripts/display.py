"""A display for tests that drive the real window: Xvfb where it is installed, else the screen that is there."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator

_SCREEN = "1280x900x24"
_DPI = "96"  # so that a pixel is a pixel, and pictures of the window can be compared
_NUMBER_BYTES = 16
_OURS = "XVFB_OF_THE_TESTS"
"""Set for the programs on a screen of ours: they need not start another one."""


def why_not() -> str | None:
    """Why no window can be shown here, None when one can."""
    if shutil.which("Xvfb") or os.environ.get("DISPLAY"):
        return None
    return "no Xvfb (Debian: xvfb) and no display"


@contextlib.contextmanager
def display() -> Iterator[dict[str, str]]:
    """The environment's additions for programs that show a window; Xvfb ends with the context."""
    if shutil.which("Xvfb") is None or _OURS in os.environ:
        yield {}
        return
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", _SCREEN, "-dpi", _DPI, "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        # Xvfb writes its number when it accepts connections; nothing comes when it could not start
        number = os.read(reader, _NUMBER_BYTES).decode().strip()
        yield {"DISPLAY": f":{number}", _OURS: "yes"} if number else {}
    finally:
        os.close(reader)
        server.terminate()
        server.wait()
