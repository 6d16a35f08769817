"""Opening a file of the share so that no name, link or rename can lead out of the folder.

Each part of the path is opened in the directory before it and no link is followed, so that whatever is
exchanged meanwhile, the file that is open was below the folder. Only opening and asking live here.
"""

import os
import stat
from pathlib import Path

from file_udp.status import Status

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not block the opening


class NotServedError(Exception):
    """What has this name is no regular file below the folder; the text says why."""


def open_root(root: Path) -> int:
    """A descriptor of the folder itself, which the administrator may have made a link. Raises OSError."""
    return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def open_directory(name: str, parent: int) -> int:
    """A descriptor of the directory `name` in the directory `parent`; no link. Raises OSError."""
    return os.open(name, _DIRECTORY, dir_fd=parent)


def open_file(root: Path, name: str) -> tuple[int, Status]:
    """A descriptor of the regular file `name` below `root`, and its status. Raises NotServedError, OSError."""
    *folders, last = name.split("/")
    if not all(part and part not in {".", ".."} for part in (*folders, last)) or "\0" in name:
        raise NotServedError("its name leads elsewhere")
    return _open_below(root, folders, last)


def _open_below(root: Path, folders: list[str], last: str) -> tuple[int, Status]:
    parent = open_root(root)
    try:
        for folder in folders:
            child = open_directory(folder, parent)
            os.close(parent)
            parent = child
        descriptor = os.open(last, _FILE, dir_fd=parent)
    finally:
        os.close(parent)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise NotServedError("it is not a regular file")
    return descriptor, Status.of(found)
