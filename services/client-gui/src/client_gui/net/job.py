"""One download from the order to the file: its stages, its place on the disk, what has been told about it.

    WAITING  -> MANIFEST -> PREPARING -> RECEIVING -> FINISHING
    (grant)     (asked)     (worker)     (pieces)     (worker)

The stages are driven by `net.transfer_link`, on its thread; the two worker stages run in `net.worker`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from livechat.catalogue import FileEntry
from livechat.transfer.manifest import Manifest

from client_gui.model import events as ev
from client_gui.model.rate import RateMeter
from client_gui.net.filesink import FileSink, SinkError

TELL_EVERY_S = 0.1
RECORD_EVERY_S = 0.5
"""So much of a transfer is fetched again at most after the client was killed."""


class Stage(Enum):
    """Where a download stands."""

    WAITING = "waiting"
    MANIFEST = "manifest"
    PREPARING = "preparing"
    RECEIVING = "receiving"
    FINISHING = "finishing"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The worker has opened the partial and read back the pieces that are there."""

    job: "Job"
    sink: FileSink
    pieces: list[int]


@dataclass(frozen=True, slots=True)
class Placed:
    """The worker has verified the file and given it its name."""

    job: "Job"
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Unwritable:
    """The worker could not."""

    job: "Job"
    reason: str
    resumable: bool


Outcome = Prepared | Placed | Unwritable


class Job:
    """See the module. `entry` is None for a link until its manifest has come."""

    def __init__(self, transfer_id: str, folder: Path, now: float, emit: Callable[[ev.Event], None]) -> None:
        self.transfer_id = transfer_id
        self.folder = folder
        self.entry: FileEntry | None = None
        self.file_id = b""
        self.root = b""
        self.stage = Stage.WAITING
        self.moved_at = now
        """When something last arrived, monotonic: the bound on giving up counts from here."""
        self._emit = emit
        self._sink: FileSink | None = None
        self._meter: RateMeter | None = None
        self._told_at = self._recorded_at = now
        self._waiting_for = ""

    @property
    def is_over(self) -> bool:
        """True when nothing more may be told."""
        return self.stage is Stage.OVER

    def name_entry(self, entry: FileEntry) -> None:
        """Now it is known what is fetched."""
        self.entry, self.file_id, self.root = entry, entry.file_id, entry.root
        self._emit(ev.TransferStarted(self.transfer_id, entry, self.folder))

    def prepare(self, manifest: Manifest) -> Outcome:
        """In a worker: open the partial, read back what is there, make room."""
        if self.entry is None or (manifest.size != self.entry.size):
            return Unwritable(self, "The file on the server is not the one in the list.", resumable=False)
        try:
            sink = FileSink.open(self.folder, self.entry)
        except SinkError as error:
            return Unwritable(self, str(error), error.resumable)
        try:
            pieces = sink.verified_pieces(manifest)
            sink.begin(manifest, pieces)
        except SinkError as error:
            sink.close()
            return Unwritable(self, str(error), error.resumable)
        return Prepared(self, sink, pieces)

    def receive(self, sink: FileSink, now: float) -> None:
        """Pieces may come from now on."""
        self._sink, self.stage, self.moved_at = sink, Stage.RECEIVING, now

    def write(self, index: int, offset: int, data: bytes, now: float) -> None:
        """Write a verified piece; raises SinkError."""
        if self._sink is None:
            return
        self._sink.write(index, offset, data)
        if now - self._recorded_at >= RECORD_EVERY_S:
            self._recorded_at = now
            self._sink.save_record()

    def progress(self, done: int, total: int, now: float) -> None:
        """So much is here; told to the person a few times a second."""
        if self._meter is None:
            self._meter = RateMeter(done, now)
        self._meter.update(done, now)
        self.moved_at = now
        if now - self._told_at >= TELL_EVERY_S or done == total or self._waiting_for:
            self._told_at, self._waiting_for = now, ""
            eta_s = self._meter.eta_s(total)
            self._emit(ev.TransferProgress(self.transfer_id, done, total, self._meter.rate, eta_s))

    def wait_for(self, reason: str) -> None:
        """Nothing moves now; told once for each reason."""
        if self._waiting_for != reason and not self.is_over:
            self._waiting_for = reason
            self._emit(ev.TransferWaiting(self.transfer_id, reason))

    def finish(self) -> Callable[[], Outcome]:
        """All pieces are here: the work that verifies the file and gives it its name, for a worker."""
        sink, self._sink, self.stage = self._sink, None, Stage.FINISHING
        self._emit(ev.TransferVerifying(self.transfer_id))

        def work() -> Outcome:
            if sink is None:
                return Unwritable(self, "The file has not begun.", resumable=True)
            try:
                path, sha256 = sink.finish()
            except SinkError as error:
                sink.close()
                return Unwritable(self, str(error), error.resumable)
            return Placed(self, path, sha256)

        return work

    def end(self, event: ev.Event | None) -> None:
        """The last word on this download; the partial, if any, is left in order."""
        if self.is_over:
            return
        self.stage = Stage.OVER
        if self._sink is not None:
            self._sink.close()
            self._sink = None
        if event is not None:
            self._emit(event)

    def fail(self, reason: str, *, resumable: bool = True) -> None:
        """End with a sentence."""
        self.end(ev.TransferFailed(self.transfer_id, reason, resumable))
