"""What a person can do in the window, as the widgets see it. No widget and no network lives here."""

from pathlib import Path
from typing import Protocol

from livechat.catalogue import FileEntry


class Actions(Protocol):
    """Every deed of a person; the controller does them."""

    def log_in(self, name: str, host: str, port: int, password: str) -> None:
        """Connect, with the server's password where it has one; the phase of the state tells how it goes."""

    def log_out(self) -> None:
        """Leave the server or give up a log-in that is under way."""

    def focus(self, conversation: str) -> None:
        """Show a conversation, new or known."""

    def close_conversation(self, conversation: str) -> None:
        """Take a private conversation off the list."""

    def say(self, text: str) -> str:
        """Send what was typed to the conversation on the screen; returns why not, empty when it is sent."""

    def download(self, entry: FileEntry) -> None:
        """Fetch a file into the downloads folder."""

    def cancel_download(self, transfer_id: str) -> None:
        """Stop a download, keeping what there is of it."""

    def retry_download(self, transfer_id: str) -> None:
        """Go on with a download that has failed or was cancelled."""

    def forget_download(self, transfer_id: str) -> None:
        """Take a download that has ended off the list."""

    def open_folder(self, path: Path) -> None:
        """Show a downloaded file in the file manager."""
