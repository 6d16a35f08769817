"""Entry of the Makefile's targets: `python3 -m scripts TARGET`, from the root of the repository.

This module must stay readable for old Pythons, so that they can say that a newer one is needed; everything
else in `scripts` is for Python 3.11 and newer, standard library only.
"""

import os
import sys

NAMES = ("python3.13", "python3.12", "python3.11", "python3.14")
NEEDED = (
    "Python 3.11 or newer is needed, this is %d.%d. "
    "Debian 12+, Ubuntu 24.04+: sudo apt install python3 python3-venv python3-tk"
)


def _go_on_with_a_newer_python():  # type: () -> None
    """Replace this process by a Python that is new enough, where one is installed beside the old one."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for name in NAMES:
            program = os.path.join(folder, name)  # noqa: PTH118 - must run on old Pythons
            if os.access(program, os.X_OK):
                os.execv(program, [program, "-m", "scripts"] + sys.argv[1:])  # noqa: RUF005 - must run on old Pythons
    sys.stderr.write(NEEDED % sys.version_info[:2] + "\n")
    sys.exit(1)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - the very purpose of this module
        _go_on_with_a_newer_python()
    from scripts.cli import main

    sys.exit(main(sys.argv[1:]))
