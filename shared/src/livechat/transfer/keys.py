"""Keys of one path and the seals made with them (docs/protocol/transfer.md, section 4). Nonces are counters,
never drawn.

What protects whom, and why AES-128-GCM here and AES-GCM-SIV for tickets and tokens: docs/adr/0002.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from livechat.errors import RemoteProtocolError
from livechat.ticket import derive

DIRECTION_KEY_BYTES = 16

_HELLO_INFO = b"livechat transfer v1 hello"
_TO_SERVER_INFO = b"livechat transfer v1 client to server"
_TO_CLIENT_INFO = b"livechat transfer v1 server to client"


class SealError(RemoteProtocolError):
    """A tag does not fit: forged, corrupted, or sealed under another key."""


class Seal:
    """AES-128-GCM under one key; the caller never repeats a counter when sealing."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, counter: int, plaintext: bytes | memoryview, aad: bytes) -> bytes:
        """Ciphertext and tag."""
        return self._aead.encrypt(b"\0\0\0\0" + counter.to_bytes(8, "big"), plaintext, aad)

    def open(self, counter: int, sealed: bytes, aad: bytes) -> bytes:
        """The plaintext; raises SealError."""
        try:
            return self._aead.decrypt(b"\0\0\0\0" + counter.to_bytes(8, "big"), sealed, aad)
        except InvalidTag:
            raise SealError("The seal does not fit.") from None


def hello_seal(session_key: bytes, client_nonce: bytes) -> Seal:
    """For the one HELLO that carries `client_nonce`, with counter 0."""
    return Seal(derive(session_key, _HELLO_INFO, salt=client_nonce, length=DIRECTION_KEY_BYTES))


def to_server_seal(session_key: bytes, client_nonce: bytes, epoch: bytes) -> Seal:
    """For GET and REPAIR; `epoch` is the one that the PATH named, the counter is the request number."""
    return Seal(derive(session_key, _TO_SERVER_INFO, salt=client_nonce + epoch, length=DIRECTION_KEY_BYTES))


def to_client_seal(session_key: bytes, client_nonce: bytes, epoch: bytes) -> Seal:
    """For everything that the process with this `epoch` sends, under its own counter."""
    return Seal(derive(session_key, _TO_CLIENT_INFO, salt=client_nonce + epoch, length=DIRECTION_KEY_BYTES))
