"""The UDP sockets of one path to the file service: one for each address family that is used."""

import ipaddress
import socket
import sys
from collections.abc import Callable

from livechat.transfer.events import Address

RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
"""Asked for; what the kernel grants bounds the window."""
MAX_DATAGRAM_BYTES = 65_535
BATCH = 64
"""Datagrams taken in before the answers to them go out: keeps questions flowing while a burst arrives."""


def is_numeric(host: str) -> bool:
    """True for an address that needs no lookup."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class UdpSockets:
    """Non-blocking, unconnected, on random ports. Errors of single datagrams count as loss."""

    def __init__(self, addresses: list[Address]) -> None:
        """Raises OSError where not even one family of `addresses` can be used."""
        families = {socket.AF_INET6 if ":" in host else socket.AF_INET for host, _ in addresses}
        self.sockets: dict[socket.AddressFamily, socket.socket] = {}
        fault: OSError | None = None
        for family in families:
            try:
                self.sockets[family] = _open(family)
            except OSError as error:
                fault = error
        if not self.sockets:
            raise fault or OSError("no addresses")

    @property
    def granted_buffer_bytes(self) -> int:
        """What the kernel gave for SO_RCVBUF; Linux reports it doubled, for its own bookkeeping (socket(7))."""
        reported = min(s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) for s in self.sockets.values())
        return reported // 2 if sys.platform == "linux" else reported

    def send(self, data: bytes, address: Address) -> None:
        """Send one datagram; what cannot be sent now is lost, as on any network."""
        sock = self.sockets.get(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        if sock is not None:
            try:
                sock.sendto(data, address)
            except OSError:
                pass  # unreachable, buffer full: the endpoint's timers find out, whatever the cause

    def receive(self, take: Callable[[bytes, Address], None]) -> bool:
        """Hand up to BATCH datagrams of each socket to `take`; True when there may be more."""
        more = [_receive(sock, take) for sock in self.sockets.values()]
        return any(more)

    def close(self) -> None:
        """Give the ports back."""
        for sock in self.sockets.values():
            sock.close()


def _open(family: socket.AddressFamily) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        sock.bind(("::" if family is socket.AF_INET6 else "0.0.0.0", 0))  # noqa: S104  # answers come from anywhere
    except OSError:
        sock.close()
        raise
    return sock


def _receive(sock: socket.socket, take: Callable[[bytes, Address], None]) -> bool:
    for _ in range(BATCH):
        try:
            data, address = sock.recvfrom(MAX_DATAGRAM_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            continue  # an ICMP error of an earlier datagram: not trusted (RFC 8085 section 5.2)
        take(data, (address[0], address[1]))
    return True
