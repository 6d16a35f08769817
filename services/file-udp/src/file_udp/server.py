"""The UDP socket of the service: datagrams to the endpoint and its answers back, in the loop's own callbacks.

One socket, one watcher, no greenlet. What the datagrams mean is `livechat.transfer.server`'s.
"""

import errno
import socket
import struct
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import gevent
from livechat.transfer.server import ServerEndpoint
from loguru import logger

DATAGRAMS_PER_TURN = 32
"""Read before the loop's other watchers have their turn."""

MAX_DATAGRAM_BYTES = 2048
"""A longer one is cut, and then cannot be opened; no question is that long."""

BUFFER_BYTES = 4 << 20
_READ, _WRITE = 1, 2
_LINUX = sys.platform.startswith("linux")

# Linux, include/uapi/linux/in.h and in6.h; Python has no names for some of them.
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE = 10, 23, 3
_IP_PKTINFO = 8
_PKTINFO4 = struct.Struct("=I4s4s")  # interface, our address, destination in the header
_PKTINFO6 = struct.Struct("=16sI")  # our address, interface
_ANCILLARY_BYTES = socket.CMSG_SPACE(_PKTINFO6.size) + socket.CMSG_SPACE(_PKTINFO4.size)

Ancillary = list[tuple[int, int, bytes]]


@dataclass(slots=True)
class SocketStats:
    """Counters of the socket since its start."""

    blocked: int = 0
    """Times that the send buffer was full: reading paused until the answer was out."""
    failed: int = 0
    """Datagrams that the system refused to send; the client asks again."""


def open_socket(host: str, port: int) -> socket.socket:
    """A bound, non-blocking UDP socket; dual stack when `host` is "::". Raises OSError.

    The buffers that the system granted are logged: containers cannot raise the limit themselves.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)[
        0
    ]
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        if _LINUX:
            _set_linux_options(sock)
        sock.bind(address)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    granted = [sock.getsockopt(socket.SOL_SOCKET, option) for option in (socket.SO_RCVBUF, socket.SO_SNDBUF)]
    logger.info("UDP buffers granted: {} bytes to receive, {} bytes to send", *granted)
    return sock


def _set_linux_options(sock: socket.socket) -> None:
    """No fragments (RFC 8085, section 3.2), and the address that each datagram was sent to."""
    sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_PROBE)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_PROBE)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)


def reply_from(received: Ancillary) -> Ancillary:
    """What makes an answer leave from the address that the question came to.

    A client drops answers from another address than it asked; without this a machine with several of them
    answers from the one that its route prefers.
    """
    for level, kind, data in received:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(data) >= _PKTINFO4.size:
            _, own, _ = _PKTINFO4.unpack_from(data)
            return [(level, kind, _PKTINFO4.pack(0, own, bytes(4)))]
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO and len(data) >= _PKTINFO6.size:
            own, interface = _PKTINFO6.unpack_from(data)
            link_local = own[:2] == b"\xfe\x80"
            return [(level, kind, _PKTINFO6.pack(own, interface if link_local else 0))]
    return []


class UdpServer:
    """Pumps datagrams between `sock` and `endpoint`."""

    def __init__(self, sock: socket.socket, endpoint: ServerEndpoint) -> None:
        self._socket = sock
        self._endpoint = endpoint
        self._unsent: deque[tuple[bytes, Ancillary, Any]] = deque()  # at most the answer to one question
        loop = gevent.get_hub().loop
        self._reading = loop.io(sock.fileno(), _READ)
        self._writing = loop.io(sock.fileno(), _WRITE)
        self.stats = SocketStats()

    def start(self) -> None:
        """Begin to answer."""
        self._reading.start(self._readable)

    def stop(self) -> None:
        """Stop answering and close the socket."""
        for watcher in (self._reading, self._writing):
            watcher.stop()
            watcher.close()
        self._socket.close()

    def _readable(self) -> None:
        receive, answer = self._socket.recvmsg, self._endpoint.receive_datagram
        for _ in range(DATAGRAMS_PER_TURN):
            try:
                data, ancillary, _, peer = receive(MAX_DATAGRAM_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about an earlier answer: not trusted (RFC 8085, section 5.2)
            answers = answer(data, peer[:2], time.time())
            if answers and not self._send(answers, reply_from(ancillary), peer):
                return

    def _send(self, answers: list[bytes], ancillary: Ancillary, peer: Any) -> bool:
        """Send all; False when the buffer is full: then nothing more is read until the rest is out.

        So questions wait, and in the end are lost, in the socket's receive buffer: clients slow down.
        """
        for position, data in enumerate(answers):
            if not self._send_one(data, ancillary, peer):
                self._unsent.extend((rest, ancillary, peer) for rest in answers[position:])
                self.stats.blocked += 1
                self._reading.stop()
                self._writing.start(self._writable)
                return False
        return True

    def _writable(self) -> None:
        while self._unsent:
            if not self._send_one(*self._unsent[0]):
                return
            self._unsent.popleft()
        self._writing.stop()
        self._reading.start(self._readable)

    def _send_one(self, data: bytes, ancillary: Ancillary, peer: Any) -> bool:
        """Whether the system took the datagram, or refused it for good."""
        try:
            self._socket.sendmsg((data,), ancillary, 0, peer)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                return False
            self.stats.failed += 1
        return True
