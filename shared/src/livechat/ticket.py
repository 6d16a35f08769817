"""Tickets: how the hub tells the file services who may download, without a word between them.

The hub and the client agree on a session key with X25519 (`agree_hub`, `ClientAgreement`); the hub seals that
key and the person's rights into a ticket that only the services' shared key opens (`TicketSealer`). What a
ticket is used for on the wire is docs/protocol/transfer.md, sections 3 and 4. No clock and no source of
randomness lives here.
"""

import enum
import struct
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from livechat.errors import LocalProtocolError, RemoteProtocolError

TICKET_LIFETIME_S = 600
TICKET_ID_BYTES = 8
SESSION_KEY_BYTES = 32
PUBLIC_KEY_BYTES = 32
MAX_NICK_BYTES = 128
"""32 characters of at most 4 bytes of UTF-8 each."""
MAX_TICKET_BYTES = 256
"""A HELLO reserves room for this; the longest ticket in use has 216 bytes."""

_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_INFO = b"livechat ticket v1"
_KEY_ID_INFO = b"livechat key id v1"
_SESSION_INFO = b"livechat session v1"

_BODY = struct.Struct("!8sHQQ32sB")
"""Ticket id, rights, rate cap (bytes/s), expiry (Unix s), session key, length of the nick; then the nick in
UTF-8.
"""


class TicketError(RemoteProtocolError):
    """The ticket cannot be used: it is malformed, forged, or sealed under a key that we do not have."""


class TicketExpiredError(TicketError):
    """The ticket is genuine but has ended; `ticket` is what it says, so that the refusal can be sealed."""

    def __init__(self, ticket: "Ticket") -> None:
        super().__init__("The ticket has expired.")
        self.ticket = ticket


class Rights(enum.IntFlag):
    """What the holder of a ticket may do."""

    NONE = 0
    DOWNLOAD = 1
    UPLOAD = 2


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the hub vouches for: one session of one person, for at most ten minutes."""

    ticket_id: bytes
    nick: str
    rights: Rights
    rate_cap_bytes_s: int
    """Most bytes per second that a file service sends to the holder; 0 = no cap."""
    expires_at: int
    """Unix seconds."""
    session_key: bytes


def derive(key: bytes, info: bytes, *, salt: bytes = b"", length: int = 32) -> bytes:
    """HKDF-SHA256 (RFC 5869): `length` bytes for the use that `info` names."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info).derive(key)


def key_id(master_key: bytes) -> int:
    """The byte that names `master_key` in tickets and path tokens, so that a foreign key is told from a
    forgery.
    """
    return derive(master_key, _KEY_ID_INFO, length=1)[0]


class TicketSealer:
    """Seals and opens tickets under the key that the services share.

    AES-GCM-SIV (RFC 8452): the hub and later hubs draw nonces at random and independently, and a repeated nonce
    must not give anything away.
    """

    def __init__(self, master_key: bytes, random_bytes: Callable[[int], bytes]) -> None:
        self._aead = AESGCMSIV(derive(master_key, _KEY_INFO))
        self._key_id = bytes((key_id(master_key),))
        self._random_bytes = random_bytes

    def seal(self, ticket: Ticket) -> bytes:
        """The ticket for the wire; raises LocalProtocolError where a field does not fit."""
        nick = ticket.nick.encode()
        if len(nick) > MAX_NICK_BYTES or len(ticket.ticket_id) != TICKET_ID_BYTES:
            raise LocalProtocolError("The nick or the id of the ticket has a wrong length.")
        if len(ticket.session_key) != SESSION_KEY_BYTES:
            raise LocalProtocolError("A session key has 32 bytes.")
        body = _BODY.pack(ticket.ticket_id, ticket.rights, ticket.rate_cap_bytes_s, ticket.expires_at,
                          ticket.session_key, len(nick))  # fmt: skip
        nonce = self._random_bytes(_NONCE_BYTES)
        return self._key_id + nonce + self._aead.encrypt(nonce, body + nick, self._key_id)

    def open(self, data: bytes, now_unix: float) -> Ticket:
        """The ticket in `data`; raises TicketExpiredError or TicketError."""
        if not 1 + _NONCE_BYTES + _BODY.size + _TAG_BYTES <= len(data) <= MAX_TICKET_BYTES:
            raise TicketError("The ticket has a wrong length.")
        if data[:1] != self._key_id:
            raise TicketError("The ticket was sealed under another key.")
        try:
            body = self._aead.decrypt(data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :], self._key_id)
        except InvalidTag:
            raise TicketError("The ticket is not genuine.") from None
        ticket = _decode(body)
        if now_unix >= ticket.expires_at:
            raise TicketExpiredError(ticket)
        return ticket


def _decode(body: bytes) -> Ticket:
    ticket_id, rights, rate_cap, expires_at, session_key, nick_bytes = _BODY.unpack_from(body)
    if len(body) != _BODY.size + nick_bytes:
        raise TicketError("The ticket's nick has a wrong length.")
    try:
        nick = body[_BODY.size :].decode()
    except UnicodeDecodeError:
        raise TicketError("The ticket's nick is not UTF-8.") from None
    known = Rights(rights & (Rights.DOWNLOAD | Rights.UPLOAD))
    return Ticket(ticket_id, nick, known, rate_cap, expires_at, session_key)


def agree_hub(client_public: bytes, random_bytes: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """The hub's half of the agreement: (its public key to send back, the session key).

    Raises RemoteProtocolError where `client_public` is no usable X25519 key.
    """
    private = X25519PrivateKey.from_private_bytes(random_bytes(PUBLIC_KEY_BYTES))
    public = private.public_key().public_bytes_raw()
    return public, _session_key(private, client_public, client_public + public)


class ClientAgreement:
    """The client's half: send `public`, then ask for the session key with what the hub answered."""

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._private = X25519PrivateKey.from_private_bytes(random_bytes(PUBLIC_KEY_BYTES))
        self.public = self._private.public_key().public_bytes_raw()

    def session_key(self, server_public: bytes) -> bytes:
        """The 32 bytes that both sides now share; raises RemoteProtocolError on an unusable key."""
        return _session_key(self._private, server_public, self.public + server_public)


def _session_key(private: X25519PrivateKey, peer_public: bytes, both_publics: bytes) -> bytes:
    if len(peer_public) != PUBLIC_KEY_BYTES:
        raise RemoteProtocolError("An X25519 public key has 32 bytes.")
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(peer_public))
    except ValueError:  # a point of small order: the result would be all zeros, RFC 7748 section 6.1
        raise RemoteProtocolError("The X25519 public key is of small order.") from None
    return derive(shared, _SESSION_INFO, salt=both_publics)
