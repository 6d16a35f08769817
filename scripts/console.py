"""What people read: lines on standard output, and the one exception that ends a target with a sentence."""

import os
import sys
from typing import TextIO


class Trouble(Exception):  # noqa: N818 - it is shown to people, who need no "Error"
    """A target cannot go on; `str()` of it is what the person has to know and do. Exit status 1."""


def say(line: str = "") -> None:
    """A line on standard output, at once."""
    _write(sys.stdout, line)


def complain(line: str) -> None:
    """A line on standard error, at once."""
    _write(sys.stderr, line)


def _write(stream: TextIO, line: str) -> None:
    """What nobody reads any more (`make status | head -1`) is dropped; the target does its work to the end."""
    try:
        print(line, file=stream, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
