"""The running hub: its parts put together, started, and ended cleanly on SIGTERM or SIGINT."""

import gc
import os
import resource
import signal
import socket
from pathlib import Path

import gevent
from gevent.event import AsyncResult, Event
from livechat import keyfile
from loguru import logger

from chat_hub import limits
from chat_hub.hub import Hub
from chat_hub.passwords import PasswordPool
from chat_hub.server import HubServer, wall_and_mono
from chat_hub.settings import HubSettings
from chat_hub.store.protocol import StoreError
from chat_hub.store.threads import SqliteStore
from chat_hub.text import clip
from chat_hub.tls_port import TlsPort
from chat_hub.websocket_port import WebSocketPort

DATABASE = "hub.db"
MOTD_FILE, RULES_FILE = "motd.txt", "rules.txt"
TEXT_LINES = 200  # beyond: left out, with a line in the log
_GC_THRESHOLDS = (50_000, 20, 50)  # cycles are rare here, and a full collection stops everybody's chat


def serve(settings: HubSettings, listener: socket.socket) -> None:
    """Run the hub on `listener` until its end; raises LiveChatError or OSError when it cannot start."""
    _raise_file_limit()
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, ended.set)
    master_key = keyfile.load_or_create(settings.key_file)
    store = SqliteStore(settings.data_dir / DATABASE, gevent.get_hub().loop, synchronous=settings.history_sync)
    passwords = PasswordPool(gevent.get_hub().loop)
    hub = Hub(
        settings,
        store=store,
        hasher=passwords,
        random_bytes=os.urandom,
        master_key=master_key,
        now=wall_and_mono(),
        motd=read_text(settings.data_dir / MOTD_FILE),
        rules=read_text(settings.data_dir / RULES_FILE),
        report=logger.info,
    )
    server = HubServer(hub, listener)
    _load_kept(hub)
    store.on_room = server.resume_delayed
    store.on_fatal = _end_loudly
    ports = _more_ports(server, settings)
    hub.reloaders.append(lambda: _read_texts(hub))
    gevent.signal_handler(signal.SIGHUP, hub.reload)
    server.start()
    ports.insert(0, f"IRC on {server.address[0]}:{server.address[1]} (TCP)")
    logger.info("ready: {}, flood control {}", ", ".join(ports), _on_off(settings.flood_control))
    _connect_files(server, settings, master_key)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    gc.enable()
    ended.wait()
    logger.info("ending")
    server.stop()
    passwords.close()


def _load_kept(hub: Hub) -> None:
    """Nobody is let in before it is known whose the names are and who is banned; raises StoreError."""
    for load in (hub.accounts.load, hub.moderation.load):
        loaded: AsyncResult[StoreError | None] = AsyncResult()
        load(loaded.set)
        hub.store.flush()
        if (failed := loaded.get()) is not None:
            raise failed


def _more_ports(server: HubServer, settings: HubSettings) -> list[str]:
    """Bind the ports beside plain TCP, so that a taken one is said at once; words about each for the log."""
    words = []
    if settings.tls_port:
        tls = TlsPort(server, settings)
        server.hub.reloaders.append(tls.reload)
        tls.start()
        words.append("{}:{} (TLS)".format(*tls.address))
    if settings.ws_port:
        websocket = WebSocketPort(server, settings)
        websocket.start()
        words.append("{}:{} (WebSocket)".format(*websocket.address))
    return words


def _connect_files(server: HubServer, settings: HubSettings, master_key: bytes) -> None:
    """Keep the channel to the file service; what that needs is loaded when people can connect already."""
    if settings.control_connect is None:
        return
    from chat_hub.control_link import ControlLink  # noqa: PLC0415
    from chat_hub.files_feed import FilesFeed  # noqa: PLC0415

    link = ControlLink(settings.control_connect, master_key, FilesFeed(server))
    server.hub.files.revoke = link.revoke
    server.hub.files.statistics = lambda: link.stats
    link.start()


def _read_texts(hub: Hub) -> None:
    """Read the message of the day and the rules again (REHASH, SIGHUP)."""
    hub.motd = tuple(read_text(hub.settings.data_dir / MOTD_FILE))
    hub.rules = tuple(read_text(hub.settings.data_dir / RULES_FILE))


def read_text(path: Path) -> list[str]:
    """The message of the day or the rules; nothing when there is no such file or it cannot be read."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        logger.warning("{} is left out: {}", path, error)
        return []
    if len(lines) > TEXT_LINES:
        logger.warning("{} has more than {} lines: the rest is left out", path, TEXT_LINES)
    return [clip("".join(filter(str.isprintable, line)), limits.TOPIC_BYTES) for line in lines[:TEXT_LINES]]


def _end_loudly(error: BaseException) -> None:
    """A hub whose store has died confirms nothing any more: it ends, and whoever runs it starts it again."""
    logger.opt(exception=error).critical("a bug has ended a thread of the store: the hub ends")
    os._exit(1)


def _raise_file_limit() -> None:
    """Every connection is a file: take as many as the system lets us have without asking."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _on_off(value: bool) -> str:
    return "on" if value else "off"
