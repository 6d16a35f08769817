"""Downloads as the screen shows them: a table of states, and what may follow what."""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from livechat.catalogue import FileEntry

from client_gui.model import events as ev

MAX_TRANSFERS = 200
"""Shown at once; at the bound the oldest one that has ended goes, running ones stay."""


class TransferStatus(Enum):
    """Where a download stands."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    VERIFYING = "verifying"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({TransferStatus.FINISHED, TransferStatus.FAILED, TransferStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Transfer:
    """One download. Sizes in bytes, `rate` in bytes per second, `eta_s` None while it cannot be told."""

    transfer_id: str
    entry: FileEntry
    folder: Path
    status: TransferStatus = TransferStatus.STARTING
    done: int = 0
    total: int = 0
    rate: float = 0.0
    eta_s: float | None = None
    reason: str = ""
    """Why it waits or has failed."""
    path: Path | None = None
    sha256: str = ""

    @property
    def ended(self) -> bool:
        """True where nothing more will happen by itself."""
        return self.status in ENDED

    @property
    def fraction(self) -> float:
        """How much is here, from 0 to 1; an empty file is complete when it has finished."""
        if self.status is TransferStatus.FINISHED:
            return 1.0
        return min(self.done / self.total, 1.0) if self.total > 0 else 0.0


TransferNews = (
    ev.TransferProgress
    | ev.TransferWaiting
    | ev.TransferVerifying
    | ev.TransferFinished
    | ev.TransferFailed
    | ev.TransferCancelled
)


def advance(transfer: Transfer, news: TransferNews) -> Transfer:
    """What `transfer` is after `news`; one that has ended stays as it is: late news change nothing."""
    if transfer.ended:
        return transfer
    match news:
        case ev.TransferProgress(_, done, total, rate, eta_s):
            status = TransferStatus.RUNNING
            return replace(transfer, status=status, done=done, total=total, rate=rate, eta_s=eta_s, reason="")
        case ev.TransferVerifying():
            return replace(transfer, status=TransferStatus.VERIFYING, eta_s=None, reason="")
        case ev.TransferFinished(_, path, sha256):
            whole = replace(
                transfer, status=TransferStatus.FINISHED, done=transfer.total, eta_s=None, reason=""
            )
            return replace(whole, path=path, sha256=sha256)
        case ev.TransferWaiting(_, reason):
            status = TransferStatus.WAITING
        case ev.TransferFailed(_, reason):
            status = TransferStatus.FAILED
        case ev.TransferCancelled():
            status, reason = TransferStatus.CANCELLED, ""
    return replace(transfer, status=status, reason=reason, rate=0.0, eta_s=None)
