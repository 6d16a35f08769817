"""The datagrams byte by byte: packing and unpacking, no keys and no state (docs/protocol/transfer.md, section
5).

Every `unpack_*` raises RemoteProtocolError and nothing else on bytes that do not fit. All numbers are big-
endian.
"""

import struct
from dataclasses import dataclass

from livechat.errors import LocalProtocolError, RemoteProtocolError
from livechat.ticket import MAX_TICKET_BYTES

PROTOCOL_VERSION = 1

HELLO, PATH, GET, DATA, REPAIR, BUSY, GONE, ERROR, RESET = range(1, 10)
"""Types of datagrams: the first byte of each."""

KIND_NONE, KIND_FILE, KIND_MANIFEST = range(3)
"""What a question asks for; KIND_NONE only inside a HELLO."""

ERROR_EXPIRED, ERROR_REFUSED, ERROR_INVALID = range(1, 4)
RESET_ADDRESS, RESET_TOKEN, RESET_TICKET, RESET_VERSION = range(1, 5)

DATAGRAM_BYTES = 1200
"""Payload of the largest datagram: what every IPv6 path carries without fragments (RFC 8085, section 3.2)."""
QUESTION_BYTES = 320
"""GET and REPAIR always have this size, so that no PATH, BUSY, GONE or ERROR is larger than its question."""
TAG_BYTES = 16
NONCE_BYTES = 16
EPOCH_BYTES = 8
ID_BYTES = 8
MAX_TOKEN_BYTES = 160
MAX_CHUNK_BYTES = 1 << 16
MAX_SLICES = 64
"""A REPAIR names missing slices in 64 bits, and a kernel segments at most 64 datagrams at once."""
MAX_RANGES = 8
MIN_SLICE_BYTES = 512

DATA_HEAD = struct.Struct("!BBBBIQQ8sQ")
"""Type, slice, slices, 0, hold (µs), request, offset, epoch, counter."""
DATA_HEAD_BYTES = DATA_HEAD.size
MAX_SLICE_BYTES = DATAGRAM_BYTES - DATA_HEAD_BYTES
DATA_LANE = slice(8, DATA_HEAD_BYTES)
"""Request, offset, epoch, counter: the same in all slices of one answer."""

_HELLO_HEAD = struct.Struct("!BBHQ16s")
_QUESTION_HEAD = struct.Struct("!BBQ")
_ANSWER_HEAD = struct.Struct("!BBQ16s8sQ")
_RESET = struct.Struct("!BBQ16s")
_ASK = struct.Struct("!BBHII8s8s")
_RANGE = struct.Struct("!QI")
_MEND = struct.Struct("!BBHII8s8sQ8sQQ")
_PATH_BODY = struct.Struct("!HIIHQB")
_BUSY_BODY = struct.Struct("!IQ")
_GONE_BODY = struct.Struct("!8s8s")
_CHUNK_AAD = struct.Struct("!BB8s8sQI")

HELLO_HEAD_BYTES = _HELLO_HEAD.size
ANSWER_HEAD_BYTES = _ANSWER_HEAD.size
RESET_BYTES = _RESET.size


@dataclass(frozen=True, slots=True)
class Ask:
    """The sealed part of a GET, and of a HELLO that asks for something at once."""

    kind: int
    file_id: bytes
    version: bytes
    ranges: tuple[tuple[int, int], ...]
    """(offset, length) in bytes; the service cuts each into chunks from its start."""
    slice_bytes: int = MAX_SLICE_BYTES
    chunk_bytes: int = MAX_CHUNK_BYTES
    since_hello_ms: int = 0

    def pack(self, room: int) -> bytes:
        """The plaintext, padded with zeros to `room` bytes."""
        if len(self.ranges) > MAX_RANGES:
            raise LocalProtocolError("A question has too many ranges.")
        head = _ASK.pack(self.kind, len(self.ranges), self.slice_bytes, self.chunk_bytes, self.since_hello_ms,
                         self.file_id, self.version)  # fmt: skip
        return b"".join((head, *(_RANGE.pack(*r) for r in self.ranges))).ljust(room, b"\0")


@dataclass(frozen=True, slots=True)
class Mend:
    """The sealed part of a REPAIR: the slices of one sealed chunk that have not arrived."""

    kind: int
    file_id: bytes
    version: bytes
    offset: int
    length: int
    epoch: bytes
    counter: int
    missing: int
    """Bit i set: slice i is missing."""
    slice_bytes: int = MAX_SLICE_BYTES
    since_hello_ms: int = 0

    def pack(self, room: int) -> bytes:
        """The plaintext, padded with zeros to `room` bytes."""
        body = _MEND.pack(self.kind, 0, self.slice_bytes, self.length, self.since_hello_ms, self.file_id,
                          self.version, self.offset, self.epoch, self.counter, self.missing)  # fmt: skip
        return body.ljust(room, b"\0")


