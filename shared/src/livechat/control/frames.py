"""Length-prefixed frames (docs/protocol/control.md, section 3): bytes in, whole frame bodies out.

What a body means, and whether it is sealed, is not known here.
"""

import struct

from livechat.errors import LocalProtocolError, RemoteProtocolError

MAX_FRAME_BYTES = 256 * 1024
"""Longest body of a frame; a longer one ends the connection."""

LENGTH = struct.Struct("!I")


def frame(body: bytes) -> bytes:
    """`body` behind its length; a body that the peer would refuse is our own fault: LocalProtocolError."""
    if not 0 < len(body) <= MAX_FRAME_BYTES:
        raise LocalProtocolError(f"A frame has 1 to {MAX_FRAME_BYTES} bytes, not {len(body)}.")
    return LENGTH.pack(len(body)) + body


class FrameBuffer:
    """Puts frames together from a byte stream; holds at most one unfinished frame and what came behind it."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        """Take bytes as they come."""
        self._data += data

    def next_body(self, limit: int) -> bytes | None:
        """The next whole body, None while it is not complete.

        `limit` is the longest body allowed now. A longer one raises RemoteProtocolError as soon as its length
        is known, and so does an empty one, which nothing means.
        """
        if len(self._data) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._data)
        if not 0 < length <= limit:
            raise RemoteProtocolError(f"A frame of {length} bytes came where 1 to {limit} are allowed.")
        end = LENGTH.size + length
        if len(self._data) < end:
            return None
        body = bytes(self._data[LENGTH.size : end])
        del self._data[:end]
        return body
