"""Hosts of the file service to numeric addresses. May block; runs in a worker."""

import socket

from livechat.transfer.events import Address

from client_gui.net.dial import DialError, resolve
from client_gui.net.udp import is_numeric

MAX_CANDIDATES = 8
"""Tried side by side; further ones are not."""


def lookup(hosts: list[tuple[str, int]]) -> list[Address] | DialError:
    """All addresses of `hosts`, in order, each once; names that are unknown are left out.

    DialError, not raised but returned, where none is left.
    """
    found: list[Address] = []
    fault: DialError | None = None
    for host, port in hosts:
        if is_numeric(host):
            found.append((host, port))
            continue
        try:
            found.extend((ip, port) for _, ip, port in resolve(host, port, socket.SOCK_DGRAM))
        except DialError as error:
            fault = error
    unique = list(dict.fromkeys(found))[:MAX_CANDIDATES]
    return unique or fault or DialError("The server gave no address of the file service.")
