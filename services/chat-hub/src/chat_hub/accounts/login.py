"""One session's login over SASL: which mechanism runs, its chunks, how often it failed; pure state."""

from chat_hub.sasl.framing import Reassembler
from chat_hub.sasl.steps import Mechanism
from chat_hub.session import Session

PLAIN, SCRAM_SHA_256, EXTERNAL = "PLAIN", "SCRAM-SHA-256", "EXTERNAL"


class LoginAttempt:
    """`mechanism` is None while no exchange runs; `failures` counts wrong credentials of this connection."""

    __slots__ = ("failures", "mechanism", "reassembler")

    def __init__(self) -> None:
        self.mechanism: Mechanism | None = None
        self.reassembler = Reassembler()
        self.failures = 0

    def start(self, mechanism: Mechanism) -> None:
        """Begin an exchange."""
        self.mechanism = mechanism
        self.reassembler = Reassembler()

    def end(self) -> bool:
        """End the exchange; whether one ran."""
        running, self.mechanism = self.mechanism is not None, None
        return running


def mechanisms(session: Session) -> str:
    """What `session` can log in with, as the value of `sasl` lists it: EXTERNAL only with a certificate."""
    names = [PLAIN, SCRAM_SHA_256]
    return ",".join([EXTERNAL, *names] if session.certfp is not None else names)
