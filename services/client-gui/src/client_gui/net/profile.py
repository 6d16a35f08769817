"""What the client remembers between starts: a small JSON file in the person's configuration folder.

Whatever is wrong with the file, the client starts with defaults; it is replaced as a whole, so a power failure
leaves the old or the new one.
"""

import getpass
import os
from pathlib import Path
from typing import Any

import msgspec
from livechat.settings import MAX_PORT, parse_endpoint

APPLICATION = "social-live-chat"
DEFAULT_HOST = "localhost"
DEFAULT_PORT = 6667
DEFAULT_SERVER_VARIABLE = "LIVECHAT_DEFAULT_SERVER"
"""HOST or HOST:PORT of the first time, where it is not this machine: our container's image sets it."""
MAX_PROFILE_BYTES = 65_536
"""A larger file is not ours: defaults are taken."""


class Profile(msgspec.Struct, frozen=True):
    """What was typed last. `downloads` is a folder, empty for the system's own downloads folder."""

    name: str = ""
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    downloads: str = ""

    @property
    def downloads_folder(self) -> Path:
        """Where files go."""
        return Path(self.downloads) if self.downloads else default_downloads()


def default_directory() -> Path:
    """The configuration folder of this person on this system."""
    import platformdirs  # noqa: PLC0415  # a start of the command line that needs no profile does without it

    return platformdirs.user_config_path(APPLICATION, appauthor=False)


def default_downloads() -> Path:
    """The system's downloads folder."""
    import platformdirs  # noqa: PLC0415  # as above

    return platformdirs.user_downloads_path()


def default_profile() -> Profile:
    """What the first start offers; a variable that names no server counts as none."""
    try:
        host, port = parse_endpoint(os.environ.get(DEFAULT_SERVER_VARIABLE) or DEFAULT_HOST, DEFAULT_PORT)
    except ValueError:
        return Profile()
    return Profile(host=host, port=port)


def default_name() -> str:
    """The login name as a first suggestion, "guest" where the system has none."""
    try:
        name = getpass.getuser()
    except (KeyError, ImportError, OSError):  # no such user, or no such thing as users
        name = ""
    return "".join(char for char in name if char.isalnum() or char in "-_")[:32] or "guest"


class ProfileStore:
    """Reads and writes the profile in `directory` (default: the system's place for it)."""

    def __init__(self, directory: Path | None = None) -> None:
        self._path = (directory or default_directory()) / "profile.json"

    def load(self) -> Profile:
        """The profile; defaults where there is none that can be read."""
        try:
            with self._path.open("rb") as file:
                profile = msgspec.json.decode(file.read(MAX_PROFILE_BYTES), type=Profile)
        except (OSError, msgspec.MsgspecError):
            return default_profile()
        if 1 <= profile.port <= MAX_PORT and profile.host:
            return profile
        return msgspec.structs.replace(default_profile(), name=profile.name)

    def save(self, profile: Profile) -> bool:
        """Write it; False where the folder cannot be written to: forgetting is no reason to stop."""
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}~")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(profile)))
            fresh.replace(self._path)
        except OSError:
            return False
        return True

    def update(self, **changes: Any) -> Profile:
        """Load, change some fields, save; returns the new profile."""
        profile = msgspec.structs.replace(self.load(), **changes)
        self.save(profile)
        return profile
