"""What a client's endpoint tells its owner. Frozen values only; nothing here acts."""

import enum
from dataclasses import dataclass

from livechat.transfer.manifest import Manifest

Address = tuple[str, int]
"""A numeric IPv4 or IPv6 address and a UDP port."""


class FailureCode(enum.Enum):
    """Why a download ended without its file."""

    GONE = "gone"
    """The file was removed, or replaced by another version."""
    CORRUPT = "corrupt"
    """A piece or the manifest did not match its hash, however often it was asked for."""
    REFUSED = "refused"
    """The ticket does not allow it, or the request made no sense to the service."""
    EXPIRED = "expired"
    """The ticket ended and no new one was given."""


@dataclass(frozen=True, slots=True)
class PathReady:
    """A service answers at `address`; also after it had been lost, or when the address changed."""

    address: Address


@dataclass(frozen=True, slots=True)
class PathLost:
    """Nothing answers any more; the endpoint goes on trying with backoff. `reason` is a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class GrantNeeded:
    """The ticket ends soon or was not taken: get a new one from the hub and call `renew`."""


@dataclass(frozen=True, slots=True)
class ManifestReceived:
    """The manifest is here and matches the root. Answer with `resume_with` before data flows."""

    download_id: int
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class PieceVerified:
    """A piece whose hash is right: write `data` at `offset`. Each index comes once."""

    download_id: int
    index: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of the file that are here, those that `resume_with` named included."""

    download_id: int
    received_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Finished:
    """Every piece has been delivered."""

    download_id: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The download has ended; `message` is a sentence for a person."""

    download_id: int
    code: FailureCode
    message: str


Event = PathReady | PathLost | GrantNeeded | ManifestReceived | PieceVerified | Progress | Finished | Failed
