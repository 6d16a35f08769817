"""Carries what the control link hears into the hub's core: adds the moment, and sends at once.

The link runs in greenlets of its own, so the loop may already be about to wait when it calls.
"""

from collections.abc import Sequence

from livechat.catalogue import FileEntry
from livechat.control.listener import FileServiceInfo
from loguru import logger

from chat_hub.server import HubServer


class FilesFeed:
    """The FilesListener of the hub."""

    def __init__(self, server: HubServer) -> None:
        self._server = server
        self._desk = server.hub.files

    def files_connected(self, service: FileServiceInfo) -> None:
        """Note that a file service is there and authentic; its snapshot follows."""
        logger.info("the file service is there (UDP port {})", service.port)
        self._desk.connected(service)

    def files_snapshot(self, entries: Sequence[FileEntry]) -> None:
        """Take all files that there are now."""
        self._desk.snapshot(entries, self._server.now())
        self._server.flush()

    def file_changed(self, entry: FileEntry) -> None:
        """Take a file that is new or has a new version."""
        self._desk.changed(entry, self._server.now())
        self._server.flush()

    def file_removed(self, file_id: bytes) -> None:
        """Forget a file that can no longer be fetched."""
        self._desk.removed(file_id, self._server.now())
        self._server.flush()

    def files_disconnected(self, reason: str) -> None:
        """Note that the file service cannot be reached."""
        self._desk.disconnected(reason, self._server.now())
        self._server.flush()
