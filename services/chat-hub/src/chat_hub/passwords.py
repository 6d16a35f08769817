"""The password pool: threads of the lowest priority that hash, with a bounded queue. I/O only.

argon2id and PBKDF2 give the interpreter lock away while they work, and the threads are nice, so a flood of
logins takes what the chat leaves over. Results come back to the hub's loop through an async watcher. What is
hashed and why is decided in `accounts`.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from loguru import logger

from chat_hub import limits
from chat_hub.accounts.hashing import SCRAM_ITERATIONS, Secrets
from chat_hub.sasl.scram import derive

THREADS = 1  # tens of logins a second; with two, a small box would have no core left
# The advice of OWASP for argon2id on a server: 19 MiB, two passes, one lane; about 30 ms.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
_NICE = 10
_CLOSE_S = 0.5  # how long the end of the hub waits for a thread


@dataclass(frozen=True, slots=True)
class _Job:
    """`work` is for the thread, `on_done` gets its result in the hub's."""

    work: Callable[["_Hashers"], Any]
    on_done: Callable[[Any], None]


class PasswordPool:
    """The hasher of the real hub; see `accounts.hashing.Hasher`. All methods are for the hub's thread."""

    def __init__(self, loop: Any) -> None:
        self._waiting = 0
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._done: deque[tuple[Callable[[Any], None], Any]] = deque()
        self._waker = loop.async_()
        self._waker.start(self._deliver)
        self._threads: list[threading.Thread] = []

    def make(self, password: str, salt: bytes, on_done: Callable[[Secrets | None], None]) -> bool:
        """See `Hasher`."""

        def work(hashers: _Hashers) -> Secrets:
            return Secrets(hashers.argon2.hash(password), derive(password, salt, SCRAM_ITERATIONS))

        return self._put(_Job(work, on_done))

    def check(self, password: str, argon2: str | None, on_done: Callable[[bool | None], None]) -> bool:
        """See `Hasher`."""

        def work(hashers: _Hashers) -> bool:
            return hashers.fits(argon2 or hashers.decoy, password) and argon2 is not None

        return self._put(_Job(work, on_done))

    def close(self) -> None:
        """End the threads; what waits is not hashed any more."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(_CLOSE_S)
        self._waker.stop()
        self._waker.close()

    def _put(self, job: _Job) -> bool:
        if self._waiting >= limits.PASSWORD_QUEUE:
            return False
        if not self._threads:  # the first login: before it a hub needs neither threads nor argon2
            for number in range(THREADS):
                thread = threading.Thread(target=self._work, name=f"passwords-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._waiting += 1
        self._jobs.put(job)
        return True

    def _deliver(self) -> None:
        while self._done:
            self._waiting -= 1
            on_done, result = self._done.popleft()
            on_done(result)

    def _work(self) -> None:
        """The thread: one job after the other."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        hashers = _Hashers()
        while (job := self._jobs.get()) is not None:
            try:
                result = job.work(hashers)
            except Exception:  # noqa: BLE001  # whatever it is, its login is answered and the others go on
                logger.exception("a password could not be hashed")
                result = None
            self._done.append((job.on_done, result))
            self._waker.send()


class _Hashers:
    """argon2 as this hub uses it; made in the thread, for its import takes as long as a login."""

    def __init__(self) -> None:
        from argon2 import PasswordHasher, exceptions  # noqa: PLC0415  # see the class

        self.argon2 = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._mismatch = exceptions.VerifyMismatchError
        # What passwords of names without an account are checked against: the same work.
        self.decoy = self.argon2.hash(os.urandom(16).hex())

    def fits(self, argon2: str, password: str) -> bool:
        """Whether `password` is the one behind `argon2`; raises argon2's errors when nobody can tell."""
        try:
            return self.argon2.verify(argon2, password)
        except self._mismatch:
            return False
