"""Runs the file service in the foreground until SIGTERM or SIGINT: `python -m file_udp`."""

import os
import signal
import sys

import gevent
from gevent.event import Event
from livechat import logs
from livechat.errors import SettingsError
from livechat.keyfile import KeyFileError
from loguru import logger

from file_udp import settings
from file_udp.service import FileService

EXIT_SETTINGS = 2


def main() -> int:
    """Run until told to end; the exit status."""
    try:
        chosen = settings.read(os.environ)
    except SettingsError as error:
        sys.stderr.writelines(f"{fault}\n" for fault in error.faults)
        return EXIT_SETTINGS
    logs.configure(service="file-udp", level=chosen.log_level, log_format=chosen.log_format)
    told_to_end = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, told_to_end.set)
    try:
        service = FileService(chosen)
        service.start()
    except (KeyFileError, OSError) as error:
        logger.critical("cannot start: {}", error)
        return 1
    told_to_end.wait()
    service.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
