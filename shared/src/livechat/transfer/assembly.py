"""What the receiver asked for and what of it is here: questions, chunks, and the slices of a sealed chunk.

Plain records without behaviour of their own; `inflight`, `stream` and `receiver` work on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livechat.transfer.paths import Path
    from livechat.transfer.stream import Stream


class Chunk:
    """Bytes `[offset, offset + length)` of a stream, asked for in one piece and not here yet."""

    __slots__ = ("assembly", "is_exact", "is_open", "lanes", "length", "offset", "request", "slices", "stream")

    def __init__(self, stream: Stream, offset: int, length: int, slices: int, *, is_exact: bool) -> None:
        self.stream = stream
        self.offset = offset
        self.length = length
        self.slices = slices
        self.is_exact = is_exact
        """False: the answer may be shorter, for the stream's end is not known yet."""
        self.is_open = True
        self.assembly: Assembly | None = None
        self.request: Request | None = None
        """The question that is under way for it; None while it waits for repair."""
        self.lanes: list[bytes] = []
        """Its keys in the receiver's table of lanes."""


class Assembly:
    """The slices of one sealed chunk: of one (epoch, counter)."""

    __slots__ = ("chunk", "count", "counter", "epoch", "left", "path", "slices")

    def __init__(self, chunk: Chunk, path: Path, epoch: bytes, counter: int, count: int) -> None:
        self.chunk = chunk
        self.path = path
        self.epoch = epoch
        self.counter = counter
        self.count = count
        self.left = count
        self.slices: list[bytes | None] = [None] * count

    def missing(self) -> int:
        """Bit i set: slice i is not here."""
        return sum(1 << i for i, part in enumerate(self.slices) if part is None)


class Request:
    """One question under way."""

    __slots__ = (
        "chunks",
        "is_answered",
        "is_repair",
        "number",
        "overtaken",
        "path",
        "sent_at",
        "tag",
        "wire_bytes",
    )

    def __init__(
        self, number: int, path: Path, sent_at: float, chunks: list[Chunk], *, is_repair: bool
    ) -> None:
        self.number = number
        self.path = path
        self.sent_at = sent_at
        self.chunks = {chunk.offset: chunk for chunk in chunks}
        self.is_repair = is_repair
        self.is_answered = False
        self.overtaken = 0
        """Later questions whose answers have begun to arrive."""
        self.tag = b""
        """The last bytes of its datagram, which a RESET has to repeat."""
        self.wire_bytes: dict[int, int] = {}
        """Outstanding bytes by the chunk's offset."""
        for chunk in chunks:
            chunk.request = self
