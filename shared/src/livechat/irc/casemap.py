"""When two names are the same name: CASEMAPPING=rfc7613; pure.

The mapping is that of RFC 7613 section 3.2 (UsernameCaseMapped): full-width and half-width characters become
their ordinary forms, then Unicode default case folding, then NFC. Nicks and channel names are compared and kept
in tables by `fold(name)` and shown as they were typed. What a name may hold is `names`'.
"""

import unicodedata
from functools import lru_cache

_WIDTH_TAGS = ("<wide>", "<narrow>")
_STABLE_AFTER = 4  # RFC 7613 section 3.2: apply again until nothing changes; the known characters need two


@lru_cache(maxsize=8192)  # names come again with every message; 8192 of the longest are 5 MB
def fold(name: str) -> str:
    """The form of `name` that equal names share."""
    if name.isascii():
        return name.lower()
    for _ in range(_STABLE_AFTER):
        folded = unicodedata.normalize("NFC", _map_width(name).casefold())
        if folded == name:
            break
        name = folded
    return name


def _map_width(name: str) -> str:
    return "".join(map(ordinary_width, name))


def ordinary_width(char: str) -> str:
    """`char`, or what it stands for when it is a full-width or half-width form."""
    tag, _, codes = unicodedata.decomposition(char).partition(" ")
    if tag not in _WIDTH_TAGS:
        return char
    return "".join(chr(int(code, 16)) for code in codes.split())
