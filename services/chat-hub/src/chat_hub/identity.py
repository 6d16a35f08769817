"""Names that the hub gives: message ids, cloaks and batch ids; randomness comes in as an argument."""

import base64
import hashlib
import hmac
from collections.abc import Callable

from chat_hub.clock import Now

_COUNTER_BITS = 20  # ids of one millisecond: a million, more than a hub makes in a second
_MOST_ID = 2**63 - 1  # SQLite's largest integer
_CLOAK_CHARS = 10
_CLOAK_SUFFIX = ".user"


def first_id_at(unix_ms: int) -> int:
    """The least id of the moment `unix_ms`; within what the store can hold, whatever moment somebody names."""
    return min(max(unix_ms, 0) << _COUNTER_BITS, _MOST_ID)


def id_ms(number: int) -> int:
    """The moment in an id, in milliseconds of Unix time."""
    return number >> _COUNTER_BITS


def msgid_text(number: int) -> str:
    """An id as it stands on the wire."""
    return f"{number:x}"


def parse_msgid(text: str) -> int | None:
    """The reverse; None when `text` cannot be an id of ours."""
    try:
        number = int(text, 16)
    except ValueError:
        return None
    return number if msgid_text(number) == text and number <= _MOST_ID else None


class Identities:
    """Makes ids that no restart repeats, and hosts that show no address."""

    def __init__(self, random_bytes: Callable[[int], bytes], started: Now) -> None:
        self._last_id = first_id_at(int(started.unix * 1000))
        self._batches = 0
        self._cloak_key = random_bytes(32)

    @property
    def last_id(self) -> int:
        """The newest id."""
        return self._last_id

    def continue_after(self, last_id: int) -> None:
        """Give only ids above `last_id`, the newest of an earlier run, even if the clock went back since."""
        self._last_id = max(self._last_id, last_id)

    def next_id(self, now: Now) -> int:
        """An id for a message or event: above all before it, and with the moment in it (`id_ms`).

        When the clock goes back the moment stands still until it is reached again: the history stays in order,
        and what is shown live is what the history says later.
        """
        self._last_id = max(self._last_id + 1, int(now.unix * 1000) << _COUNTER_BITS)
        return self._last_id

    def next_msgid(self, now: Now) -> str:
        """The same as it stands on the wire, for what is not a `Line` (IRCv3 message-ids)."""
        return msgid_text(self.next_id(now))

    def next_batch(self) -> str:
        """A reference for a batch, unique for this run (IRCv3 batch)."""
        self._batches += 1
        return f"b{self._batches:x}"

    def cloak(self, address: str) -> str:
        """The host that others see instead of `address`: the same for this run, not to be turned round."""
        digest = hmac.digest(self._cloak_key, address.encode(), hashlib.sha256)
        return base64.b32hexencode(digest).decode()[:_CLOAK_CHARS].lower() + _CLOAK_SUFFIX
