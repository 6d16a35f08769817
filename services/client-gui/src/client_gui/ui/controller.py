"""Turns what a person does into intents for the network and into changes of the view. Knows no widget."""

import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from livechat.catalogue import FileEntry

from client_gui.model.events import Kind
from client_gui.model.intents import CancelDownload, Download, Intent, LogIn, LogOut, RetryDownload, Say
from client_gui.model.state import ClientState, Part, Phase

_ACTION = "/me "


class Controller:
    """Does every deed in `ui.actions.Actions`."""

    def __init__(
        self,
        state: ClientState,
        post: Callable[[Intent], None],
        redraw: Callable[[set[Part]], None],
        *,
        downloads: Path,
        remember: Callable[[str, str, int], None],
    ) -> None:
        """`post` hands an intent to the network, `remember` keeps what was logged in with for the next time."""
        self._state = state
        self._post = post
        self._redraw = redraw
        self._downloads = downloads
        self._remember = remember

    def log_in(self, name: str, host: str, port: int, password: str) -> None:
        """See Actions. The password is not remembered: the network keeps it for reconnects, in memory."""
        self._remember(name, host, port)
        self._post(LogIn(name=name, host=host, port=port, password=password))

    def log_out(self) -> None:
        """See Actions."""
        self._post(LogOut())

    def focus(self, conversation: str) -> None:
        """See Actions."""
        self._redraw(self._state.focus(conversation))

    def close_conversation(self, conversation: str) -> None:
        """See Actions."""
        self._redraw(self._state.close_conversation(conversation))

    def say(self, text: str) -> str:
        """See Actions."""
        if self._state.phase is not Phase.ONLINE:
            return "Not connected: the message has not been sent."
        text, kind = text.strip(), Kind.TEXT
        if text.startswith(_ACTION):
            text, kind = text.removeprefix(_ACTION).strip(), Kind.ACTION
        elif text.startswith("//"):
            text = text[1:]
        elif text.startswith("/"):
            command = text.split(maxsplit=1)[0]
            return f"There is no command {command}. To send a text that begins with a slash, type two."
        if not text:
            return "Write what you do after /me."
        conversation = self._state.conversations[self._state.focused].name
        self._post(Say(conversation=conversation, text=text, label=uuid.uuid4().hex[:12], kind=kind))
        return ""

    def download(self, entry: FileEntry) -> None:
        """See Actions."""
        self._post(Download(transfer_id=uuid.uuid4().hex[:12], entry=entry, folder=self._downloads))

    def cancel_download(self, transfer_id: str) -> None:
        """See Actions."""
        self._post(CancelDownload(transfer_id))

    def retry_download(self, transfer_id: str) -> None:
        """See Actions."""
        self._post(RetryDownload(transfer_id))

    def forget_download(self, transfer_id: str) -> None:
        """See Actions."""
        self._redraw(self._state.forget_transfer(transfer_id))

    def open_folder(self, path: Path) -> None:
        """See Actions."""
        try:
            subprocess.Popen(  # the file manager outlives us
                _file_manager(path),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            self._state.notice = f"No file manager found. The file is {path}"
            self._redraw({Part.NOTICE})


def _file_manager(path: Path) -> list[str]:
    if sys.platform == "win32":
        return ["explorer", f"/select,{path}"]
    if sys.platform == "darwin":
        return ["open", "-R", str(path)]
    return ["xdg-open", str(path.parent)]
