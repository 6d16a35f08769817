"""The bytes that wait for one client, bounded.

An outbox
- MUST keep the order in which bytes were put and never drop some of them and deliver later ones;
- MUST NOT hold more than `limit_bytes`: the put that would go over it marks the outbox as overflowed, forgets
  what waits, and tells the hub, which disconnects the session with a reason; whoever put it feels nothing;
- MUST NOT take anything after that but the farewell;
- MUST tell once that it has something to send (`dirty`), and again only after it was taken empty;
- MUST NOT write, wait or know a socket: the shell takes bytes and gives back what the kernel did not accept.
"""

from collections.abc import Callable

# The most that is joined for one send: a larger rest would be copied again for each part that is accepted.
TAKE_BYTES = 256 * 1024


class Outbox:
    """A queue of bytes objects; equal ones in many outboxes are shared, so a fan-out costs a pointer each."""

    __slots__ = ("_chunks", "_dirty", "_limit_bytes", "_on_overflow", "overflowed", "size_bytes", "waker")

    def __init__(self, limit_bytes: int, dirty: list["Outbox"], on_overflow: Callable[[], None]) -> None:
        self._chunks: list[bytes] = []
        self._dirty = dirty
        self._limit_bytes = limit_bytes
        self._on_overflow = on_overflow
        self.size_bytes = 0
        self.overflowed = False
        # Called by the shell's flush for each dirty outbox; the shell sets it.
        self.waker: Callable[[], None] | None = None

    def put(self, data: bytes) -> None:
        """Queue `data`, unless that goes over the bound."""
        if not self._chunks:
            self._dirty.append(self)
        self._chunks.append(data)
        self.size_bytes += len(data)
        if self.size_bytes > self._limit_bytes:
            self._overflow()

    def take(self) -> bytes:
        """The next bytes to send, about `TAKE_BYTES` of them; empty when nothing waits."""
        chunks = self._chunks
        if self.size_bytes <= TAKE_BYTES:
            data = b"".join(chunks)
            chunks.clear()
        else:
            size = count = 0
            while size < TAKE_BYTES:
                size += len(chunks[count])
                count += 1
            data = b"".join(chunks[:count])
            del chunks[:count]
        self.size_bytes -= len(data)
        return data

    def give_back(self, data: bytes) -> None:
        """Put what the kernel did not accept in front again; it was within the bound before."""
        self._chunks.insert(0, data)
        self.size_bytes += len(data)

    def close(self, farewell: bytes) -> None:
        """Queue the last line; after an overflow it is all that is left."""
        if self.overflowed:
            self._chunks.clear()
            self.size_bytes = 0
            self.overflowed = False
            farewell = b"\r\n" + farewell  # the line before may have gone out in part
        self._limit_bytes = self.size_bytes + len(farewell)
        self.put(farewell)

    def _overflow(self) -> None:
        self._chunks[1:] = []  # not empty, so that it is not marked as dirty again
        self._chunks[0] = b""
        self.size_bytes = 0
        if not self.overflowed:
            self.overflowed = True
            self._limit_bytes = -1
            self._on_overflow()
