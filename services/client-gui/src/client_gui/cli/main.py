"""`livechat`: the arguments, and what comes back to the shell.

Exit codes: 0 done; 1 refused or failed, with one line on standard error; 2 wrong usage; 130 interrupted; 141
nobody reads our output any more. Only what every start needs is imported here: the commands come later.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from livechat import __version__
from livechat.errors import LiveChatError
from livechat.settings import parse_endpoint

DEFAULT_PORT = 6667
EXIT_FAILED, EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 1, 130, 141
DEFAULT_PATIENCE_S = 60.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Wrong usage ends in SystemExit(2), as argparse does."""
    options = parse(argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a name must not end a download
    try:
        command = import_module(f"client_gui.cli.{options.command}")
        code: int = command.run(options)
        sys.stdout.flush()
    except LiveChatError as error:
        print(f"livechat: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("livechat: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The interpreter flushes standard output at its end: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    return code


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options of one command; `command` names its module."""
    parser = argparse.ArgumentParser(
        prog="livechat",
        description="Social Live Chat without a window: list and fetch files, say something, listen.",
        epilog="Where the server has a password: put it into the environment variable "
        "LIVECHAT_SERVER_PASSWORD. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted.",
    )
    parser.add_argument("--version", action="version", version=f"livechat {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    common = _common()

    commands.add_parser("ls", parents=[common], help="list the files that can be fetched")

    get = commands.add_parser(
        "get",
        parents=[common],
        help="fetch files, verified; resumes what broke off",
        description="Fetch files side by side, verify them, and print SHA-256 and path of each. What is not "
        "there or fails is named on standard error and makes the exit code 1; all the others are fetched.",
    )
    get.add_argument("targets", nargs="+", metavar="NAME|ID|LINK", help="what to fetch; an id may be shortened")
    get.add_argument("-o", "--output", metavar="DIR", type=Path, default=Path(), help="folder to write to (.)")
    get.add_argument(
        "--patience",
        metavar="SECONDS",
        type=_seconds,
        default=DEFAULT_PATIENCE_S,
        help="give up when nothing arrives for so long (%(default).0f)",
    )

    say = commands.add_parser("say", parents=[common], help="say something to everyone, or to one person")
    say.add_argument("text", metavar="TEXT", help="what to say; - says the lines of standard input")
    say.add_argument("--to", metavar="NICK", default="", help="say it to this person alone")

    tail = commands.add_parser("tail", parents=[common], help="print what is said")
    tail.add_argument("--count", metavar="N", type=_count, default=0, help="end after N messages")
    return parser.parse_args(argv)


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--server",
        metavar="HOST[:PORT]",
        type=_server,
        help=f"where the hub is (last used, else LIVECHAT_DEFAULT_SERVER, else localhost:{DEFAULT_PORT}); "
        "its password, where it has one, is read from LIVECHAT_SERVER_PASSWORD",
    )
    common.add_argument(
        "--name", metavar="NICK", default="", help="name to use (last used, else the log-in name)"
    )
    common.add_argument("--profile-dir", metavar="DIR", type=Path, help="folder of the remembered settings")
    return common


def _server(text: str) -> tuple[str, int]:
    try:
        return parse_endpoint(text, DEFAULT_PORT)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} {error}") from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
        raise argparse.ArgumentTypeError("must be a whole number from 1")
    return int(text)


def _seconds(text: str) -> float:
    return float(_count(text))


if __name__ == "__main__":
    sys.exit(main())
