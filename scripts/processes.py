"""Processes that outlive the command which started them: recorded in a file, found again, ended.

A process id alone is not proof: the system gives it to another process later. So the record holds the time at
which the process was started too, and nothing is signalled unless both fit.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

_POLL_S = 0.05

# children of this very process, by id: their exit status has to be taken, or they stay as zombies
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Record:
    """A started process: its id and the mark of its start, as `start_mark` gives it.

    `settings` is a fingerprint of what it was started with; `shown` holds the settings by which it is found,
    and no secrets.
    """

    pid: int
    started: str
    settings: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)


def start(command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path) -> Record:
    """Start `command` in a session of its own, so that Ctrl-C here does not reach it; output goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    return Record(process.pid, start_mark(process.pid) or "gone")


def start_mark(pid: int) -> str | None:
    """What tells this process from a later one of the same id; None when there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        return _mark_of_stat(stat)
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def _mark_of_stat(stat: Path) -> str | None:
    """Field 22 of proc(5), clock ticks since boot, with the id of the boot; a zombie counts as gone."""
    try:
        # the name in field 2 may hold spaces and parentheses: split behind its last one
        fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else f"{boot} {fields[19]}"


def alive(record: Record) -> bool:
    """Whether this very process still runs."""
    if record.pid in _children:
        _children[record.pid].poll()
    return start_mark(record.pid) == record.started


def end(record: Record, *, patience_s: float) -> bool:
    """SIGTERM, then SIGKILL after `patience_s`; True when it ended by itself. Never touches another process."""
    if not alive(record):
        return True
    _signal(record, signal.SIGTERM)
    if _gone_within(record, patience_s):
        return True
    _signal(record, signal.SIGKILL)
    _gone_within(record, patience_s)
    return False


def _signal(record: Record, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(record.pid, number)


def _gone_within(record: Record, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(record):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_S)
    return True


def write(record: Record, file: Path) -> None:
    """Save `record` so that a reader sees all of it or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.touch(mode=0o600)  # a fingerprint of settings with a password in them is the owner's business
    draft.write_text(json.dumps(asdict(record)))
    draft.replace(file)


def read(file: Path) -> Record | None:
    """The record in `file`; None when there is none or it cannot be understood."""
    try:
        record = Record(**json.loads(file.read_text()))
        return record if isinstance(record.shown, dict) else None
    except (OSError, ValueError, TypeError):
        return None
