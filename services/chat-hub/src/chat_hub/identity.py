"""Names that the hub gives: message ids, cloaks and batch ids; randomness comes in as an argument."""

import base64
import hashlib
import hmac
from collections.abc import Callable

from chat_hub.clock import Now

_CLOAK_CHARS = 10
_CLOAK_SUFFIX = ".user"


class Identities:
    """Makes ids that no restart repeats, and hosts that show no address."""

    def __init__(self, random_bytes: Callable[[int], bytes], started: Now) -> None:
        # The start in milliseconds and 40 random bits: two runs never share it, and later runs sort later.
        start = int(started.unix * 1000).to_bytes(7, "big")
        self._run = base64.b32hexencode(start + random_bytes(8)).decode().rstrip("=").lower()
        self._messages = 0
        self._batches = 0
        self._cloak_key = random_bytes(32)

    def next_msgid(self) -> str:
        """An id for a message or event, unique across restarts (IRCv3 message-ids)."""
        self._messages += 1
        return f"{self._run}{self._messages:x}"

    def next_batch(self) -> str:
        """A reference for a batch, unique for this run (IRCv3 batch)."""
        self._batches += 1
        return f"b{self._batches:x}"

    def cloak(self, address: str) -> str:
        """The host that others see instead of `address`: the same for this run, not to be turned round."""
        digest = hmac.digest(self._cloak_key, address.encode(), hashlib.sha256)
        return base64.b32hexencode(digest).decode()[:_CLOAK_CHARS].lower() + _CLOAK_SUFFIX
