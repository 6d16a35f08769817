"""What the person wants: frozen requests from the window or the command line to `net.backend`."""

from dataclasses import dataclass, field
from pathlib import Path

from livechat.catalogue import FileEntry

from client_gui.model.events import Kind


@dataclass(frozen=True, slots=True)
class LogIn:
    """Connect and register. Ends any session there is. `password` is the server's, empty for none."""

    name: str
    host: str
    port: int
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LogOut:
    """Leave the server; downloads that run are stopped and stay resumable."""


@dataclass(frozen=True, slots=True)
class Say:
    """Send `text` to a channel or a person.

    `label` is unique per Say and made by the caller. Lines and long texts become several messages, labelled
    `label`, `label.1`, `label.2` and so on; each answers with MessageQueued at once and with MessageReceived
    or MessageFailed later.
    """

    conversation: str
    text: str
    label: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Download:
    """Fetch `entry` into `folder`; `transfer_id` is unique and made by the caller."""

    transfer_id: str
    entry: FileEntry
    folder: Path


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """Fetch what a `livechat://` link names; needs no log-in. `host` takes the place of the link's host."""

    transfer_id: str
    link: str
    folder: Path
    host: str | None = None


@dataclass(frozen=True, slots=True)
class CancelDownload:
    """Stop a download; its partial stays for a later resume."""

    transfer_id: str


@dataclass(frozen=True, slots=True)
class RetryDownload:
    """Try a failed or cancelled download again, from what it has."""

    transfer_id: str


Intent = LogIn | LogOut | Say | Download | DownloadLink | CancelDownload | RetryDownload
