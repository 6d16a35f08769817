"""What people read: lines on standard output, and the one exception that ends a target with a sentence."""

import sys


class Trouble(Exception):  # noqa: N818 - it is shown to people, who need no "Error"
    """A target cannot go on; `str()` of it is what the person has to know and do. Exit status 1."""


def say(line: str = "") -> None:
    """A line on standard output, at once."""
    print(line, flush=True)


def complain(line: str) -> None:
    """A line on standard error, at once."""
    print(line, file=sys.stderr, flush=True)
