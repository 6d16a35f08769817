"""All downloads of one endpoint: who may ask next (section 7.6). First come, first served; those at work take
turns.
"""

from collections import deque
from collections.abc import Callable

from livechat.transfer.download import Download, State
from livechat.transfer.events import Event, FailureCode

MAX_AT_WORK = 16
"""Downloads that ask side by side, which bounds the memory for open pieces; the others wait for their turn."""


class DownloadQueue:
    """Downloads by id, and the order in which they ask."""

    def __init__(self) -> None:
        self._last_id = 0
        self._downloads: dict[int, Download] = {}
        self._at_work: deque[Download] = deque()
        self._waiting: deque[Download] = deque()

    def __bool__(self) -> bool:
        return bool(self._downloads)

    def add(self, file_id: bytes, root: bytes, emit: Callable[[Event], None]) -> int:
        """A new download at the end of the queue; gives its id."""
        self._last_id += 1
        download = Download(self._last_id, file_id, root, emit)
        self._downloads[download.id] = download
        self._waiting.append(download)
        self._promote()
        return download.id

    def find(self, download_id: int) -> Download | None:
        """The download, unless it has ended."""
        return self._downloads.get(download_id)

    def next_to_ask(self) -> Download | None:
        """The one whose turn it is, of those that have something to ask for."""
        for _ in range(len(self._at_work)):
            download = self._at_work[0]
            self._at_work.rotate(-1)
            if download.may_ask:
                return download
        return None

    def with_version(self, file_id: bytes, version: bytes) -> list[Download]:
        """Downloads of this version of this file."""
        return [d for d in self._downloads.values() if d.file_id == file_id and d.version == version]

    def fail_all(self, code: FailureCode, message: str) -> None:
        """End every download."""
        for download in list(self._downloads.values()):
            download.fail(code, message)
        self.tidy()

    def tidy(self) -> None:
        """Forget downloads that have ended, and let others begin."""
        ended = [d.id for d in self._downloads.values() if d.state is State.ENDED]
        if ended:
            for download_id in ended:
                del self._downloads[download_id]
            self._at_work = deque(d for d in self._at_work if d.state is not State.ENDED)
            self._waiting = deque(d for d in self._waiting if d.state is not State.ENDED)
        self._promote()

    def _promote(self) -> None:
        while self._waiting and len(self._at_work) < MAX_AT_WORK:
            self._at_work.append(self._waiting.popleft())
