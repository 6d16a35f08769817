"""Which client-only tags are passed on (ISUPPORT CLIENTTAGDENY, IRCv3 message-tags); pure.

The setting is the token's value: names without their `+`, separated by commas. `*` denies all of them but those
that are listed with a `-` in front.
"""

import re
from collections.abc import Mapping

_NAME = re.compile(r"-?[A-Za-z0-9][A-Za-z0-9./-]*")
_MOST_CHARS = 300  # the token has to fit into a line


def fits_deny(value: str) -> bool:
    """Whether `value` can be the setting."""
    words = value.split(",") if value else []
    return len(value) <= _MOST_CHARS and all(word == "*" or _NAME.fullmatch(word) for word in words)


class TagFilter:
    """What one value of the setting lets through."""

    def __init__(self, deny: str) -> None:
        words = frozenset(deny.split(",")) if deny else frozenset[str]()
        self._all = "*" in words
        self._listed = frozenset(
            "+" + word.removeprefix("-") for word in words if word != "*" and word.startswith("-") == self._all
        )

    def kept(self, tags: Mapping[str, str]) -> dict[str, str]:
        """The client-only tags in `tags` that are passed on, as they were."""
        return {
            key: value
            for key, value in tags.items()
            if key[0] == "+" and len(key) > 1 and (key in self._listed) == self._all
        }
