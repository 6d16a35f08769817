"""The key that the services share: made once, atomically, by whichever of them starts first.

The file holds one line of text. It never leaves its directory, which both services mount and nobody else does.
Everything that is sealed or proved between the services is derived from it, each under its own label.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path

from livechat.errors import LiveChatError

KEY_BYTES = 32
_PREFIX = "livechat-key-1:"
_MODE = 0o640


class KeyFileError(LiveChatError):
    """The key file cannot be read, made or understood."""


def load_or_create(path: Path) -> bytes:
    """The 32 bytes of the key in `path`; makes the file first if it is not there.

    A new key is written to a private file and linked into place, so that of two processes starting at once
    one wins and both read the same bytes. Raises KeyFileError.
    """
    try:
        if not path.exists():
            _create(path)
        return _decode(path.read_text("ascii"))
    except OSError as error:
        raise KeyFileError(f"The key file {path} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise KeyFileError(
            f"The key file {path} does not hold a key: remove it and restart both services."
        ) from error


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    private = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    line = _PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n"
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(line)
            file.flush()
            os.fchmod(file.fileno(), _MODE)
            os.fsync(file.fileno())
        try:
            os.link(private, path)
        except FileExistsError:
            pass  # the other service was first: its key is the key
    finally:
        private.unlink()


def _decode(text: str) -> bytes:
    line = text.strip()
    if not line.startswith(_PREFIX):
        raise ValueError("unknown format")
    try:
        key = base64.b64decode(line.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError("wrong length")
    return key
