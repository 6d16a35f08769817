"""Downloading with the real client endpoint over a real UDP socket, for tests of the file service."""

import hashlib
import os
import socket
import time
from dataclasses import dataclass

from livechat.catalogue import FileEntry
from livechat.ticket import Rights, Ticket, TicketSealer
from livechat.transfer.client import ClientEndpoint, Grant
from livechat.transfer.events import (
    Address,
    Failed,
    Finished,
    GrantNeeded,
    ManifestReceived,
    PathLost,
    PathReady,
    PieceVerified,
    Progress,
)

WITHIN_S = 60.0
BUFFER_BYTES = 4 << 20


def grant(master_key: bytes, rights: Rights = Rights.DOWNLOAD) -> Grant:
    """A ticket as the hub makes it, for ten minutes."""
    key = os.urandom(32)
    ticket = Ticket(os.urandom(8), "tester", rights, 0, int(time.time()) + 600, key)
    return Grant(key, TicketSealer(master_key, os.urandom).seal(ticket), time.monotonic() + 600)


@dataclass
class Downloaded:
    """What came of one download; `failed` says why nothing did."""

    sha256: str = ""
    size: int = 0
    seconds: float = 0.0
    failed: Failed | None = None


class Downloader:
    """One endpoint on one socket."""

    def __init__(self, address: Address, master_key: bytes) -> None:
        self._endpoint = ClientEndpoint(
            grant=grant(master_key), candidates=[address], random_bytes=os.urandom, now=time.monotonic()
        )
        self._socket = socket.socket(
            socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM
        )
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)

    def close(self) -> None:
        """Close the socket."""
        self._endpoint.close()
        self._socket.close()

    def fetch(self, entry: FileEntry) -> Downloaded:
        """The whole file, from a path that is warm after the first one; pieces must come with right hashes."""
        began = time.monotonic()
        result = Downloaded()
        pieces: dict[int, bytes] = {}
        self._endpoint.download(entry.file_id, entry.root)
        while not self._drain(pieces, result):
            assert time.monotonic() - began < WITHIN_S, "the download is stuck"
            self._pump()
        digest = hashlib.sha256()
        for offset in sorted(pieces):
            assert offset == result.size
            digest.update(pieces[offset])
            result.size += len(pieces[offset])
        result.sha256 = digest.hexdigest()
        result.seconds = time.monotonic() - began
        return result

    def _pump(self) -> None:
        now = time.monotonic()
        for data, address in self._endpoint.datagrams_to_send(now):
            self._socket.sendto(data, address)
        timer = self._endpoint.get_timer()
        self._socket.settimeout(max(0.0001, min(now + 1.0, timer if timer is not None else now + 1.0) - now))
        try:
            data, peer = self._socket.recvfrom(2048)
        except TimeoutError:
            self._endpoint.handle_timer(time.monotonic())
            return
        self._socket.setblocking(False)
        now = time.monotonic()
        try:
            for _ in range(64):
                self._endpoint.receive_datagram(data, peer[:2], now)
                data, peer = self._socket.recvfrom(2048)
        except BlockingIOError:
            pass

    def _drain(self, pieces: dict[int, bytes], result: Downloaded) -> bool:
        while (event := self._endpoint.next_event()) is not None:
            match event:
                case ManifestReceived(download_id, _):
                    self._endpoint.resume_with(download_id, [])
                case PieceVerified(_, _, offset, data):
                    pieces[offset] = data
                case Finished():
                    return True
                case Failed():
                    result.failed = event
                    return True
                case GrantNeeded() | PathLost() | PathReady() | Progress():
                    pass
        return False