@dataclass(frozen=True, slots=True)
class PathOffer:
    """The sealed part of a PATH."""

    token: bytes
    token_lifetime_s: int
    ticket_left_s: int
    max_chunk_bytes: int
    max_datagram_bytes: int
    rate_cap_bytes_s: int
    """0 = no cap."""


def unpack_ask(body: bytes) -> Ask:
    """A GET's or a HELLO's question; `kind` KIND_NONE has no ranges."""
    if len(body) < _ASK.size:
        raise RemoteProtocolError("The question is too short.")
    kind, count, slice_bytes, chunk_bytes, since_hello_ms, file_id, version = _ASK.unpack_from(body)
    if kind > KIND_MANIFEST or count > MAX_RANGES or len(body) < _ASK.size + count * _RANGE.size:
        raise RemoteProtocolError("The question's kind or ranges are not valid.")
    ranges = tuple(_RANGE.unpack_from(body, _ASK.size + i * _RANGE.size) for i in range(count))
    return Ask(kind, file_id, version, ranges, slice_bytes, chunk_bytes, since_hello_ms)


def unpack_mend(body: bytes) -> Mend:
    """A REPAIR's question."""
    if len(body) < _MEND.size:
        raise RemoteProtocolError("The repair question is too short.")
    kind, _zero, slice_bytes, length, since_hello_ms, file_id, version, offset, epoch, counter, missing = (
        _MEND.unpack_from(body)
    )
    if kind not in {KIND_FILE, KIND_MANIFEST} or not missing:
        raise RemoteProtocolError("The repair question's kind or slices are not valid.")
    return Mend(kind, file_id, version, offset, length, epoch, counter, missing, slice_bytes, since_hello_ms)


@dataclass(frozen=True, slots=True)
class HelloHead:
    """The clear part of a HELLO; everything before `sealed_at` is associated data."""

    request: int
    client_nonce: bytes
    ticket: bytes
    sealed_at: int


def pack_hello_head(request: int, client_nonce: bytes, ticket: bytes) -> bytes:
    """The clear part; what is sealed after it fills the datagram to DATAGRAM_BYTES."""
    if len(ticket) > MAX_TICKET_BYTES:
        raise LocalProtocolError("The ticket is too long.")
    return _HELLO_HEAD.pack(HELLO, PROTOCOL_VERSION, len(ticket), request, client_nonce) + ticket


def unpack_hello_head(data: bytes) -> HelloHead:
    """The clear part of a HELLO of this protocol version."""
    if len(data) != DATAGRAM_BYTES:
        raise RemoteProtocolError("A HELLO has 1,200 bytes.")
    _type, version, ticket_bytes, request, client_nonce = _HELLO_HEAD.unpack_from(data)
    if version != PROTOCOL_VERSION:
        raise UnknownVersionError("The protocol version is not known.")
    if ticket_bytes > MAX_TICKET_BYTES:
        raise RemoteProtocolError("The ticket is too long.")
    sealed_at = HELLO_HEAD_BYTES + ticket_bytes
    return HelloHead(request, client_nonce, data[HELLO_HEAD_BYTES:sealed_at], sealed_at)


class UnknownVersionError(RemoteProtocolError):
    """A HELLO of a protocol version that we do not speak."""


@dataclass(frozen=True, slots=True)
class QuestionHead:
    """The clear part of a GET or REPAIR; everything before `sealed_at` is associated data."""

    request: int
    token: bytes
    sealed_at: int


def pack_question_head(kind: int, request: int, token: bytes) -> bytes:
    """The clear part of a GET or REPAIR."""
    return _QUESTION_HEAD.pack(kind, len(token), request) + token


def unpack_question_head(data: bytes) -> QuestionHead:
    """The clear part of a GET or REPAIR."""
    if len(data) != QUESTION_BYTES:
        raise RemoteProtocolError("A question has 320 bytes.")
    _type, token_bytes, request = _QUESTION_HEAD.unpack_from(data)
    if token_bytes > MAX_TOKEN_BYTES:
        raise RemoteProtocolError("The path token is too long.")
    sealed_at = _QUESTION_HEAD.size + token_bytes
    return QuestionHead(request, data[_QUESTION_HEAD.size : sealed_at], sealed_at)


