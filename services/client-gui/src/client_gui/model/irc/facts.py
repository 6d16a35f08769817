"""What the IRC core tells `net` beside the events for the model: nothing of it is shown."""

from dataclasses import dataclass

from client_gui.model.events import Event


@dataclass(frozen=True, slots=True)
class TicketGranted:
    """The answer to FILES TICKET: what `net.transfer_link` needs for a path to the file service.

    `client_public` and `server_public` are the two X25519 halves, `candidates` are host and port.
    """

    client_public: bytes
    server_public: bytes
    ticket: bytes
    lifetime_s: int
    candidates: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TicketRefused:
    """The server's sentence in the place of a ticket; `code` is that of the standard reply."""

    client_public: bytes
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The connection is of no use any more. `net` closes it; a session that was online is tried again."""

    reason: str


Fact = Event | TicketGranted | TicketRefused | Disconnect
