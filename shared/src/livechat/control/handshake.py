"""How hub and file service prove to each other that they hold the same key (control.md, section 4).

Both send a fresh nonce; both prove the key over everything said so far, each under its own role's label, so a
proof can be neither replayed nor reflected. Out come the two keys of the connection. Only computation: who
sends what when is `channel`'s.
"""

import struct
from dataclasses import dataclass
from enum import Enum
from hmac import compare_digest

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from livechat.errors import RemoteProtocolError

VERSION = 1
NONCE_BYTES = 32
PROOF_BYTES = 32
MAX_HANDSHAKE_BYTES = 128
"""Longest body of a frame before the handshake is over: a stranger cannot make us hold more."""

_MAGIC = b"livechat-control"
_HELLO = struct.Struct(f"!{len(_MAGIC)}sB{NONCE_BYTES}s")
_REPLY = struct.Struct(f"!B{NONCE_BYTES}s{PROOF_BYTES}s")
_LABEL = b"livechat control v1 "


class Role(Enum):
    """Which end of the channel this is; the value is its name in labels and sentences."""

    HUB = "hub"
    SERVICE = "service"

    @property
    def peer(self) -> "Role":
        """The other end."""
        return Role.SERVICE if self is Role.HUB else Role.HUB


class WrongKeyError(RemoteProtocolError):
    """The peer does not hold the key that we hold."""


class VersionMismatchError(RemoteProtocolError):
    """The peer speaks another version of this protocol."""


@dataclass(frozen=True, slots=True)
class Nonces:
    """The two nonces of a connection: all that its keys depend on beside the shared key."""

    hub: bytes
    service: bytes


def encode_hello(hub_nonce: bytes) -> bytes:
    """The body of the hub's first frame."""
    return _HELLO.pack(_MAGIC, VERSION, hub_nonce)


def decode_hello(body: bytes) -> bytes:
    """The hub's nonce. Raises RemoteProtocolError, VersionMismatchError for another version."""
    if len(body) < len(_MAGIC) + 1 or not body.startswith(_MAGIC):
        raise RemoteProtocolError("The peer is not a hub.")
    _check_version(body[len(_MAGIC)])
    if len(body) != _HELLO.size:
        raise RemoteProtocolError("The hub's greeting has the wrong length.")
    return body[-NONCE_BYTES:]


def encode_reply(service_nonce: bytes, proof: bytes) -> bytes:
    """The body of the file service's first frame."""
    return _REPLY.pack(VERSION, service_nonce, proof)


def decode_reply(body: bytes) -> tuple[bytes, bytes]:
    """The service's nonce and its proof. Raises RemoteProtocolError, or VersionMismatchError."""
    _check_version(body[0])
    if len(body) != _REPLY.size:
        raise RemoteProtocolError("The file service's greeting has the wrong length.")
    _, nonce, proof = _REPLY.unpack(body)
    return nonce, proof


def _check_version(version: int) -> None:
    if version != VERSION:
        raise VersionMismatchError(
            f"The peer speaks version {version} of the control channel and we speak {VERSION}: "
            "run the same release of both services."
        )


class Secrets:
    """What the shared key gives for one connection."""

    def __init__(self, master_key: bytes, nonces: Nonces) -> None:
        self._master_key = master_key
        self._nonces = nonces.hub + nonces.service

    def proof(self, role: Role) -> bytes:
        """The 32 bytes by which `role` shows that it holds the key."""
        mac = HMAC(self._derive(b"proof"), hashes.SHA256())
        mac.update(role.value.encode() + b"\0" + bytes([VERSION]) + self._nonces)
        return mac.finalize()

    def check(self, role: Role, proof: bytes) -> None:
        """Raise WrongKeyError unless `proof` is that of `role`."""
        if not compare_digest(self.proof(role), proof):
            raise WrongKeyError("The peer holds another key: both services must use the same key file.")

    def sealing_key(self, sender: Role) -> bytes:
        """The AES-256 key of what `sender` sends."""
        return self._derive(b"sealed by " + sender.value.encode())

    def _derive(self, purpose: bytes) -> bytes:
        return HKDF(hashes.SHA256(), 32, salt=self._nonces, info=_LABEL + purpose).derive(self._master_key)
