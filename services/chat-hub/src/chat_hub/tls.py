"""TLS over a non-blocking socket: the context that all connections share, and the stream of each.

pyOpenSSL and not the standard library's `ssl`, because that cannot ask for a client's certificate without
demanding one that some authority signed, while IRC knows people by the fingerprint of whatever certificate they
show (SASL EXTERNAL). It is loaded after the start: see `tls_port`.
"""

import errno
import os
import socket

from OpenSSL import SSL

from chat_hub.certificates import CertificateError, CertificateFiles
from chat_hub.transport import Step

RECORD_BYTES = 16 * 1024  # RFC 8446 section 5.1: the most that one record carries
# TLS 1.2: only suites with forward secrecy and authenticated encryption; TLS 1.3 has no others.
_TLS12_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
# No tickets and no cache: a session that is resumed would show no client certificate, and each costs memory.
# No renegotiation: it has no use but to make the server work.
_OPTIONS = SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION


def make_context(files: CertificateFiles) -> SSL.Context:
    """A server's context for TLS 1.2 and newer. Raises CertificateError."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(_TLS12_CIPHERS)
    context.set_options(_OPTIONS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # an idle connection keeps no room for records
    # Asked for, not demanded. Any will do: its key was proved in the handshake, its name is never believed.
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    try:
        context.use_certificate_chain_file(str(files.chain))
        context.use_privatekey_file(str(files.key))
        context.check_privatekey()
    except SSL.Error as error:
        raise CertificateError(
            f"The certificate {files.chain} with the key {files.key} cannot be used: {_reason(error)}."
        ) from error
    return context


def signs_itself(context: SSL.Context) -> bool:
    """Whether the context's certificate names itself as its issuer."""
    certificate = SSL.Connection(context, None).get_certificate(as_cryptography=True)
    return certificate is None or certificate.issuer == certificate.subject


class TlsStream:
    """The server's end of one TLS connection; `transport.OpeningTransport` over a non-blocking socket."""

    __slots__ = ("_record", "_sock", "_tls", "certfp")

    secure = True

    def __init__(self, context: SSL.Context, sock: socket.socket) -> None:
        self._sock = sock
        self._tls = SSL.Connection(context, sock)
        self._tls.set_accept_state()
        # What OpenSSL has begun to send and must be given again until it is through.
        self._record = b""
        self.certfp: str | None = None

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._sock.fileno()

    def open(self) -> Step:
        """Go on with the handshake. Raises OSError."""
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            return Step.READ
        except SSL.WantWriteError:
            return Step.WRITE
        except SSL.Error as error:
            raise _lost(error) from error
        certificate = self._tls.get_peer_certificate()
        if certificate is not None:
            self.certfp = certificate.digest("sha256").replace(b":", b"").decode().lower()
        return Step.DONE

    def recv(self, _size: int, /) -> bytes:
        """What one record carries; empty after close_notify and at the end of the socket."""
        try:
            return self._tls.recv(RECORD_BYTES)
        except (SSL.WantReadError, SSL.WantWriteError):
            raise BlockingIOError from None
        except SSL.ZeroReturnError:
            return b""
        except SSL.Error as error:
            if isinstance(error, SSL.SysCallError) and error.args[0] == -1:
                return b""  # closed without close_notify, as many clients do; lines have their own ends
            raise _lost(error) from error

    def send(self, data: bytes, /) -> int:
        """Encrypt and send as many records as the socket takes."""
        sent = 0
        try:
            if self._record:
                sent = self._finish_record(data)
            while sent < len(data):
                self._record = data[sent : sent + RECORD_BYTES]
                sent += self._tls.send(self._record)
                self._record = b""
        except (SSL.WantWriteError, SSL.WantReadError):
            if not sent:
                raise BlockingIOError from None
        except SSL.Error as error:
            raise _lost(error) from error
        return sent

    def shutdown(self, how: int, /) -> None:
        """Say close_notify, then half-close the socket."""
        try:
            self._tls.shutdown()
        except SSL.Error:
            pass  # it is as good as lost, and the socket says so
        self._sock.shutdown(how)

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def _finish_record(self, data: bytes) -> int:
        """Give the record again that was begun; how much of `data` it was, which may be a farewell by now."""
        record = self._record
        sent = self._tls.send(record)
        self._record = b""
        return sent if data.startswith(record) else 0


def _lost(error: SSL.Error) -> OSError:
    """The same fault as a lost socket has, with a reason for people."""
    if isinstance(error, SSL.SysCallError) and error.args[0] > 0:
        return OSError(error.args[0], os.strerror(error.args[0]))
    return OSError(errno.EPROTO, f"TLS failed: {_reason(error)}")


def _reason(error: SSL.Error) -> str:
    """What OpenSSL says in words: the last part of the last error of its list."""
    listed = error.args[0] if error.args else ()
    return str(listed[-1][-1]) if isinstance(listed, list) and listed else str(error) or "unexpected end"
