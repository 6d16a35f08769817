"""Names of files from the network made into names of files on this machine; pure.

Nothing of such a name may choose a folder, hide the file, reach a device of Windows, turn the direction of
writing or be longer than a file system takes.
"""

import re

from client_gui.model.sanitize import safe_text

MAX_NAME_BYTES = 255
"""What ext4, NTFS, APFS and exFAT take, at the strictest (bytes of UTF-8)."""
MAX_SUFFIX_BYTES = 24
_FALLBACK = "download"
# Reserved in every folder of Windows with any extension (Microsoft, "Naming Files, Paths, and Namespaces").
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)", re.IGNORECASE)
_WINDOWS_SIGNS = re.compile(r'[<>:"|?*]')
_COMPRESSED = re.compile(r"(.+)(\.tar\.[A-Za-z0-9]{1,5})")


def safe_file_name(name: str, *, windows: bool = False) -> str:
    """The last part of the path `name` as a name that is safe to create; `windows` has stricter rules."""
    last = re.split(r"[/\\]", name)[-1]
    last = safe_text(last, MAX_NAME_BYTES).strip().rstrip(". ")
    if windows:
        last = _WINDOWS_SIGNS.sub("_", last)
    if last.startswith("."):
        last = "_" + last[1:]
    if _DEVICE.fullmatch(last.partition(".")[0].rstrip()):
        last = "_" + last
    return shorten(last, MAX_NAME_BYTES) or _FALLBACK


def split_suffix(name: str) -> tuple[str, str]:
    """`name` without and with its extension; ".tar.gz" is one, a very long one is none."""
    compressed = _COMPRESSED.fullmatch(name)
    if compressed:
        return compressed[1], compressed[2]
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix.encode()) > MAX_SUFFIX_BYTES or " " in suffix:
        return name, ""
    return stem, dot + suffix


def shorten(name: str, max_bytes: int) -> str:
    """`name` in at most `max_bytes` of UTF-8, keeping its extension and every character whole."""
    if len(name.encode()) <= max_bytes:
        return name
    stem, suffix = split_suffix(name)
    room = max(max_bytes - len(suffix.encode()), 0)
    return stem.encode()[:room].decode(errors="ignore").rstrip() + suffix


def numbered(name: str, number: int) -> str:
    """`name` for 0, "name (1).ext" for 1 and so on."""
    if not number:
        return name
    stem, suffix = split_suffix(name)
    addition = f" ({number})"
    room = MAX_NAME_BYTES - len((addition + suffix).encode())
    return shorten(stem, room) + addition + suffix
