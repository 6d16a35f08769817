"""The hub's side of the order of messages: what a file service may say when, and what the hub's core hears.

    Service, then pages up to the last, then changes; Stats and Ping/Pong at any time (control.md, section 6).

Bounds: a service that offers more than MAX_FILES at once breaks the protocol.
"""

from livechat.catalogue import MAX_FILES, FileEntry
from livechat.control.listener import FilesListener
from livechat.control.messages import Changed, Removed, Service, ServiceMessage, SnapshotPage, Stats
from livechat.errors import RemoteProtocolError


class Intake:
    """Turns the messages of one connection into calls of `listener`; `stats` is the last that was heard."""

    def __init__(self, listener: FilesListener) -> None:
        self._listener = listener
        self._announced = False
        self._snapshot: list[FileEntry] | None = []
        self._offered: set[bytes] = set()
        self.stats: Stats | None = None

    def take(self, message: ServiceMessage) -> None:
        """Pass `message` on; raises RemoteProtocolError when it is not due. Ping and Pong are the caller's."""
        match message:
            case Service():
                self._take_service(message)
            case SnapshotPage():
                self._take_page(message)
            case Changed():
                self._take_changed(message.entry.file_entry())
            case Removed():
                self._after_snapshot()
                self._offered.discard(message.file_id)
                self._listener.file_removed(message.file_id)
            case Stats():
                self.stats = message
            case _:
                pass

    def closed(self, reason: str) -> None:
        """The connection is over; the listener hears of it if it had heard of the service."""
        if self._announced:
            self._announced = False
            self._listener.files_disconnected(reason)

    def _take_service(self, message: Service) -> None:
        if self._announced:
            raise RemoteProtocolError("The file service announced itself twice.")
        info = message.info()
        self._announced = True
        self._listener.files_connected(info)

    def _take_page(self, page: SnapshotPage) -> None:
        if not self._announced or self._snapshot is None:
            raise RemoteProtocolError("The file service sent a page outside of a snapshot.")
        self._snapshot += [entry.file_entry() for entry in page.entries]
        self._bound(len(self._snapshot))
        if page.last:
            snapshot, self._snapshot = self._snapshot, None
            self._offered = {entry.file_id for entry in snapshot}
            self._listener.files_snapshot(snapshot)

    def _take_changed(self, entry: FileEntry) -> None:
        self._after_snapshot()
        self._offered.add(entry.file_id)
        self._bound(len(self._offered))
        self._listener.file_changed(entry)

    def _after_snapshot(self) -> None:
        if self._snapshot is not None:
            raise RemoteProtocolError("The file service sent a change before its snapshot was complete.")

    @staticmethod
    def _bound(count: int) -> None:
        if count > MAX_FILES:
            raise RemoteProtocolError(f"The file service offers more than {MAX_FILES} files.")
