"""The file service put together: share, store, endpoint, socket, control channel.

Only wiring lives here, and what is logged about the whole.
"""

import os
import time
from dataclasses import asdict

import gevent
from livechat import keyfile
from livechat.control.messages import Service, Stats
from livechat.transfer.server import ServerEndpoint, ServerStats
from loguru import logger

from file_udp.control import ControlListener, Host
from file_udp.interfaces import own_addresses
from file_udp.loud import raise_in_main
from file_udp.offers import Offers
from file_udp.server import UdpServer, open_socket
from file_udp.settings import FilesSettings
from file_udp.share import Share
from file_udp.store import FolderStore

LOG_EVERY_S = 60.0


class FileService:
    """Everything that runs in the process."""

    def __init__(self, settings: FilesSettings) -> None:
        """Read the key and open the socket. Raises KeyFileError, OSError."""
        self._settings = settings
        self._started = time.monotonic()
        master_key = keyfile.load_or_create(settings.key_file)
        self._offers = Offers()
        self._store = FolderStore(settings.files_dir, self._offers)
        self._share = Share(settings.files_dir, settings.index_path, self._offers)
        self._endpoint = ServerEndpoint(master_key=master_key, store=self._store, random_bytes=os.urandom)
        sock = open_socket(settings.host, settings.port)
        self._udp = UdpServer(sock, self._endpoint)
        addresses = own_addresses(sock.getsockname()[0])
        service = Service(settings.port, settings.advertise, addresses)
        host = Host(service, self._offers, self._stats, self._endpoint.revoke)
        self._control = ControlListener(settings.control_listen, master_key, host)
        self._reporter: gevent.Greenlet | None = None

    def start(self) -> None:
        """Offer what is known, then accept clients and hubs. Raises OSError, and nothing runs then."""
        self._share.start()
        self._udp.start()
        try:
            self._control.start()
        except OSError:
            self.stop()
            raise
        self._reporter = gevent.spawn(self._report)
        self._reporter.link_exception(raise_in_main)
        settings = self._settings
        logger.info(
            "ready: files on udp {}:{}, control on tcp {}:{}, {} files offered from {}",
            settings.host,
            settings.port,
            *settings.control_listen,
            len(self._offers),
            settings.files_dir,
        )

    def stop(self) -> None:
        """End within two seconds."""
        gevent.killall([greenlet for greenlet in (self._reporter,) if greenlet is not None])
        self._control.stop()
        self._udp.stop()
        self._share.stop()
        self._store.close()
        logger.info("stopped")

    def _stats(self) -> Stats:
        stats = self._endpoint.stats()
        return Stats(
            uptime_s=int(time.monotonic() - self._started),
            files=len(self._offers),
            datagrams_in=stats.received_datagrams,
            datagrams_out=stats.sent_datagrams,
            bytes_out=stats.sent_bytes,
            refused=stats.busy + stats.gone + stats.errors + stats.resets + stats.replayed + stats.dropped,
        )

    def _report(self) -> None:
        """Log what was served, each minute in which something was."""
        last = ServerStats()
        while True:
            gevent.sleep(LOG_EVERY_S)
            stats = self._endpoint.stats()
            if stats.gets > last.gets:
                changed = _difference(stats, last)
                socket = self._udp.stats
                logger.info(
                    "served in {:.0f} s: {:.1f} MB, {}; socket: {} blocked, {} failed",
                    LOG_EVERY_S,
                    (stats.sent_bytes - last.sent_bytes) / 1e6,
                    ", ".join(f"{count} {name}" for name, count in changed.items()),
                    socket.blocked,
                    socket.failed,
                )
            last = stats


def _difference(now: ServerStats, before: ServerStats) -> dict[str, int]:
    earlier = asdict(before)
    return {name: count - earlier[name] for name, count in asdict(now).items() if count > earlier[name]}
