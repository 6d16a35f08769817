"""The password pool: threads of the lowest priority that hash, with a bounded queue. I/O only.

argon2id and PBKDF2 give the interpreter lock away while they work, and the threads are nice, so a flood of
logins takes what the chat leaves over. Results come back to the hub's loop through an async watcher. What is
hashed and why is decided in `accounts`.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
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

_Job = Callable[
    [Any], Callable[[], None]
]  # gets argon2's hasher, gives what is to be called in the hub's thread


class PasswordPool:
    """The hasher of the real hub; see `accounts.hashing.Hasher`. All methods are for the hub's thread."""

    def __init__(self, loop: Any) -> None:
        self._waiting = 0
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._done: deque[Callable[[], None]] = deque()
        self._waker = loop.async_()
        self._waker.start(self._deliver)
        self._threads: list[threading.Thread] = []

    def make(self, password: str, salt: bytes, on_done: Callable[[Secrets], None]) -> bool:
        """See `Hasher`."""

        def job(argon2: Any) -> Callable[[], None]:
            secrets = Secrets(argon2.hash(password), derive(password, salt, SCRAM_ITERATIONS))
            return lambda: on_done(secrets)

        return self._put(job)

    def check(self, password: str, argon2: str | None, on_done: Callable[[bool], None]) -> bool:
        """See `Hasher`."""

        def job(hasher: Any) -> Callable[[], None]:
            right = _verify(hasher, argon2 or self._decoy(hasher), password) and argon2 is not None
            return lambda: on_done(right)

        return self._put(job)

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
            self._done.popleft()()

    def _work(self) -> None:
        """The thread: one job after the other. A bug is logged, and its login is never answered."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        from argon2 import PasswordHasher  # noqa: PLC0415  # its import takes as long as a login

        argon2 = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        while (job := self._jobs.get()) is not None:
            try:
                result = job(argon2)
            except Exception:  # noqa: BLE001  # the thread must go on for the others
                logger.exception("a bug: a password could not be hashed")
                result = _nothing
            self._done.append(result)
            self._waker.send()

    def _decoy(self, hasher: Any) -> str:
        """A hash that no password is checked against but those of names without an account."""
        if not hasattr(self, "_decoy_hash"):
            self._decoy_hash: str = hasher.hash(os.urandom(16).hex())
        return self._decoy_hash


def _verify(hasher: Any, argon2: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415  # see above

    try:
        hasher.verify(argon2, password)
    except VerificationError:
        return False
    except InvalidHashError:
        logger.error("a stored password hash cannot be read: nobody can log in with it")
        return False
    return True


def _nothing() -> None:
    pass
