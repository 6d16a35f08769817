"""Text from the network made harmless to show: in a window, in a terminal, in a list of names.

Out go control characters (a terminal obeys them), mIRC's formatting codes, characters that turn the direction
of writing (they make "gpj.exe" look like "exe.jpg"), lone surrogates (Tk and UTF-8 cannot take them) and piles
of combining marks (they paint over neighbouring lines). Everything else, of any script, stays as it is.
"""

import re
import unicodedata
from itertools import groupby, islice

MAX_TEXT_CHARS = 4_096
"""Longer text is clipped with an ellipsis; a line of IRC holds 512 bytes, so this is for batches and tags."""
MAX_NAME_CHARS = 64
MAX_MARKS = 6
"""Combining marks in a row that stay: Vietnamese, Hebrew and Arabic need three, Tibetan a few more."""

# \x03 colour "N[N][,N[N]]", \x04 hexadecimal colour "RRGGBB[,RRGGBB]" (modern.ircdocs.horse/formatting)
_FORMATTING = re.compile(r"\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?")
# Unicode TR9: embeddings, overrides and isolates (LRM, RLM and ALM only hint and are of use), and the
# deprecated format characters beside them; U+FEFF and the tag characters are not seen and can hide text.
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")
_SPACES = re.compile(r"[\t\n\v\f\r\x85\u2028\u2029]+")
_UNSEEN = frozenset({"Cc", "Cs"})
_MARKS = frozenset({"Mn", "Me"})


def safe_text(text: str, limit: int = MAX_TEXT_CHARS) -> str:
    """One line of `text` that can be shown as it is; at most `limit` characters."""
    text = text[: 4 * limit]
    if not (text.isascii() and text.isprintable()):
        text = _SPACES.sub(" ", _FORMATTING.sub("", text))
        text = _INVISIBLE.sub("", text)
        text = "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)
        text = _few_marks(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def safe_name(name: str) -> str:
    """A nick, channel or file name for showing: as `safe_text`, without spaces at its ends, never empty."""
    return safe_text(name, MAX_NAME_CHARS).strip() or "?"


def _few_marks(text: str) -> str:
    runs = groupby(text, lambda char: unicodedata.category(char) in _MARKS)
    return "".join(char for is_mark, run in runs for char in islice(run, MAX_MARKS if is_mark else None))
