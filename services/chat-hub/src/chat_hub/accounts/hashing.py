"""What the core expects of whoever hashes passwords: work that takes tens of milliseconds, elsewhere. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chat_hub.sasl.scram import Verifier

# SCRAM's rounds are paid by the client at each login and by us only at registration, so there are many: what is
# stored for SCRAM can be guessed at like any hash, and argon2id beside it does not make that harder.
SCRAM_ITERATIONS = 120_000


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is kept of a password: argon2id in its PHC string for PLAIN, a verifier for SCRAM-SHA-256."""

    argon2: str
    verifier: Verifier


class Hasher(Protocol):
    """A pool with a bounded queue; `on_done` runs in the hub's thread, later, never inside the call.

    Both return False when the queue is full: nothing was asked, `on_done` never runs. It gets None when the
    work could not be done, as without memory for it.
    """

    def make(self, password: str, salt: bytes, on_done: Callable[[Secrets | None], None]) -> bool:
        """The secrets of a prepared `password`; `salt` is SCRAM's."""

    def check(self, password: str, argon2: str | None, on_done: Callable[[bool | None], None]) -> bool:
        """Whether `password` is the one behind `argon2`; None costs the same and is never right."""
