"""A file service in a thread of the test: the real endpoint over a real UDP socket, with files in memory.

It can go away and come back, and it grants tickets as the hub does.
"""

import hashlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from client_gui.model.irc.facts import TicketGranted
from livechat.catalogue import FileEntry
from livechat.ticket import TICKET_LIFETIME_S, Rights, Ticket, TicketSealer, agree_hub
from livechat.transfer.link import Link
from livechat.transfer.manifest import ManifestBuilder
from livechat.transfer.manifest import root as root_of
from livechat.transfer.server import FileGone, ServerEndpoint

_KEY = b"k" * 32


class MemoryStore:
    """Files by identifier."""

    def __init__(self) -> None:
        self.files: dict[bytes, tuple[bytes, bytes]] = {}

    def add(self, name: str, data: bytes) -> FileEntry:
        """Offer `data` under `name`."""
        builder = ManifestBuilder(name)
        builder.update(data)
        encoded = builder.finish().encode()
        entry = FileEntry.of(name, len(data), 0, root_of(encoded))
        self.files[entry.file_id] = (encoded, data)
        return entry

    def manifest(self, file_id: bytes, version: bytes) -> bytes:
        """As `livechat.transfer.server.Store` says."""
        return self._get(file_id, version)[0]

    def read(self, file_id: bytes, version: bytes, offset: int, length: int) -> bytes:
        """As `livechat.transfer.server.Store` says."""
        return self._get(file_id, version)[1][offset : offset + length]

    def _get(self, file_id: bytes, version: bytes) -> tuple[bytes, bytes]:
        if file_id not in self.files or hashlib.sha256(self.files[file_id][0]).digest()[:8] != version:
            raise FileGone
        return self.files[file_id]


class FileService:
    """`present` decides whether datagrams are answered; `answered` counts them."""

    def __init__(self, sock: socket.socket) -> None:
        self.store = MemoryStore()
        self.present = True
        self.answered = 0
        self._sock = sock
        self.port: int = sock.getsockname()[1]

    def serve(self) -> None:
        """Until the socket is closed."""
        endpoint = ServerEndpoint(master_key=_KEY, store=self.store, random_bytes=os.urandom)
        while True:
            try:
                data, address = self._sock.recvfrom(65_535)
            except OSError:
                return
            if not data:
                return
            if not self.present:
                continue
            self.answered += 1
            for answer in endpoint.receive_datagram(data, address, time.time()):
                self._sock.sendto(answer, address)

    def grant(self, client_public: bytes) -> TicketGranted:
        """What the hub answers to FILES TICKET."""
        server_public, key = agree_hub(client_public, os.urandom)
        return TicketGranted(
            client_public, server_public, self._ticket(key), TICKET_LIFETIME_S, (("127.0.0.1", self.port),)
        )

    def link(self, entry: FileEntry, file_id: str) -> str:
        """What the service nick answers to `get`."""
        key = os.urandom(32)
        return Link("127.0.0.1", self.port, file_id, entry.root, self._ticket(key), key).encode()

    def _ticket(self, key: bytes) -> bytes:
        expires_at = int(time.time()) + TICKET_LIFETIME_S
        return TicketSealer(_KEY, os.urandom).seal(
            Ticket(os.urandom(8), "Dana", Rights.DOWNLOAD, 0, expires_at, key)
        )


@contextmanager
def file_service() -> Iterator[FileService]:
    """Serves until the block ends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        service = FileService(sock)
        thread = threading.Thread(target=service.serve, daemon=True)
        thread.start()
        yield service
        sock.sendto(b"", sock.getsockname())
        thread.join(5)
