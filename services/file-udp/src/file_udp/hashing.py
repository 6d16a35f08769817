"""Reading a file once into its manifest, and noticing when it changed meanwhile.

Blocking: run it in a thread. Outcomes are values, for an exception in a pool's thread is printed as a bug.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livechat.transfer.manifest import ManifestBuilder

from file_udp.folder import NotServedError, open_file
from file_udp.status import Status
from file_udp.tracker import Due

READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Hashed:
    """The encoded manifest of the file."""

    manifest: bytes


@dataclass(frozen=True, slots=True)
class Moved:
    """The file was not the one that had been seen, or changed while it was read, or reading was stopped."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The file cannot be read; `why` is for the log."""

    why: str


def hash_file(root: Path, due: Due, stopping: Callable[[], bool]) -> Hashed | Moved | Unreadable:
    """Read the file that `due` means; `stopping` is asked after each MiB whether to give up."""
    try:
        descriptor, status = open_file(root, due.name)
    except FileNotFoundError:
        return Moved()
    except (NotServedError, OSError) as error:
        return Unreadable(_why(error))
    try:
        if status != due.status:
            return Moved()
        return _hash_open(descriptor, due, stopping)
    except OSError as error:
        return Unreadable(_why(error))
    finally:
        os.close(descriptor)


def _hash_open(descriptor: int, due: Due, stopping: Callable[[], bool]) -> Hashed | Moved:
    builder = ManifestBuilder(due.name)
    buffer = memoryview(bytearray(READ_BYTES))
    left = due.status.size
    while left > 0 and not stopping():
        count = os.readv(descriptor, [buffer[: min(left, READ_BYTES)]])
        if not count:
            return Moved()  # it was cut
        builder.update(buffer[:count])
        left -= count
    if left or Status.of(os.fstat(descriptor)) != due.status:
        return Moved()
    return Hashed(builder.finish().encode())


def _why(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
