"""What a mechanism says after a message of the client."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Challenge:
    """Send `data` and wait for the client's answer."""

    data: bytes


@dataclass(frozen=True, slots=True)
class CheckPassword:
    """Somebody has to find out whether `password` is that of the account `name`; the exchange ends with it."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The client is who owns the account `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The exchange failed; `reason` is a sentence for people, `name` the account that was tried, if one was.

    `counts` says whether it was a wrong credential, which is bounded, and not a fault of form.
    """

    reason: str
    name: str | None = None
    counts: bool = False


Step = Challenge | CheckPassword | Accepted | Rejected
Mechanism = Callable[[bytes], Step]
