"""The typed messages of the control channel and their msgpack form (docs/protocol/control.md, section 5).

Every field has its bound here; what breaks one is a RemoteProtocolError. Framing, keys and the order of
messages live elsewhere.
"""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from livechat.catalogue import (
    FILE_ID_BYTES,
    MAX_MODIFIED_MS,
    MAX_NAME_BYTES,
    MAX_SIZE_BYTES,
    ROOT_BYTES,
    FileEntry,
)
from livechat.control.listener import MAX_ADDRESS_CHARACTERS, MAX_ADDRESSES, FileServiceInfo
from livechat.errors import RemoteProtocolError
from livechat.settings import MAX_PORT

PAGE_ENTRIES = 500
"""Entries in one page of a snapshot: at 255 bytes of name each, a page stays under a frame's bound."""

TICKET_ID_BYTES = 8

_FileId = Annotated[bytes, Meta(min_length=FILE_ID_BYTES, max_length=FILE_ID_BYTES)]
_TicketId = Annotated[bytes, Meta(min_length=TICKET_ID_BYTES, max_length=TICKET_ID_BYTES)]
_Root = Annotated[bytes, Meta(min_length=ROOT_BYTES, max_length=ROOT_BYTES)]
_Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_BYTES)]
_Size = Annotated[int, Meta(ge=0, le=MAX_SIZE_BYTES)]
_Time = Annotated[int, Meta(ge=0, le=MAX_MODIFIED_MS)]
_Port = Annotated[int, Meta(ge=1, le=MAX_PORT)]
_Address = Annotated[str, Meta(min_length=1, max_length=MAX_ADDRESS_CHARACTERS)]
_Addresses = Annotated[tuple[_Address, ...], Meta(max_length=MAX_ADDRESSES)]
_Count = Annotated[int, Meta(ge=0, le=MAX_SIZE_BYTES)]


class Entry(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A FileEntry on the wire."""

    file_id: _FileId
    name: _Name
    size: _Size
    modified_ms: _Time
    root: _Root

    @classmethod
    def of(cls, entry: FileEntry) -> "Entry":
        """The wire form of `entry`."""
        return cls(entry.file_id, entry.name, entry.size, entry.modified_ms, entry.root)

    def file_entry(self) -> FileEntry:
        """The entry; raises RemoteProtocolError when its name is unfit."""
        return FileEntry(self.file_id, self.name, self.size, self.modified_ms, self.root)


class _Message(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An array of the tag and the fields in order."""


class Service(_Message, frozen=True, tag="service"):
    """Service to hub, first of all: where clients reach it."""

    port: _Port
    advertise: _Addresses
    addresses: _Addresses

    def info(self) -> FileServiceInfo:
        """The same for the hub's core; raises RemoteProtocolError."""
        return FileServiceInfo(self.port, self.advertise, self.addresses)


class SnapshotPage(_Message, frozen=True, tag="page"):
    """Service to hub: a part of all files that there are; `last` ends the snapshot."""

    entries: Annotated[tuple[Entry, ...], Meta(max_length=PAGE_ENTRIES)]
    last: bool


class Changed(_Message, frozen=True, tag="changed"):
    """Service to hub, after the snapshot: a file is new or has a new version."""

    entry: Entry


class Removed(_Message, frozen=True, tag="removed"):
    """Service to hub, after the snapshot: a file can no longer be fetched."""

    file_id: _FileId


class Stats(_Message, frozen=True, tag="stats"):
    """Service to hub, now and then: what it did since its start, and how many files it offers."""

    uptime_s: _Count
    files: _Count
    datagrams_in: _Count
    datagrams_out: _Count
    bytes_out: _Count
    refused: _Count


class Revoke(_Message, frozen=True, tag="revoke"):
    """Hub to service: take no more requests with this ticket."""

    ticket_id: _TicketId


class Ping(_Message, frozen=True, tag="ping"):
    """Either way: answer with a Pong of the same number."""

    number: _Count


class Pong(_Message, frozen=True, tag="pong"):
    """Either way: the answer to a Ping."""

    number: _Count


ServiceMessage = Service | SnapshotPage | Changed | Removed | Stats | Ping | Pong
HubMessage = Revoke | Ping | Pong
ControlMessage = ServiceMessage | HubMessage

_encoder = msgspec.msgpack.Encoder()
_from_service = msgspec.msgpack.Decoder(ServiceMessage)
_from_hub = msgspec.msgpack.Decoder(HubMessage)


def encode(message: ControlMessage) -> bytes:
    """`message` as msgpack."""
    return _encoder.encode(message)


def decode_from_service(data: bytes) -> ServiceMessage:
    """What a file service may say; raises RemoteProtocolError."""
    try:
        message: ServiceMessage = _from_service.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RemoteProtocolError(f"The file service sent a malformed message: {error}.") from error
    return message


def decode_from_hub(data: bytes) -> HubMessage:
    """What a hub may say; raises RemoteProtocolError."""
    try:
        message: HubMessage = _from_hub.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RemoteProtocolError(f"The hub sent a malformed message: {error}.") from error
    return message


def pages(entries: Iterable[FileEntry]) -> list[SnapshotPage]:
    """A snapshot of `entries` in pages; an empty one is one empty page."""
    wire = [Entry.of(entry) for entry in entries]
    starts = range(0, max(len(wire), 1), PAGE_ENTRIES)
    return [
        SnapshotPage(tuple(wire[start : start + PAGE_ENTRIES]), start + PAGE_ENTRIES >= len(wire))
        for start in starts
    ]
