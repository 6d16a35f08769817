"""`livechat tail`: prints what is said, until interrupted; comes back by itself when the server was away."""

import argparse
import sys
from datetime import UTC, datetime

from livechat.irc.names import is_channel

from client_gui.cli.client import Client, CommandFailedError
from client_gui.model import events as ev
from client_gui.model.events import Kind


def run(options: argparse.Namespace) -> int:
    """Messages to standard output, remarks about the connection to standard error."""
    left, lost = options.count, ""
    with Client(options) as client:
        _remark(f"listening as {client.log_in().nick}")
        for event in client.events():
            match event:
                case ev.MessageReceived():
                    print(line(event), flush=True)
                    left -= 1
                    if left == 0:
                        break
                case ev.ConnectionLost(reason) if reason != lost:
                    lost = reason
                    _remark(f"{reason} Trying again until it works.")
                case ev.Online(nick):
                    lost = ""
                    _remark(f"connected again as {nick}")
                case ev.LoginRefused(reason):
                    raise CommandFailedError(reason)
    return 0


def line(message: ev.MessageReceived) -> str:
    """`HH:MM:SS <nick> text`, in local time; private messages and those of other channels say so."""
    when = datetime.fromtimestamp(message.when, UTC).astimezone()
    place = "" if message.conversation == ev.LOBBY else _place(message)
    match message.kind:
        case Kind.ACTION:
            said = f"* {message.sender} {message.text}"
        case Kind.NOTICE:
            said = f"-{message.sender}- {message.text}"
        case _:
            said = f"<{message.sender}> {message.text}"
    return f"{when:%H:%M:%S} {place}{said}"


def _place(message: ev.MessageReceived) -> str:
    return f"[{message.conversation}] " if is_channel(message.conversation) else "[private] "


def _remark(text: str) -> None:
    print(f"livechat: {text}", file=sys.stderr, flush=True)
