"""What the file system says about a file at one moment, as the tracker, the cache and the store compare it.

Only values live here; reading them is `scan`'s, `hashing`'s and `store`'s.
"""

import os
from dataclasses import dataclass

from livechat.catalogue import MAX_MODIFIED_MS

_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Status:
    """Five fields of struct stat; times in nanoseconds of Unix time."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, stat: os.stat_result) -> "Status":
        """The fields of `stat` that tell one state of a file from another."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev)

    @property
    def modified_ms(self) -> int:
        """The time of the last change as the catalogue has it, cut to the catalogue's bounds."""
        return min(max(0, self.mtime_ns // _NS_PER_MS), MAX_MODIFIED_MS)

    def same_content(self, other: "Status") -> bool:
        """Whether both are the same bytes, as far as size, time of change and inode can tell.

        ctime is left out: it moves with rights and links too. Where it alone moves the file is hashed again.
        """
        return (self.size, self.mtime_ns, self.inode, self.device) == (
            other.size,
            other.mtime_ns,
            other.inode,
            other.device,
        )

    def same_content_as_stat(self, stat: os.stat_result) -> bool:
        """`same_content` for what the system just said; the store asks it twice for each question."""
        return (
            stat.st_mtime_ns == self.mtime_ns
            and stat.st_size == self.size
            and stat.st_ino == self.inode
            and stat.st_dev == self.device
        )

    def quiet_since(self, moment_ns: int) -> bool:
        """Whether neither bytes nor anything else of the file changed after `moment_ns`.

        A copy that keeps the times of its source (cp -p, tar, rsync -t) sets mtime back when it is done, and
        some file servers while they write: ctime cannot be set, so it shows them.
        """
        return max(self.mtime_ns, self.ctime_ns) <= moment_ns
