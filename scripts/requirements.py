"""Prints what packages need from the index: `requirements.py PYPROJECT…`, one requirement a line.

The images install that first, in a layer of its own: a change of the code does not fetch anything again.
"""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

_OWN = "livechat"


def requirements(files: Iterable[Path]) -> list[str]:
    """The dependencies of all `files` but our own packages, each once, with what builds them."""
    found: set[str] = set()
    for file in files:
        project = tomllib.loads(file.read_text("utf-8"))
        found.update(project["build-system"]["requires"])
        found.update(project["project"]["dependencies"])
    return sorted(line for line in found if not line.startswith(_OWN))


if __name__ == "__main__":
    print("\n".join(requirements(Path(name) for name in sys.argv[1:])))
