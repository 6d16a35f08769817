"""A hasher without threads or argon2: jobs run when the harness settles; same answers, no cost."""

import hashlib
from collections.abc import Callable

from chat_hub.accounts.hashing import Secrets
from chat_hub.sasl.scram import derive

ITERATIONS = 4096


class DirectHasher:
    """Keeps what was asked until `run`; `room` is how much may wait."""

    def __init__(self, room: int = 8) -> None:
        self.room = room
        self.jobs: list[Callable[[], None]] = []
        self.broken = False  # as without memory: nothing can be hashed
        self.checks = 0  # how often a password was hashed for a login

    def make(self, password: str, salt: bytes, on_done: Callable[[Secrets | None], None]) -> bool:
        """See `Hasher`."""
        secrets = Secrets(_digest(password), derive(password, salt, ITERATIONS))
        return self._put(lambda: on_done(None if self.broken else secrets))

    def check(self, password: str, argon2: str | None, on_done: Callable[[bool | None], None]) -> bool:
        """See `Hasher`."""
        self.checks += 1
        right = argon2 is not None and _digest(password) == argon2
        return self._put(lambda: on_done(None if self.broken else right))

    def run(self) -> None:
        """Do everything that was asked, and what that causes."""
        while self.jobs:
            self.jobs.pop(0)()

    def _put(self, job: Callable[[], None]) -> bool:
        if len(self.jobs) >= self.room:
            return False
        self.jobs.append(job)
        return True


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