def question_room(token: bytes) -> int:
    """Bytes of plaintext in a GET or REPAIR with this token."""
    return QUESTION_BYTES - _QUESTION_HEAD.size - len(token) - TAG_BYTES


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """The clear part of PATH, BUSY, GONE and ERROR: all of it is associated data."""

    type: int
    request: int
    client_nonce: bytes
    epoch: bytes
    counter: int


def pack_answer_head(kind: int, request: int, client_nonce: bytes, epoch: bytes, counter: int) -> bytes:
    """The clear part of PATH, BUSY, GONE or ERROR."""
    return _ANSWER_HEAD.pack(kind, 0, request, client_nonce, epoch, counter)


def unpack_answer_head(data: bytes) -> AnswerHead:
    """The clear part of PATH, BUSY, GONE or ERROR."""
    if not ANSWER_HEAD_BYTES + TAG_BYTES <= len(data) <= QUESTION_BYTES:
        raise RemoteProtocolError("The answer has a wrong length.")
    kind, _zero, request, client_nonce, epoch, counter = _ANSWER_HEAD.unpack_from(data)
    return AnswerHead(kind, request, client_nonce, epoch, counter)


def pack_path(offer: PathOffer) -> bytes:
    """The plaintext of a PATH."""
    return (
        _PATH_BODY.pack(
            offer.token_lifetime_s, offer.ticket_left_s, offer.max_chunk_bytes,
            offer.max_datagram_bytes, offer.rate_cap_bytes_s, len(offer.token),
        )
        + offer.token
    )  # fmt: skip


def unpack_path(body: bytes) -> PathOffer:
    """The plaintext of a PATH."""
    if len(body) < _PATH_BODY.size:
        raise RemoteProtocolError("The PATH is too short.")
    lifetime_s, ticket_left_s, chunk_bytes, datagram_bytes, rate_cap, token_bytes = _PATH_BODY.unpack_from(body)
    token = body[_PATH_BODY.size :]
    if len(token) != token_bytes or token_bytes > MAX_TOKEN_BYTES:
        raise RemoteProtocolError("The PATH's token has a wrong length.")
    if datagram_bytes < DATA_HEAD_BYTES + MIN_SLICE_BYTES or chunk_bytes < datagram_bytes:
        raise RemoteProtocolError("The PATH's limits are too small to work with.")
    return PathOffer(token, lifetime_s, ticket_left_s, chunk_bytes, datagram_bytes, rate_cap)


def pack_busy(retry_after_ms: int, rate_bytes_s: int) -> bytes:
    """The plaintext of a BUSY; a rate of 0 suggests none."""
    return _BUSY_BODY.pack(retry_after_ms, rate_bytes_s)


def unpack_busy(body: bytes) -> tuple[int, int]:
    """(retry after in ms, suggested rate in bytes/s) of a BUSY."""
    return _exactly(_BUSY_BODY, body)  # type: ignore[return-value]


def pack_gone(file_id: bytes, version: bytes) -> bytes:
    """The plaintext of a GONE."""
    return _GONE_BODY.pack(file_id, version)


def unpack_gone(body: bytes) -> tuple[bytes, bytes]:
    """(file id, version) of a GONE."""
    return _exactly(_GONE_BODY, body)  # type: ignore[return-value]


def unpack_error(body: bytes) -> int:
    """The code of an ERROR, one of ERROR_*."""
    if len(body) != 1:
        raise RemoteProtocolError("The ERROR has a wrong length.")
    return body[0]


def pack_reset(reason: int, question: bytes, request: int) -> bytes:
    """A RESET, which is not sealed: it proves only that its sender saw the question, by repeating its end."""
    return _RESET.pack(RESET, reason, request, question[-TAG_BYTES:])


def unpack_reset(data: bytes) -> tuple[int, int, bytes]:
    """(reason, request, last 16 bytes of the question) of a RESET."""
    _type, reason, request, tag = _exactly(_RESET, data)
    return reason, request, tag  # type: ignore[return-value]


def chunk_aad(kind: int, file_id: bytes, version: bytes, offset: int, length: int) -> bytes:
    """What a sealed chunk is bound to (section 4.4)."""
    return _CHUNK_AAD.pack(DATA, kind, file_id, version, offset, length)


def slice_count(length: int, slice_bytes: int) -> int:
    """Datagrams that a chunk of `length` bytes of plaintext takes."""
    return -(-(length + TAG_BYTES) // slice_bytes)


def _exactly(layout: struct.Struct, data: bytes) -> tuple[object, ...]:
    if len(data) != layout.size:
        raise RemoteProtocolError("The answer has a wrong length.")
    return layout.unpack(data)
