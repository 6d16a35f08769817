"""Starts the client inside its container: makes the X11 cookie usable there, then becomes the client.

A cookie of an Xauthority file is bound to a host name, and a container has another one. So the cookies are
copied with the family "wild", which fits every host (Xauthority format: xauth(1), libXau's AuRead.c). The copy
lies in the container's own memory; the file of the person stays as it is, and the server stays closed to
everybody else. What the person has to mount or to set is said in one sentence where it is missing.
"""

import os
import struct
import sys
from pathlib import Path

_FAMILY_WILD = 0xFFFF
_FIELDS = 4  # address, display number, name and data: each a length (u16) and its bytes


def with_wild_family(cookies: bytes) -> bytes:
    """The same entries with family "wild"; a torn entry at the end is left out."""
    out = bytearray()
    start = 0
    while start + 2 <= len(cookies):
        end = start + 2
        for _ in range(_FIELDS):
            if end + 2 > len(cookies):
                return bytes(out)
            end += 2 + struct.unpack_from(">H", cookies, end)[0]
        if end > len(cookies):
            return bytes(out)
        out += struct.pack(">H", _FAMILY_WILD) + cookies[start + 2 : end]
        start = end
    return bytes(out)


def fault(cookie: str, downloads: Path) -> str:
    """What is missing from outside, as one sentence; empty when the client can start."""
    who = f"{os.getuid()}:{os.getgid()}"
    user = "set LIVECHAT_CLIENT_USER in .env to what `id -u` and `id -g` say, as UID:GID"
    if cookie and Path(cookie).is_file() and not os.access(cookie, os.R_OK):
        return f"The X11 cookie of your screen cannot be read by user {who}: {user}."
    if not downloads.is_dir():
        return f"There is no folder for downloads: mount one of yours on {downloads}."
    if not os.access(downloads, os.W_OK | os.X_OK):
        return f"User {who} cannot write into your downloads folder: {user}."
    return ""


def main() -> None:
    """Replace this process by the client."""
    source = os.environ.get("XAUTHORITY", "")
    if sentence := fault(source, Path.home() / "Downloads"):
        sys.exit(sentence)
    if source and Path(source).is_file():
        copy = Path("/tmp/livechat.xauth")  # noqa: S108 - a tmpfs that only this container has
        copy.write_bytes(with_wild_family(Path(source).read_bytes()))
        copy.chmod(0o600)
        os.environ["XAUTHORITY"] = str(copy)
    client = [sys.executable, "-m", "client_gui", *sys.argv[1:]]
    os.execv(sys.executable, client)  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    main()
