"""Asks the local file service whether it serves: `python -m file_udp.health`, exit 0 when it does, else 1.

Speaks the real protocol: a HELLO with a ticket made from the key file, which only a working service answers.
"""

import os
import socket
import sys
import time

from livechat import keyfile
from livechat.errors import LiveChatError
from livechat.ticket import SESSION_KEY_BYTES, TICKET_ID_BYTES, Rights, Ticket, TicketSealer
from livechat.transfer.client import ClientEndpoint, Grant
from livechat.transfer.events import PathReady

from file_udp import settings

WITHIN_S = 3.0
_TICKET_LIFETIME_S = 30
_LOCAL = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what is bound to all is reached at loopback


def main() -> int:
    """The exit status; a sentence on standard error when the service is not healthy."""
    try:
        chosen = settings.read(os.environ)
        healthy = answers(_LOCAL.get(chosen.host, chosen.host), chosen.port, _key(chosen))
    except (LiveChatError, OSError) as error:
        sys.stderr.write(f"not healthy: {error}\n")
        return 1
    if not healthy:
        sys.stderr.write(f"not healthy: no answer within {WITHIN_S:.0f} s\n")
    return 0 if healthy else 1


def answers(host: str, port: int, master_key: bytes) -> bool:
    """Whether a service that holds `master_key` answers at this address in time. Raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    endpoint = ClientEndpoint(
        grant=_grant(master_key),
        candidates=[(str(address[0]), port)],
        random_bytes=os.urandom,
        now=time.monotonic(),
    )
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        return _path_ready(endpoint, sock, time.monotonic() + WITHIN_S)


def _key(chosen: settings.FilesSettings) -> bytes:
    if not chosen.key_file.exists():
        raise keyfile.KeyFileError(f"There is no key file {chosen.key_file}.")
    return keyfile.load_or_create(chosen.key_file)


def _grant(master_key: bytes) -> Grant:
    session_key = os.urandom(SESSION_KEY_BYTES)
    ticket = Ticket(
        ticket_id=os.urandom(TICKET_ID_BYTES),
        nick="health",
        rights=Rights.NONE,
        rate_cap_bytes_s=0,
        expires_at=int(time.time()) + _TICKET_LIFETIME_S,
        session_key=session_key,
    )
    sealed = TicketSealer(master_key, os.urandom).seal(ticket)
    return Grant(session_key, sealed, time.monotonic() + _TICKET_LIFETIME_S)


def _path_ready(endpoint: ClientEndpoint, sock: socket.socket, until: float) -> bool:
    while (now := time.monotonic()) < until:
        for data, address in endpoint.datagrams_to_send(now):
            sock.sendto(data, address)
        timer = endpoint.get_timer()
        sock.settimeout(max(0.01, min(until, timer or until) - now))
        try:
            data, peer = sock.recvfrom(2048)
            endpoint.receive_datagram(data, peer[:2], time.monotonic())
        except TimeoutError:
            endpoint.handle_timer(time.monotonic())
        while (event := endpoint.next_event()) is not None:
            if isinstance(event, PathReady):
                return True
    return False


if __name__ == "__main__":
    sys.exit(main())
