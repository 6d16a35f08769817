"""How SASL messages travel in AUTHENTICATE: base64 in chunks of 400 bytes (IRCv3 SASL 3.1, "The AUTHENTICATE
command"). Pure.

"The response is encoded in Base64 [RFC 4648], then split to 400-byte chunks, and each chunk is sent as a
separate AUTHENTICATE command. Empty (zero-length) responses are sent as AUTHENTICATE +. If the last chunk was
exactly 400 bytes long, it must also be followed by AUTHENTICATE + to signal end of response."
"""

import base64
import binascii

from livechat.errors import RemoteProtocolError

CHUNK_BYTES = 400
EMPTY = "+"
ABORT = "*"
MAX_MESSAGE_BYTES = 4096  # of base64 for one message; the longest that a mechanism here needs has about 1,500


class ChunkTooLongError(RemoteProtocolError):
    """A chunk has more than 400 bytes, or the message more than its bound (905)."""


class Reassembler:
    """Puts the chunks of one message together."""

    __slots__ = ("_chunks", "_size")

    def __init__(self) -> None:
        self._chunks: list[str] = []
        self._size = 0

    def feed(self, chunk: str) -> bytes | None:
        """The message when `chunk` was its last one, None when more has to come.

        Raises ChunkTooLongError, or RemoteProtocolError for what is no base64; both forget what came before.
        """
        if len(chunk) > CHUNK_BYTES or self._size + len(chunk) > MAX_MESSAGE_BYTES:
            self._clear()
            raise ChunkTooLongError("SASL message too long")
        if chunk != EMPTY:
            self._chunks.append(chunk)
            self._size += len(chunk)
            if len(chunk) == CHUNK_BYTES:
                return None
        text = "".join(self._chunks)
        self._clear()
        try:
            return base64.b64decode(text.encode("ascii"), validate=True)
        except (UnicodeEncodeError, binascii.Error) as error:
            raise RemoteProtocolError("The SASL message is not base64") from error

    def _clear(self) -> None:
        self._chunks.clear()
        self._size = 0


def chunks(data: bytes) -> list[str]:
    """`data` as the parameters of the AUTHENTICATE commands that carry it."""
    text = base64.b64encode(data).decode()
    parts = [text[start : start + CHUNK_BYTES] for start in range(0, len(text), CHUNK_BYTES)]
    if not parts or len(parts[-1]) == CHUNK_BYTES:
        parts.append(EMPTY)
    return parts
