"""The `.env` file, read the way compose reads it, for what runs without compose.

Understood: `NAME=value`, an optional `export `, comment lines, ` # comments` after a value, single and double
quotes. Not understood, and refused with the line's number: line breaks in values, and `$` outside single quotes
(compose would put the value of another variable there).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from scripts.console import Trouble

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)")
_QUOTED = re.compile(r"""(?:'([^']*)'|"([^"]*)")\s*(?:#.*)?""")


class DotenvError(Trouble):
    """A line of the file cannot be understood."""


def parse(text: str) -> dict[str, str]:
    """Names and values of a `.env` file's text. Raises DotenvError with the line's number."""
    values: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise DotenvError(f".env, line {number}: a line must be NAME=value.")
        values[match[1]] = _value(match[2], number)
    return values


def _value(text: str, number: int) -> str:
    if text[:1] in {"'", '"'}:
        quoted = _QUOTED.fullmatch(text)
        if quoted is None:
            raise DotenvError(f".env, line {number}: the quote is not closed on the same line.")
        if quoted[1] is not None:
            return quoted[1]
        value = quoted[2]
    else:
        value = "" if text.startswith("#") else re.split(r"\s+#", text, maxsplit=1)[0].rstrip()
    if "$" in value:
        raise DotenvError(f".env, line {number}: put a value that holds a $ in single quotes.")
    return value


def settings(environ: Mapping[str, str], file: Path) -> dict[str, str]:
    """The environment with what `file` adds to it.

    A variable that is set wins over the file, as with compose; one that is set to nothing counts as unset.
    """
    text = file.read_text("utf-8") if file.is_file() else ""
    merged = dict(environ)
    for name, value in parse(text).items():
        if not merged.get(name):
            merged[name] = value
    return merged
