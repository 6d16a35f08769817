"""Long text to pieces that fit a line of IRC, never cutting a character; pure.

"Character" is what a reader takes for one: a base with its combining marks, an emoji with its modifiers and
joiners, a flag. Only where one of these alone is longer than a line is it cut, between code points.
"""

import unicodedata
from collections.abc import Iterator

_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)
_MARKS = frozenset({"Mn", "Mc", "Me"})


def split_text(text: str, max_bytes: int) -> list[str]:
    """`text` in pieces of at most `max_bytes` bytes of UTF-8; joined they are `text` again.

    A piece ends after a space where there is one in its second half. `max_bytes` is at least 4, so that any
    code point fits.
    """
    if max_bytes < 4:
        raise ValueError("a piece must hold any code point")
    pieces: list[str] = []
    piece: list[str] = []
    size = 0
    for cluster in _clusters(text, max_bytes):
        length = len(cluster.encode())
        while size + length > max_bytes:
            kept, carried = _at_space(piece, max_bytes)
            pieces.append(kept)
            piece, size = carried, len("".join(carried).encode())
        piece.append(cluster)
        size += length
    if piece:
        pieces.append("".join(piece))
    return pieces


def _at_space(piece: list[str], max_bytes: int) -> tuple[str, list[str]]:
    """The part of `piece` up to its last space in the second half (else all of it), and what is left."""
    left = 0
    for position in range(len(piece) - 1, -1, -1):
        if piece[position].isspace():
            return "".join(piece[: position + 1]), piece[position + 1 :]
        left += len(piece[position].encode())
        if left > max_bytes // 2:
            break
    return "".join(piece), []


def _clusters(text: str, max_bytes: int) -> Iterator[str]:
    """What a reader takes for one character each; one that is too long by itself comes in parts."""
    cluster = ""
    for char in text:
        joined = bool(cluster) and _continues(cluster, char)
        if joined and len((cluster + char).encode()) <= max_bytes:
            cluster += char
            continue
        if cluster:
            yield cluster
        cluster = char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    """A part of Unicode TR29 section 3.1.1: GB9, GB9a, GB11, GB12."""
    code = ord(char)
    if char == _JOINER or cluster[-1] == _JOINER or unicodedata.category(char) in _MARKS:
        return True
    if code in _FLAG_LETTERS:
        return len(cluster) == 1 and ord(cluster) in _FLAG_LETTERS
    return code in _SKIN_TONES or code in _TAGS
