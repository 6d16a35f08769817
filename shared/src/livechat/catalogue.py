"""What files there are: the entry of a file, its identifier, the rules for its name, and the catalogue.

The hub and the clients keep a `Catalogue`, the file service makes the entries. No I/O lives here: whether a
name stands for a regular file inside the folder is the file service's business.
"""

import hashlib
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from livechat.errors import RemoteProtocolError

MAX_FILES = 10_000
"""Most entries in a catalogue; what comes beyond is not taken, see `Catalogue.put`."""

FILE_ID_BYTES = 8
ROOT_BYTES = 32
MAX_NAME_BYTES = 255
MAX_NAME_DEPTH = 8
MAX_SIZE_BYTES = 2**63 - 1
MAX_MODIFIED_MS = 2**53 - 1
ID_CHARACTERS = 13
MIN_ID_PREFIX = 6

_ID_LABEL = b"livechat file id v1\0"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: no i, l, o, u
_DIGITS = {c: i for i, c in enumerate(_ALPHABET)} | {"o": 0, "i": 1, "l": 1}  # as people misread them
_BITS_PER_DIGIT = 5
# The characters of Unicode TR9 that embed, override or isolate: one of them can make "exe.txt" of "txt.exe".
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, lone surrogates, line and paragraph separators


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One version of one file. The fields come from a folder or a peer: unfit ones raise RemoteProtocolError.

    `name` is the path in the share with "/" between its parts, `size` in bytes, `modified_ms` in milliseconds
    of Unix time, `root` the SHA-256 of the encoded manifest (docs/protocol/transfer.md).
    """

    file_id: bytes
    name: str
    size: int
    modified_ms: int
    root: bytes

    def __post_init__(self) -> None:
        if len(self.file_id) != FILE_ID_BYTES or len(self.root) != ROOT_BYTES:
            raise RemoteProtocolError("A file's identifier has 8 bytes and its root 32.")
        if not 0 <= self.size <= MAX_SIZE_BYTES or not 0 <= self.modified_ms <= MAX_MODIFIED_MS:
            raise RemoteProtocolError("A file's size or time is out of range.")
        if fault := name_fault(self.name):
            raise RemoteProtocolError(f"A file's name {fault}.")

    @classmethod
    def of(cls, name: str, size: int, modified_ms: int, root: bytes) -> "FileEntry":
        """The entry with the identifier that belongs to `name`."""
        return cls(file_id_for(name), name, size, modified_ms, root)

    @property
    def version(self) -> bytes:
        """The 8 bytes that stand for this version of the file in requests."""
        return self.root[:8]


def name_fault(name: str) -> str | None:
    """What is wrong with `name` as the path of a shared file, to follow "The name"; None when it is fit.

    Any script is fit, spaces and dashes anywhere too: a name is kept as the folder has it. Not so a backslash,
    which separates folders elsewhere.
    """
    return next((fault for breaks, fault in _NAME_RULES if breaks(name)), None)


_NAME_RULES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda name: not _BIDI_CONTROLS.isdisjoint(name), "must not contain characters that turn the direction"),
    (
        lambda name: any(unicodedata.category(c) in _UNPRINTABLE for c in name),
        "must not contain control characters",
    ),
    (lambda name: "\\" in name, "must not contain a backslash"),
    (
        lambda name: len(name.encode()) > MAX_NAME_BYTES,
        f"must not be longer than {MAX_NAME_BYTES} bytes with its folders",
    ),
    (lambda name: not {"", ".", ".."}.isdisjoint(name.split("/")), "must be a path inside the folder"),
    (lambda name: name.count("/") >= MAX_NAME_DEPTH, f"must not lie deeper than {MAX_NAME_DEPTH} levels"),
)  # in this order: what stands first makes the later ones safe to ask


def file_id_for(name: str) -> bytes:
    """The identifier of the file with this name: the same on every replica and after every restart."""
    return hashlib.sha256(_ID_LABEL + name.encode()).digest()[:FILE_ID_BYTES]


def text_id(file_id: bytes) -> str:
    """`file_id` as 13 characters of lower-case Crockford base32, the number big-endian."""
    number = int.from_bytes(file_id, "big")
    shifts = range((ID_CHARACTERS - 1) * _BITS_PER_DIGIT, -1, -_BITS_PER_DIGIT)
    return "".join(_ALPHABET[number >> shift & 31] for shift in shifts)


def parse_id(text: str) -> bytes:
    """The identifier that `text_id` wrote; case does not matter. Raises RemoteProtocolError."""
    bounds = _prefix_bounds(text)
    if len(text) != ID_CHARACTERS or bounds is None:
        raise RemoteProtocolError("A file's identifier is 13 letters and digits.")
    return bounds[0].to_bytes(FILE_ID_BYTES, "big")


def _prefix_bounds(text: str) -> tuple[int, int] | None:
    """The first and last number whose text starts with `text`, None when there is none."""
    digits = [_DIGITS.get(c) for c in text.lower()]
    if not 0 < len(digits) <= ID_CHARACTERS:
        return None
    number = 0
    for digit in digits:
        if digit is None:
            return None
        number = number << _BITS_PER_DIGIT | digit
    rest = (ID_CHARACTERS - len(digits)) * _BITS_PER_DIGIT
    first, last = number << rest, (number + 1 << rest) - 1
    return None if first >> 8 * FILE_ID_BYTES else (first, min(last, 2 ** (8 * FILE_ID_BYTES) - 1))


def _spoken(name: str) -> str:
    """The form under which two ways of typing one name are equal (composed or not, upper or lower case)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class Catalogue:
    """The files that can be fetched, by identifier; iteration is sorted by name."""

    def __init__(self, entries: Iterable[FileEntry] = ()) -> None:
        self._entries: dict[bytes, FileEntry] = {}
        self._by_name: list[FileEntry] | None = None
        self._numbers: list[int] | None = None
        self.replace_all(entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, file_id: bytes) -> bool:
        return file_id in self._entries

    def __iter__(self) -> Iterator[FileEntry]:
        if self._by_name is None:
            self._by_name = sorted(self._entries.values(), key=lambda entry: entry.name)
        return iter(self._by_name)

    def get(self, file_id: bytes) -> FileEntry | None:
        """The entry with this identifier, None when there is none."""
        return self._entries.get(file_id)

    def put(self, entry: FileEntry) -> bool:
        """Add `entry`, or put it in the place of the one with its identifier.

        False when the catalogue is full (MAX_FILES) and the entry was not taken.
        """
        if entry.file_id not in self._entries and len(self._entries) >= MAX_FILES:
            return False
        self._entries[entry.file_id] = entry
        self._forget_order()
        return True

    def remove(self, file_id: bytes) -> FileEntry | None:
        """Take the entry out and return it; None when it was not there."""
        self._forget_order()
        return self._entries.pop(file_id, None)

    def replace_all(self, entries: Iterable[FileEntry]) -> bool:
        """Hold exactly `entries`; False when there were more than MAX_FILES and the rest was not taken."""
        self._entries.clear()
        self._forget_order()
        return all(self.put(entry) for entry in entries)

    def find(self, text: str) -> list[FileEntry]:
        """The files that a person may mean by `text`, sorted by name; more than one: ask back.

        The first of these that gives any: the exact name; an identifier or at least 6 characters of its
        beginning; the name or its last part, whatever the case and the composition of its accents.
        """
        exact = self._entries.get(file_id_for(text)) if name_fault(text) is None else None
        if exact is not None and exact.name == text:
            return [exact]
        return self._with_prefix(text) or self._spoken_alike(text)

    def _with_prefix(self, text: str) -> list[FileEntry]:
        bounds = _prefix_bounds(text) if len(text) >= MIN_ID_PREFIX else None
        if bounds is None:
            return []
        if self._numbers is None:
            self._numbers = sorted(int.from_bytes(file_id, "big") for file_id in self._entries)
        start, end = bisect_left(self._numbers, bounds[0]), bisect_left(self._numbers, bounds[1] + 1)
        found = [self._entries[n.to_bytes(FILE_ID_BYTES, "big")] for n in self._numbers[start:end]]
        return sorted(found, key=lambda entry: entry.name)

    def _spoken_alike(self, text: str) -> list[FileEntry]:
        wanted = _spoken(text)
        whole = [entry for entry in self if _spoken(entry.name) == wanted]
        return whole or [entry for entry in self if _spoken(entry.name.rpartition("/")[2]) == wanted]

    def _forget_order(self) -> None:
        self._by_name = None
        self._numbers = None
