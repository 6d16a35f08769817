"""A lock on an open file, so that two clients do not write one partial. It goes with the descriptor."""

import errno
import sys


class AlreadyLocked(Exception):  # noqa: N818  # a state of the world, not a fault
    """Another open file description holds the lock."""


if sys.platform == "win32":
    import msvcrt

    def lock(fd: int) -> None:
        """Take the lock, or raise AlreadyLocked at once."""
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise AlreadyLocked from error

else:
    import fcntl

    _UNSUPPORTED = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})

    def lock(fd: int) -> None:
        """Take the lock, or raise AlreadyLocked at once. A file system without locks gives none."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyLocked from error
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
