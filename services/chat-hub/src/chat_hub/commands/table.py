"""The shape of a line in the command table."""

from collections.abc import Callable
from dataclasses import dataclass

from chat_hub.replies import Request


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `handler` runs only when everything else here is satisfied.

    `arity` is the least number of parameters, of which the first must not be empty. `cost` is what flood
    control takes for it.
    """

    name: str
    handler: Callable[[Request], None]
    arity: int = 0
    cost: float = 1
    before_registration: bool = False
    operator: bool = False
    needs: int = 0  # capabilities without which the command does not exist for a client
