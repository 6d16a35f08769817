"""`python -m chat_hub`: reads the settings, takes the port, and loads and runs the hub.

The port is taken first: whoever connects while the rest is loaded waits a moment and is not refused.
Exit status: 0 after a clean end, 1 when the start failed, 2 for settings that cannot be used.
"""

import gc
import os
import socket
import sys

from livechat.errors import LiveChatError, SettingsError

from chat_hub.listener import listen
from chat_hub.settings import HubSettings, read


def main() -> int:
    """Run the hub until a signal ends it."""
    gc.disable()  # a start makes hardly any garbage; `service` turns it on again
    try:
        settings = read(os.environ)
    except SettingsError as error:
        for fault in error.faults:
            sys.stderr.write(f"{fault}\n")
        return 2
    listener: socket.socket | OSError
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        listener = error
    return _run(settings, listener)


def _run(settings: HubSettings, listener: socket.socket | OSError) -> int:
    from livechat import logs  # noqa: PLC0415  # takes as long as all that is above
    from loguru import logger  # noqa: PLC0415

    logs.configure(service="chat-hub", level=settings.log_level, log_format=settings.log_format)
    try:
        if isinstance(listener, OSError):
            raise listener
        from chat_hub.service import serve  # noqa: PLC0415

        serve(settings, listener)
    except (LiveChatError, OSError) as error:
        logger.error("the hub cannot start: {}", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
