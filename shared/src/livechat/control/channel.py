"""One end of a control channel: bytes in, events out; messages in, bytes out (docs/protocol/control.md).

The states are passed in this order and in no other:

    hub       WAITING_REPLY   --REPLY-->   OPEN
    service   WAITING_HELLO   --HELLO-->   WAITING_PROOF   --PROOF-->   OPEN

and any fault leads to CLOSED for good. In OPEN each frame is one message, sealed with AES-256-GCM under the
key of its direction; the nonce is a counter that is not sent, so a frame that is missing, repeated, moved or
sent back opens as little as a forged one. No sockets, no clock: timeouts and reconnecting are the caller's.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from livechat.control import handshake
from livechat.control.frames import LENGTH, MAX_FRAME_BYTES, FrameBuffer, frame
from livechat.control.handshake import Nonces, Role, Secrets
from livechat.control.messages import ControlMessage, decode_from_hub, decode_from_service, encode
from livechat.errors import LocalProtocolError, RemoteProtocolError

_TAG_BYTES = 16
_NONCE = struct.Struct("!IQ")  # zero, the number of the frame in its direction


@dataclass(frozen=True, slots=True)
class HandshakeData:
    """Bytes that must be sent to the peer before anything else."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Established:
    """The peer holds the key: messages may be sent from now on."""


Event = HandshakeData | Established | ControlMessage


class _State(Enum):
    WAITING_REPLY = auto()
    WAITING_HELLO = auto()
    WAITING_PROOF = auto()
    OPEN = auto()
    CLOSED = auto()


class _Sealer:
    """Counts and seals, or counts and opens, the frames of one direction."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._count = 0

    def seal(self, message: bytes) -> bytes:
        length = LENGTH.pack(len(message) + _TAG_BYTES)
        return self._aead.encrypt(self._next_nonce(), message, length)

    def open(self, body: bytes) -> bytes:
        try:
            return self._aead.decrypt(self._next_nonce(), body, LENGTH.pack(len(body)))
        except InvalidTag as error:
            raise RemoteProtocolError("A frame is not what the peer sealed next.") from error

    def _next_nonce(self) -> bytes:
        self._count += 1
        return _NONCE.pack(0, self._count)


class ControlChannel:
    """One connection's end; `random_bytes(n)` gives n unpredictable bytes."""

    def __init__(self, role: Role, master_key: bytes, random_bytes: Callable[[int], bytes]) -> None:
        self._role = role
        self._master_key = master_key
        self._nonce = random_bytes(handshake.NONCE_BYTES)
        self._state = _State.WAITING_REPLY if role is Role.HUB else _State.WAITING_HELLO
        self._frames = FrameBuffer()
        self._secrets: Secrets | None = None
        self._outgoing: _Sealer | None = None
        self._incoming: _Sealer | None = None

    @property
    def established(self) -> bool:
        """Whether messages can be sent now."""
        return self._state is _State.OPEN

    def greeting(self) -> bytes:
        """What is sent when the connection is made: the hub's HELLO; nothing from the service."""
        return frame(handshake.encode_hello(self._nonce)) if self._role is Role.HUB else b""

    def send(self, message: ControlMessage) -> bytes:
        """The frame of `message`; frames must be sent in the order in which they were made.

        Raises LocalProtocolError before Established and when the message is too long for a frame.
        """
        if self._outgoing is None or self._state is not _State.OPEN:
            raise LocalProtocolError("The control channel is not open.")
        plain = encode(message)
        if len(plain) > MAX_FRAME_BYTES - _TAG_BYTES:
            raise LocalProtocolError("A control message is too long for a frame.")
        return frame(self._outgoing.seal(plain))

    def receive_data(self, data: bytes) -> list[Event]:
        """What the bytes that came mean, in order.

        Raises RemoteProtocolError at the first fault (WrongKeyError, VersionMismatchError among them), and
        LocalProtocolError when called after one: the connection is to be closed. Events before the fault in
        the same `data` are lost with it.
        """
        if self._state is _State.CLOSED:
            raise LocalProtocolError("The control channel is closed.")
        self._frames.feed(data)
        events: list[Event] = []
        try:
            while (body := self._frames.next_body(self._limit())) is not None:
                events += self._receive_body(body)
        except RemoteProtocolError:
            self._state = _State.CLOSED
            raise
        return events

    def _limit(self) -> int:
        return MAX_FRAME_BYTES if self._state is _State.OPEN else handshake.MAX_HANDSHAKE_BYTES

    def _receive_body(self, body: bytes) -> list[Event]:
        match self._state:
            case _State.WAITING_REPLY:
                return self._receive_reply(body)
            case _State.WAITING_HELLO:
                return self._receive_hello(body)
            case _State.WAITING_PROOF:
                return self._receive_proof(body)
            case _:
                return [self._receive_sealed(body)]

    def _receive_hello(self, body: bytes) -> list[Event]:
        self._secrets = Secrets(self._master_key, Nonces(handshake.decode_hello(body), self._nonce))
        self._state = _State.WAITING_PROOF
        reply = handshake.encode_reply(self._nonce, self._secrets.proof(Role.SERVICE))
        return [HandshakeData(frame(reply))]

    def _receive_reply(self, body: bytes) -> list[Event]:
        service_nonce, proof = handshake.decode_reply(body)
        self._secrets = Secrets(self._master_key, Nonces(self._nonce, service_nonce))
        self._secrets.check(Role.SERVICE, proof)
        own_proof = self._secrets.proof(Role.HUB)
        self._open(self._secrets)
        return [HandshakeData(frame(own_proof)), Established()]

    def _receive_proof(self, body: bytes) -> list[Event]:
        assert self._secrets is not None
        self._secrets.check(Role.HUB, body)
        self._open(self._secrets)
        return [Established()]

    def _open(self, secrets: Secrets) -> None:
        self._outgoing = _Sealer(secrets.sealing_key(self._role))
        self._incoming = _Sealer(secrets.sealing_key(self._role.peer))
        self._state = _State.OPEN

    def _receive_sealed(self, body: bytes) -> ControlMessage:
        assert self._incoming is not None
        plain = self._incoming.open(body)
        return decode_from_service(plain) if self._role is Role.HUB else decode_from_hub(plain)
