"""The command that opens the window: its arguments, and one line about what is missing when it cannot."""

import argparse
import importlib.util
import os
import sys
from pathlib import Path

from livechat import logs
from livechat.errors import LiveChatError, SettingsError
from livechat.settings import LOG_FORMATS, LOG_LEVELS, SettingsReader

_NO_TK = (
    "Tk is missing from this Python. Install it (Debian, Ubuntu: python3-tk; Fedora: python3-tkinter; "
    "Arch: tk; macOS with Homebrew: python-tk), or use the command line: livechat --help."
)


def main(arguments: list[str] | None = None) -> int:
    """Run the client; 0 when it was closed, 1 when it cannot be shown, 2 when it was called in a wrong way."""
    options = _parse(arguments)
    try:
        _configure_logs()
    except SettingsError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)  # noqa: T201  # the log is not there yet
        return 2
    if importlib.util.find_spec("_tkinter") is None:
        return _cannot(_NO_TK)
    # Only now: these need Tk.
    from client_gui.app import App  # noqa: PLC0415  # see the line above

    try:
        app = App(options.profile_dir)
    except LiveChatError as error:
        return _cannot(str(error))
    app.run()
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="social-live-chat",
        description="Social Live Chat: talk with everyone on your network and download shared files.",
        epilog="Without a window, use the command livechat.",
    )
    parser.add_argument(
        "--profile-dir",
        type=Path,
        metavar="DIR",
        help="keep name, server and port in DIR; give several clients on one machine a folder each",
    )
    return parser.parse_args(arguments)


def _configure_logs() -> None:
    reader = SettingsReader(os.environ)
    level = reader.choice("LIVECHAT_LOG_LEVEL", "WARNING", LOG_LEVELS)
    log_format = reader.choice("LIVECHAT_LOG_FORMAT", "text", LOG_FORMATS)
    reader.finish()
    if sys.stderr is None:
        return  # a Windows program without a console: nobody could read them
    logs.configure(service="client", level=level, log_format=log_format)


def _cannot(reason: str) -> int:
    print(reason, file=sys.stderr)  # noqa: T201  # one line for the person who typed the command
    return 1


if __name__ == "__main__":
    sys.exit(main())
