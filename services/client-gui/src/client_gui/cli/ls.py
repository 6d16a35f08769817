"""`livechat ls`: the files that can be fetched, one on a line."""

import argparse
import sys
from datetime import UTC, datetime

from livechat.catalogue import Catalogue, FileEntry, text_id

from client_gui.cli.client import Client, files
from client_gui.model.rate import human_size


def run(options: argparse.Namespace) -> int:
    """Print id, size, time of change and name, sorted by name."""
    with Client(options) as client:
        listed, _ = files(client)
    catalogue = Catalogue(listed.entries)
    sizes = {entry.file_id: human_size(entry.size) for entry in catalogue}
    width = max(map(len, sizes.values()), default=0)
    for entry in catalogue:
        print(f"{text_id(entry.file_id)}  {sizes[entry.file_id]:>{width}}  {_changed(entry)}  {entry.name}")
    if not len(catalogue):
        print("livechat: there are no files.", file=sys.stderr)
    return 0


def _changed(entry: FileEntry) -> str:
    """Local time; years beyond what the system's calendar takes are shown as dashes."""
    try:
        changed = datetime.fromtimestamp(entry.modified_ms / 1000, UTC).astimezone()
    except (OverflowError, ValueError, OSError):
        return "---------- --:--"
    return f"{changed:%Y-%m-%d %H:%M}"
