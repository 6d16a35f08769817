"""What the network tells the model: frozen facts, in the order in which they happened.

`net` makes them, `model.state` applies them, the window and the command line read them. Text in them has been
made safe to show (`model.sanitize`); times are Unix seconds; sizes are bytes; rates are bytes per second.
Nothing here knows a socket or a widget.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from livechat.catalogue import FileEntry

LOBBY = "#lobby"
MAX_TARGET_CHARS = 128
"""Of a nick or channel that is written to; what is longer is refused."""


class Kind(Enum):
    """How a line of a conversation came to be."""

    TEXT = "text"
    ACTION = "action"
    """CTCP ACTION: "* Dana waves"."""
    NOTICE = "notice"
    INFO = "info"
    """Our own remark about the conversation ("Dana has left"), not said by anyone."""


@dataclass(frozen=True, slots=True)
class Person:
    """One member of a channel."""

    nick: str
    away: bool = False
    prefix: str = ""
    """Highest channel prefix (`@`, `+`), empty for an ordinary member."""
    real_name: str = ""


# --- the connection ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connecting:
    """A connection is being tried; `server` is HOST:PORT as the person typed it, `attempt` counts from 1."""

    server: str
    attempt: int


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """The log-in ended before it began; `reason` is one sentence. Nothing is retried."""

    reason: str
    name_refused: bool = False
    """True where another name would help (taken, reserved or unfit)."""
    password_refused: bool = False
    """True where the server's password is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Online:
    """Registered and in the lobby."""

    nick: str
    network: str


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """A session that was online has broken off; it is tried again in `retry_in_s` seconds."""

    reason: str
    retry_in_s: float


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The person's LogOut is done."""


# --- people -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PeopleListed:
    """Everyone in `channel`; replaces what was known."""

    channel: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """`person` came into `channel`."""

    channel: str
    person: Person


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """`nick` left `channel` (PART or KICK)."""

    channel: str
    nick: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonQuit:
    """`nick` left the server."""

    nick: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonRenamed:
    """`old` is now called `new`; may be ourselves."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PersonAway:
    """`nick` is away, or back."""

    nick: str
    away: bool


@dataclass(frozen=True, slots=True)
class PersonDescribed:
    """`nick` has given themselves another real name (SETNAME)."""

    nick: str
    real_name: str


# --- messages ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """One of our own messages is on its way. A long text gives several, each with its own label."""

    conversation: str
    sender: str
    text: str
    when: float
    label: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A message as the server gave it out. `conversation` is a channel or the other person's nick.

    With `own` and a `label` it confirms the MessageQueued of that label; `own` without a label was sent by
    another program under our name.
    """

    conversation: str
    sender: str
    text: str
    when: float
    msgid: str = ""
    own: bool = False
    kind: Kind = Kind.TEXT
    label: str = ""


@dataclass(frozen=True, slots=True)
class MessageFailed:
    """The message of `label` was not delivered; `reason` is the server's sentence or ours."""

    label: str
    conversation: str
    text: str
    reason: str


# --- files ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FilesListed:
    """All files that are offered; replaces what was known."""

    entries: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class FileChanged:
    """A new file, or a new version of a known one (same id)."""

    entry: FileEntry


@dataclass(frozen=True, slots=True)
class FileRemoved:
    """The file is no longer offered."""

    file_id: bytes


@dataclass(frozen=True, slots=True)
class FilesUnavailable:
    """Files cannot be fetched now; chat goes on."""

    reason: str


@dataclass(frozen=True, slots=True)
class FilesBack:
    """Files can be fetched again; a FilesListed follows."""


# --- transfers --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TransferStarted:
    """A download was taken on. Also sent when a failed or cancelled one is tried again."""

    transfer_id: str
    entry: FileEntry
    folder: Path


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """`done` of `total` bytes are verified or received; `eta_s` is None while it cannot be told."""

    transfer_id: str
    done: int
    total: int
    rate: float
    eta_s: float | None


@dataclass(frozen=True, slots=True)
class TransferWaiting:
    """Nothing moves now, and why; it goes on by itself (the next TransferProgress ends the wait)."""

    transfer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TransferVerifying:
    """All bytes are here; the whole file is being hashed."""

    transfer_id: str


@dataclass(frozen=True, slots=True)
class TransferFinished:
    """The file is complete at `path`; `sha256` is in hex, computed from what was written."""

    transfer_id: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """The download has ended without a file; `resumable` tells that a partial was kept."""

    transfer_id: str
    reason: str
    resumable: bool = True


@dataclass(frozen=True, slots=True)
class TransferCancelled:
    """The person's CancelDownload is done; the partial is kept."""

    transfer_id: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence that belongs to no conversation."""

    text: str


Event = (
    Connecting
    | LoginRefused
    | Online
    | ConnectionLost
    | LoggedOut
    | PeopleListed
    | PersonJoined
    | PersonLeft
    | PersonQuit
    | PersonRenamed
    | PersonAway
    | PersonDescribed
    | MessageQueued
    | MessageReceived
    | MessageFailed
    | FilesListed
    | FileChanged
    | FileRemoved
    | FilesUnavailable
    | FilesBack
    | TransferStarted
    | TransferProgress
    | TransferWaiting
    | TransferVerifying
    | TransferFinished
    | TransferFailed
    | TransferCancelled
    | Notice
)
