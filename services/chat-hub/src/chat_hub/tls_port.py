"""The TLS port over the life of the process: bound at the start, opened with its certificate, reloaded.

OpenSSL's binding and the certificate are loaded in a thread right after the start, so that neither the start
nor the chat waits for them; who connects meanwhile waits in the backlog. Connections keep the context that they
began with, so a reload drops nobody.
"""

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gevent
from loguru import logger

from chat_hub import certificates
from chat_hub.certificates import CertificateError, CertificateFiles
from chat_hub.listener import listen
from chat_hub.server import HubServer
from chat_hub.settings import HubSettings

if TYPE_CHECKING:
    from chat_hub.tls import TlsStream


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A context, its certificate's fingerprint, and whether clients can be expected to trust it."""

    context: Any  # OpenSSL's, whose module is not loaded yet
    fingerprint: str
    trusted: bool


class TlsPort:
    """Listens. Raises OSError without the port, CertificateError for files that cannot be used."""

    def __init__(self, server: HubServer, settings: HubSettings) -> None:
        self._hub = server.hub
        self._settings = settings
        self._files = certificates.locate(settings.tls_cert, settings.tls_key, settings.data_dir)
        if self._files.given or self._files.chain.exists():
            certificates.check(self._files)
        self._door = server.add_door(listen(settings.host, settings.tls_port), self.stream)
        self._loaded: _Loaded | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return self._door.address

    def start(self) -> None:
        """Load everything that is needed, then accept."""
        gevent.spawn(self._load, "loaded")

    def reload(self) -> None:
        """Read the certificate again; a broken one is logged, and the one that is there stays."""
        gevent.spawn(self._load, "reloaded")

    def stream(self, sock: socket.socket) -> "TlsStream":
        """The server's end of TLS on an accepted socket."""
        from chat_hub.tls import TlsStream  # noqa: PLC0415  # loaded by now, and not before

        assert self._loaded is not None, "the door opens after the first load"
        return TlsStream(self._loaded.context, sock)

    def _load(self, what: str) -> None:
        pool = gevent.get_hub().threadpool
        loaded = pool.apply(_load_files, (self._files, self._settings.server_name))
        if isinstance(loaded, CertificateError):
            stays = "the former one stays in use" if self._loaded else "the TLS port stays closed"
            logger.error("TLS: {} So {}.", loaded, stays)
            return
        first, self._loaded = self._loaded is None, loaded
        self._hub.sts_port = self.address[1] if loaded.trusted else None
        if first:
            self._door.open()
        kind = "" if self._files.given else "self-signed "
        logger.info("TLS: {}certificate {}, SHA-256 fingerprint {}", kind, what, loaded.fingerprint)


def _load_files(files: CertificateFiles, server_name: str) -> _Loaded | CertificateError:
    """In a thread: make a certificate where none is given and none was made, and load it.

    The error is returned: gevent's pool would write the trace of one that is raised to standard error.
    """
    from chat_hub import tls  # noqa: PLC0415  # takes half as long as the whole start

    try:
        if not files.given and not files.chain.exists():
            certificates.make_self_signed(files.chain, server_name)
        context = tls.make_context(files)
        trusted = files.given and not tls.signs_itself(context)
        return _Loaded(context, certificates.fingerprint(files), trusted)
    except CertificateError as error:
        return error
