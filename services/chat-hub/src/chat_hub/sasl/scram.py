"""SCRAM-SHA-256 as a server: the password never travels and is never stored (RFC 5802, RFC 7677). Pure.

    client-first   n,,n=user,r=<client nonce>
    server-first   r=<client nonce><server nonce>,s=<salt>,i=<iterations>
    client-final   c=biws,r=<both nonces>,p=<ClientProof>
    server-final   v=<ServerSignature>            or  e=<error>

    StoredKey       := H(HMAC(SaltedPassword, "Client Key"))
    ServerSignature := HMAC(ServerKey, AuthMessage)
    ClientProof     := ClientKey XOR HMAC(StoredKey, AuthMessage)

There is no channel binding: `p=` is refused, and `y` (the client would have it, and thinks that we have not) is
fine, for no mechanism with -PLUS is offered.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from chat_hub.sasl.steps import Accepted, Challenge, Mechanism, Rejected, Step

SALT_BYTES = 16
NONCE_BYTES = 18
KEY_BYTES = 32  # SHA-256
LEAST_ITERATIONS = 4096  # RFC 7677 section 4

# gs2-cbind-flag = ("p=" cb-name) / "n" / "y";  gs2-header = gs2-cbind-flag "," [ authzid ] ","
_GS2_HEADER = re.compile(r"(n|y|p=[A-Za-z0-9.-]+),(?:a=([^,\0]+))?,")
# client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]
_CLIENT_FIRST_BARE = re.compile(r"n=([^,\0]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[a-zA-Z]=[^\0]+)?")
# client-final-message = channel-binding "," nonce ["," extensions] "," proof
_CLIENT_FINAL = re.compile(r"(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[^\0]*?)?),p=([A-Za-z0-9+/=]+)")
# saslname: "," and "=" are written as =2C and =3D and no other "=" may stand
_BAD_ESCAPE = re.compile(r"=(?!2C|3D)")

FAILED = "SASL authentication failed"
_MALFORMED = "SASL authentication failed: the message is malformed"
_NO_BINDING = "SASL authentication failed: channel binding is not supported"
_OTHER_IDENTITY = "SASL authentication failed: acting as somebody else is not supported"
_MAX_NONCE = 256  # characters of a client's nonce; beyond: malformed


@dataclass(frozen=True, slots=True)
class Verifier:
    """What is stored instead of the password: enough to check a proof, not to make one."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes


def derive(password: str, salt: bytes, iterations: int) -> Verifier:
    """The verifier of a prepared password: costs `iterations` rounds, so it belongs into the pool."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    return Verifier(salt, iterations, stored_key, hmac.digest(salted, b"Server Key", "sha256"))


class Scram:
    """One exchange. `find` gives the verifier of a name: one that no proof fits where there is no account."""

    def __init__(self, find: Callable[[str], Verifier], nonce: bytes) -> None:
        self._find = find
        self._server_nonce = base64.b64encode(nonce).decode()
        self._next: Mechanism = self._client_first
        self._gs2_header = self._name = self._nonce = self._auth_message = ""
        self._verifier: Verifier | None = None

    def __call__(self, message: bytes) -> Step:
        """Take one message of the client."""
        return self._next(message)

    def _client_first(self, message: bytes) -> Step:
        text = _text(message)
        header = _GS2_HEADER.match(text) if text is not None else None
        if text is None or header is None:
            return Rejected(_MALFORMED)
        bare = text[header.end() :]
        first = _CLIENT_FIRST_BARE.fullmatch(bare)
        if first is None or _BAD_ESCAPE.search(first[1]) is not None or len(first[2]) > _MAX_NONCE:
            return Rejected(_MALFORMED)
        if header[1].startswith("p="):
            return Rejected(_NO_BINDING)
        if header[2] is not None and header[2] != first[1]:
            return Rejected(_OTHER_IDENTITY)
        self._gs2_header = header[0]
        self._name = first[1].replace("=2C", ",").replace("=3D", "=")
        self._nonce = first[2] + self._server_nonce
        self._verifier = self._find(self._name)
        salt = base64.b64encode(self._verifier.salt).decode()
        server_first = f"r={self._nonce},s={salt},i={self._verifier.iterations}"
        self._auth_message = f"{bare},{server_first},"
        self._next = self._client_final
        return Challenge(server_first.encode())

    def _client_final(self, message: bytes) -> Step:
        text = _text(message)
        final = _CLIENT_FINAL.fullmatch(text) if text is not None else None
        proof = _unbase64(final[4]) if final is not None else None
        if final is None or proof is None or len(proof) != KEY_BYTES:
            return Rejected(_MALFORMED, self._name)
        # "c=" repeats the header of the first message: nobody on the way changed it.
        if _unbase64(final[2]) != self._gs2_header.encode() or final[3] != self._nonce:
            return Rejected(_MALFORMED, self._name)
        assert self._verifier is not None
        auth_message = (self._auth_message + final[1]).encode()
        signature = hmac.digest(self._verifier.stored_key, auth_message, "sha256")
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), self._verifier.stored_key):
            return Rejected(FAILED, self._name, counts=True)
        self._next = self._confirmed
        proof_of_server = hmac.digest(self._verifier.server_key, auth_message, "sha256")
        return Challenge(b"v=" + base64.b64encode(proof_of_server))

    def _confirmed(self, message: bytes) -> Step:
        """The client has seen that we know its password too; it answers with nothing."""
        return Accepted(self._name) if not message else Rejected(_MALFORMED, self._name)


def _text(message: bytes) -> str | None:
    try:
        return message.decode()
    except UnicodeDecodeError:
        return None


def _unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
