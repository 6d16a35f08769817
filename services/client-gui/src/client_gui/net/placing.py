"""Giving a finished file its name, never in the place of another file, whoever else writes to the folder."""

import errno
import os
from pathlib import Path

from client_gui.model.filenames import numbered

MAX_NUMBER = 9_999
"""`name (9999).ext` is the last that is tried."""
_NO_HARD_LINKS = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES}
)


def place_without_overwriting(part: Path, folder: Path, name: str) -> Path:
    """Rename `part` to the first of `name`, `name (1)`, … in `folder` that is free; returns its path.

    Raises OSError; `part` is then still there.
    """
    for number in range(MAX_NUMBER + 1):
        target = folder / numbered(name, number)
        try:
            _rename_exclusively(part, target)
        except FileExistsError:
            continue
        _sync_folder(folder)
        return target
    raise FileExistsError(errno.EEXIST, "every numbered name is taken", str(folder / name))


def _rename_exclusively(part: Path, target: Path) -> None:
    """A hard link fails where the name is taken, in one step. FAT and its like have none: there the name is
    first taken with an empty file of ours, which the rename then replaces.
    """
    if os.name == "nt":
        part.rename(target)  # fails where the name is taken
        return
    try:
        os.link(part, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        part.replace(target)
    else:
        part.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power failure, where the system can."""
    try:
        fd = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows has no descriptors of folders
    try:
        os.fsync(fd)
    except OSError:
        pass  # some network file systems refuse; the name is there all the same
    finally:
        os.close(fd)
