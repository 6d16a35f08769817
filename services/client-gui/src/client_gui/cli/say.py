"""`livechat say`: one message, or the lines of standard input; done when the server has confirmed them."""

import argparse
import sys

from client_gui.cli.client import Client, CommandFailedError
from client_gui.model import events as ev
from client_gui.model.events import Kind
from client_gui.model.intents import Say

CONFIRM_S = 30.0
"""Without any sign of the server for so long a message counts as not said."""


def run(options: argparse.Namespace) -> int:
    """Log in, say it, wait for the echo."""
    lines = (line.rstrip("\r\n") for line in sys.stdin) if options.text == "-" else [options.text]
    with Client(options) as client:
        client.log_in()
        for number, line in enumerate(lines):
            if line.strip() or options.text != "-":
                client.post(intent(options.to, line, f"say{number}"))
                _wait_for_echo(client, f"say{number}")
    return 0


def intent(to: str, line: str, label: str) -> Say:
    """What `line` means, for the person `to` or for everyone: `/me waves` is an action, as in the window."""
    target = to or ev.LOBBY
    done = line.removeprefix("/me ").strip() if line.startswith("/me ") else ""
    return Say(target, done, label, Kind.ACTION) if done else Say(target, line, label)


def _wait_for_echo(client: Client, label: str) -> None:
    """Until every piece of the message of `label` is confirmed; raises CommandFailedError."""
    waiting: set[str] = set()
    for event in client.events(CONFIRM_S):
        match event:
            case ev.MessageQueued(label=piece) if _is_piece(piece, label):
                waiting.add(piece)
            case ev.MessageReceived(own=True, label=piece) if piece in waiting:
                waiting.discard(piece)
                if not waiting:
                    return
            case ev.MessageFailed(label=piece, reason=reason) if _is_piece(piece, label):
                raise CommandFailedError(reason)
    raise CommandFailedError("The server has not confirmed the message.")


def _is_piece(piece: str, label: str) -> bool:
    return piece == label or piece.startswith(f"{label}.")
