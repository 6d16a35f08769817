"""Bytes of a stream to lines, with both of IRC's length limits; pure.

What a line says is `message`'s. The buffer holds at most one unfinished line within the limits, beside the
finished lines that have not been asked for: whoever feeds it looks at `buffered_bytes` and stops reading.
"""

from livechat.errors import RemoteProtocolError

# RFC 1459 section 2.3: "... these messages shall not exceed 512 characters in length, counting all characters
# including the trailing CR-LF"; octets are what is meant and counted.
MAX_LINE_BYTES = 512
# IRCv3 Message Tags, "Size limit": "Clients MUST NOT send messages with tag data exceeding 4094 bytes", with
# "@" and the space 4096; what a client gets is at most 8191 bytes with both.
MAX_CLIENT_TAG_BYTES = 4096
MAX_SERVER_TAG_BYTES = 8191

_CRLF_BYTES = 2


class LineTooLongError(RemoteProtocolError):
    """A line (or its tags) went over the limit and was left out."""


class LineBuffer:
    """Cuts a stream into lines at LF or CR LF; empty lines are left out.

    `max_line_bytes` counts CR LF and leaves the tags out; `max_tag_bytes` counts "@" and the space.
    """

    __slots__ = ("_lines", "_max_body", "_max_tags", "_skipping", "_tail", "buffered_bytes")

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES, max_tag_bytes: int = MAX_CLIENT_TAG_BYTES) -> None:
        self._max_body = max_line_bytes - _CRLF_BYTES
        self._max_tags = max_tag_bytes
        # Last first, so that a line is taken from the end: an empty deque would cost each connection 0.7 KiB.
        # None stands for a line that was too long.
        self._lines: list[bytes | None] = []
        self._tail = b""
        self._skipping = False  # the rest of a line that has been reported as too long
        self.buffered_bytes = 0

    def feed(self, data: bytes) -> None:
        """Add what has arrived."""
        end = data.find(b"\n") + 1
        if end and end == len(data) <= self._max_body and not self._tail and not self._skipping:
            # One whole line, as nearly always: the same as below in a third of the time.
            line = data[:-2] if data.endswith(b"\r\n") else data[:-1]
            if line:
                self._lines.insert(0, line)
                self.buffered_bytes += len(line)
            return
        lines = (self._tail + data).split(b"\n") if self._tail else data.split(b"\n")
        tail = lines.pop()
        if self._skipping and lines:
            del lines[0]
            self._skipping = False
        new = [kept for line in lines if (kept := self._checked(line.removesuffix(b"\r"))) != b""]
        if self._skipping:
            tail = b""
        elif len(tail) > self._max_tags + self._max_body + 1:  # + 1: its CR may be here already
            new.append(None)
            self.buffered_bytes += self._max_body
            self._skipping = True
            tail = b""
        new.reverse()
        self._lines[:0] = new
        self.buffered_bytes += len(tail) - len(self._tail)
        self._tail = tail

    @property
    def has_line(self) -> bool:
        """Whether `next_line` has something to say."""
        return bool(self._lines)

    def next_line(self) -> bytes | None:
        """The next line without its end, None when there is none.

        In the place of a line that was too long it raises LineTooLongError, once.
        """
        if not self._lines:
            return None
        line = self._lines.pop()
        if line is None:
            self.buffered_bytes -= self._max_body
            raise LineTooLongError("A line was too long.")
        self.buffered_bytes -= len(line)
        return line

    def _checked(self, line: bytes) -> bytes | None:
        if len(line) > self._max_body and not self._fits_with_tags(line):
            self.buffered_bytes += self._max_body  # it is not kept, but a flood of them is a flood
            return None
        self.buffered_bytes += len(line)
        return line

    def _fits_with_tags(self, line: bytes) -> bool:
        if not line.startswith(b"@"):
            return False
        tags = line.find(b" ") + 1 or len(line)
        return tags <= self._max_tags and len(line) - tags <= self._max_body
