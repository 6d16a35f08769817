"""`livechat get`: fetches files by name, id or link; prints SHA-256 and path of each, as sha256sum does."""

import argparse
import sys
from pathlib import Path

from livechat.catalogue import Catalogue, FileEntry, text_id

from client_gui.cli.client import Client, CommandFailedError, files
from client_gui.cli.progress import Progress, Row
from client_gui.model import events as ev
from client_gui.model.intents import Download, DownloadLink, Intent
from client_gui.model.sanitize import safe_text

MAX_NAMED = 5
"""Files named where a word fits several; of further ones the number is told."""


def run(options: argparse.Namespace) -> int:
    """Fetch all targets side by side; 1 where one of them was not there or failed, the others are fetched."""
    folder: Path = options.output
    links = [target for target in options.targets if target.lower().startswith("livechat://")]
    names = [target for target in options.targets if target not in links]
    with Client(options, give_up_s=options.patience) as client:
        orders: list[Intent] = [
            DownloadLink(f"link{number}", link, folder, options.server[0] if options.server else None)
            for number, link in enumerate(links)
        ]
        entries, faults = _look_up(files(client)[0], names) if names else ({}, 0)
        orders += [Download(file_id, entry, folder) for file_id, entry in entries.items()]
        for order in orders:
            client.post(order)
        code = _follow(client, len(orders))
    return code or min(faults, 1)


def _look_up(listed: ev.FilesListed, names: list[str]) -> tuple[dict[str, FileEntry], int]:
    """The files that are meant, by their ids, and how many of `names` mean none: these are told."""
    catalogue = Catalogue(listed.entries)
    entries: dict[str, FileEntry] = {}
    faults = 0
    for name in names:
        try:
            entry = find(catalogue, name)
            entries[text_id(entry.file_id)] = entry
        except CommandFailedError as error:
            print(f"livechat: {error}", file=sys.stderr, flush=True)
            faults += 1
    return entries, faults


def find(catalogue: Catalogue, text: str) -> FileEntry:
    """The one file that `text` means; raises CommandFailedError."""
    found = catalogue.find(text)
    if not found:
        raise CommandFailedError(f"There is no file called {safe_text(text)}.")
    if len(found) > 1:
        shown = ", ".join(f"{text_id(entry.file_id)} {entry.name}" for entry in found[:MAX_NAMED])
        more = f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
        raise CommandFailedError(f"{safe_text(text)} fits several files, give the id: {shown}{more}")
    return found[0]


def _follow(client: Client, count: int) -> int:
    """Show how far it is until all `count` downloads have ended; returns the exit code."""
    progress = Progress()
    failed = 0
    try:
        while count and (event := client.next_event()) is not None:
            match event:
                case ev.TransferFinished(_, path, sha256):
                    progress.clear()
                    print(f"{sha256}  {path}", flush=True)
                    count -= 1
                case ev.TransferFailed(_, reason):
                    progress.clear()
                    print(f"livechat: {reason}", file=sys.stderr, flush=True)
                    count, failed = count - 1, failed + 1
                case _:
                    _show(progress, event)
    except KeyboardInterrupt:
        progress.say("livechat: interrupted; what has arrived is kept, the same command goes on from there.")
        return 130
    finally:
        progress.clear()
    return 1 if failed else 0


def _show(progress: Progress, event: ev.Event) -> None:
    match event:
        case ev.TransferStarted(transfer_id, entry):
            progress.update(transfer_id, Row(entry.name, total=entry.size))
        case ev.TransferProgress(transfer_id, done, total, rate, eta_s) if transfer_id in progress.rows:
            name = progress.rows[transfer_id].name
            progress.update(transfer_id, Row(name, done, total, rate, eta_s))
        case ev.TransferWaiting(transfer_id, reason) if transfer_id in progress.rows:
            row = progress.rows[transfer_id]
            progress.update(transfer_id, Row(row.name, row.done, row.total, remark=reason))
        case ev.TransferVerifying(transfer_id) if transfer_id in progress.rows:
            row = progress.rows[transfer_id]
            progress.update(transfer_id, Row(row.name, row.total, row.total, remark="verifying"))
        case ev.ConnectionLost(reason) | ev.LoginRefused(reason):
            progress.say(f"livechat: {reason} Downloads go on while the ticket lasts.")
        case ev.Online(nick):
            progress.say(f"livechat: connected again as {nick}.")
