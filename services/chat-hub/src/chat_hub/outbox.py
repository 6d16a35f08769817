"""The bytes that wait for one client, bounded; gates hold back what has to wait for a commit or a look-up.

An outbox
- MUST keep the order in which bytes were put and never drop some of them and deliver later ones;
- MUST NOT give out what stands behind a closed gate, and MUST put what a gate is released with at its place;
- MUST NOT hold more than `limit_bytes`, gated or not: the put that would go over it marks the outbox as
  overflowed, forgets what waits, and tells the hub, which disconnects the session with a reason; whoever put it
  feels nothing;
- MUST NOT take anything after that but the farewell;
- MUST tell once that it has something to send (`dirty`), and again only after it was taken empty;
- MUST NOT write, wait or know a socket: the shell takes bytes and gives back what the kernel did not accept.
"""

from collections import deque
from collections.abc import Callable, Iterable

# The most that is joined for one send: a larger rest would be copied again for each part that is accepted.
TAKE_BYTES = 256 * 1024


class Gate:
    """A place in an outbox at which something is still to come; what was put later waits behind it."""

    __slots__ = ("_outbox", "behind", "content", "open")

    def __init__(self, outbox: "Outbox") -> None:
        self._outbox = outbox
        self.behind: list[bytes] = []
        self.content: Iterable[bytes] = ()
        self.open = False

    def release(self, chunks: Iterable[bytes] = ()) -> None:
        """Put `chunks` at this place and let through what waited; once. Nothing after an overflow."""
        if not self.open:
            self.open = True
            self._outbox.opened(self, chunks)


class Outbox:
    """A queue of bytes objects; equal ones in many outboxes are shared, so a fan-out costs a pointer each."""

    __slots__ = (
        "_chunks", "_dirty", "_gates", "_limit_bytes", "_on_overflow", "front", "overflowed", "size_bytes",
        "waker",
    )  # fmt: skip

    def __init__(self, limit_bytes: int, dirty: list["Outbox"], on_overflow: Callable[[], None]) -> None:
        self.front: list[bytes] = []  # what may be sent
        self._chunks = self.front  # where `put` puts: behind the last gate, if there is one
        self._gates: deque[Gate] | None = None  # made with the first gate: most clients never have one
        self._dirty = dirty
        self._limit_bytes = limit_bytes
        self._on_overflow = on_overflow
        self.size_bytes = 0
        self.overflowed = False
        # Called by the shell's flush for each dirty outbox; the shell sets it.
        self.waker: Callable[[], None] | None = None

    @property
    def sendable(self) -> bool:
        """Whether something waits in front of the first gate."""
        return bool(self.front)

    @property
    def gated(self) -> bool:
        """Whether a gate is closed."""
        return bool(self._gates)

    def put(self, data: bytes) -> None:
        """Queue `data`, unless that goes over the bound."""
        if not self._chunks and not self._gates:
            self._dirty.append(self)
        self._chunks.append(data)
        self.size_bytes += len(data)
        if self.size_bytes > self._limit_bytes:
            self._overflow()

    def gate(self) -> Gate:
        """Close the way for what is put from now on, until the gate is released."""
        gate = Gate(self)
        if self.overflowed:
            gate.open = True
            return gate
        if self._gates is None:
            self._gates = deque()
        self._gates.append(gate)
        self._chunks = gate.behind
        return gate

    def opened(self, gate: Gate, chunks: Iterable[bytes]) -> None:
        """Called by `gate`: keep `chunks` for its place, and let through what no closed gate holds back."""
        gate.content = tuple(chunks)
        self.size_bytes += sum(map(len, gate.content))
        if self.size_bytes > self._limit_bytes:
            self._overflow()
            return
        gates, front = self._gates, self.front
        was_empty = not front
        while gates and gates[0].open:
            first = gates.popleft()
            front.extend(first.content)
            front.extend(first.behind)
        if not gates:
            self._chunks = front
        if was_empty and front:
            self._dirty.append(self)

    def take(self) -> bytes:
        """The next bytes to send, about `TAKE_BYTES` of them; empty when nothing may be sent."""
        chunks = self.front
        if len(chunks) == 1:
            data = chunks.pop()
        elif self.size_bytes <= TAKE_BYTES:
            data = b"".join(chunks)
            chunks.clear()
        else:
            size = count = 0
            most = len(chunks)
            while size < TAKE_BYTES and count < most:
                size += len(chunks[count])
                count += 1
            data = b"".join(chunks[:count])
            del chunks[:count]
        self.size_bytes -= len(data)
        return data

    def give_back(self, data: bytes) -> None:
        """Put what the kernel did not accept in front again; it was within the bound before."""
        self.front.insert(0, data)
        self.size_bytes += len(data)

    def close(self, farewell: bytes) -> None:
        """Queue the last line, behind the gates; after an overflow it is all that is left."""
        if self.overflowed:
            self.front.clear()
            self.size_bytes = 0
            self.overflowed = False
            farewell = b"\r\n" + farewell  # the line before may have gone out in part
        gated_bytes = self._limit_bytes if self._gates else 0  # what the gates are released with has to fit
        self._limit_bytes = max(self.size_bytes, gated_bytes) + len(farewell)
        self.put(farewell)
        if self._gates:
            self._dirty.append(self)  # nothing may be sent yet, but whoever sends wants to know that it ends

    def _overflow(self) -> None:
        for gate in self._gates or ():
            gate.open = True  # nobody waits for it any more
        self._gates = None
        marked = bool(self.front)
        self.front[:] = [b""]  # not empty, so that it is not marked as dirty again
        self._chunks = self.front
        if not marked:
            self._dirty.append(self)
        self.size_bytes = 0
        if not self.overflowed:
            self.overflowed = True
            self._limit_bytes = -1
            self._on_overflow()
