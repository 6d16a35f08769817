"""Path tokens: what a service tells itself about a path, carried by the client (docs/protocol/transfer.md,
section 4.3).

A token proves that its client received a datagram at its address, and holds all that a replica needs to answer.
"""

import ipaddress
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from livechat.errors import LocalProtocolError, RemoteProtocolError
from livechat.ticket import Rights, derive, key_id
from livechat.transfer.events import Address

PATH_TOKEN_LIFETIME_S = 60

_KEY_INFO = b"livechat path token v1"
_NONCE_BYTES = 12
_BODY = struct.Struct("!8s32s16s8s18sdQHQ")
"""Ticket id, session key, client nonce, epoch, address and port, HELLO's arrival (Unix s), ticket's expiry
(Unix s),
rights, rate cap (bytes/s)."""

TOKEN_BYTES = 1 + _NONCE_BYTES + _BODY.size + 16


class TokenError(RemoteProtocolError):
    """The token was not made by a service that shares our key."""


@dataclass(frozen=True, slots=True)
class PathToken:
    """What a HELLO proved and what its ticket said."""

    ticket_id: bytes
    session_key: bytes
    client_nonce: bytes
    epoch: bytes
    packed_address: bytes
    hello_at: float
    """Unix seconds of the service that answered the HELLO; the token ends PATH_TOKEN_LIFETIME_S later."""
    ticket_expires_at: int
    rights: Rights
    rate_cap_bytes_s: int


class TokenSealer:
    """Seals path tokens with AES-GCM-SIV: replicas draw nonces independently."""

    def __init__(self, master_key: bytes, random_bytes: Callable[[int], bytes]) -> None:
        self._aead = AESGCMSIV(derive(master_key, _KEY_INFO))
        self._key_id = bytes((key_id(master_key),))
        self._random_bytes = random_bytes

    def seal(self, token: PathToken) -> bytes:
        """The token as the client carries it, TOKEN_BYTES long."""
        body = _BODY.pack(
            token.ticket_id, token.session_key, token.client_nonce, token.epoch, token.packed_address,
            token.hello_at, token.ticket_expires_at, token.rights, token.rate_cap_bytes_s,
        )  # fmt: skip
        nonce = self._random_bytes(_NONCE_BYTES)
        return self._key_id + nonce + self._aead.encrypt(nonce, body, self._key_id)

    def open(self, data: bytes) -> PathToken:
        """The token in `data`, whatever its age; raises TokenError."""
        if len(data) != TOKEN_BYTES or data[:1] != self._key_id:
            raise TokenError("The token has a wrong length or was sealed under another key.")
        try:
            body = self._aead.decrypt(data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :], self._key_id)
        except InvalidTag:
            raise TokenError("The token is not genuine.") from None
        ticket_id, session_key, nonce, epoch, address, hello_at, expires_at, rights, cap = _BODY.unpack(body)
        return PathToken(
            ticket_id, session_key, nonce, epoch, address, hello_at, expires_at, Rights(rights), cap
        )


@lru_cache(maxsize=1024)
def pack_address(address: Address) -> bytes:
    """16 bytes of address (IPv4 mapped into IPv6) and 2 of port."""
    host, port = address
    try:
        ip = ipaddress.ip_address(host)
    except ValueError as error:
        raise LocalProtocolError("An address has to be numeric.") from error
    packed = ip.packed if isinstance(ip, ipaddress.IPv6Address) else bytes(10) + b"\xff\xff" + ip.packed
    return packed + port.to_bytes(2, "big")
