"""The two services as plain processes: state under ./var, found again through records of their processes.

The same settings as in containers; what differs is written in `environment`.
"""

import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts import install, ports, processes, stack_settings
from scripts.console import Trouble, say
from scripts.paths import LOGS, ROOT, RUN, VAR, venv_program

_READY_S = 30.0
_POLL_S = 0.2
_END_S = 5.0
_TAIL_LINES = 20
_LOG_BYTES = 10_000_000


@dataclass(frozen=True)
class Service:
    """One of the services: its name is that of its container too."""

    name: str
    module: str

    @property
    def record(self) -> Path:
        """Where its process is recorded."""
        return RUN / f"{self.name}.json"

    @property
    def log(self) -> Path:
        """What it writes."""
        return LOGS / f"{self.name}.log"

    def running(self) -> processes.Record | None:
        """Its process, None when it does not run."""
        record = processes.read(self.record)
        return record if record is not None and processes.alive(record) else None


SERVICES = (Service("file-udp", "file_udp"), Service("chat-hub", "chat_hub"))


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` with what plain processes need beyond the services' own defaults."""
    settings = stack_settings.read(environ)
    additions = {
        "LIVECHAT_HUB_DATA_DIR": str(VAR / "hub"),
        "LIVECHAT_FILES_DATA_DIR": str(VAR / "files"),
        "LIVECHAT_KEY_FILE": str(VAR / "keys" / "livechat.key"),
        "LIVECHAT_CONTROL_LISTEN": settings.control,
        "LIVECHAT_CONTROL_CONNECT": settings.control,
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in environ.items() if value}
    # LIVECHAT_SHARE says which folder it is, in both shapes
    return {**additions, **given, "LIVECHAT_FILES_DIR": str(settings.share)}


def running() -> bool:
    """Whether any of the services runs as a plain process that `up` started."""
    return any(service.running() for service in SERVICES)


def up(environ: Mapping[str, str]) -> None:
    """Start what does not run yet and wait until both are healthy. Raises Trouble."""
    install.ensure()
    settings = stack_settings.read(environ)
    own = environment(environ)
    settings.share.mkdir(parents=True, exist_ok=True)
    for folder in (RUN, LOGS):
        folder.mkdir(parents=True, exist_ok=True)
    files_free, hub_free = (service.running() is None for service in SERVICES)
    ports.check(settings, hub=hub_free, files=files_free, control=files_free)
    for service in SERVICES:
        if service.running() is None:
            _start(service, own)
    try:
        _wait_until_healthy(own)
    except Trouble:
        down()
        raise


def down() -> bool:
    """End what runs; True when anything did."""
    ended = False
    for service in reversed(SERVICES):
        if (record := service.running()) is not None:
            ended = True
            if not processes.end(record, patience_s=_END_S):
                say(f"{service.name} did not end within {_END_S:.0f} s and was killed.")
        service.record.unlink(missing_ok=True)
    return ended


def status(environ: Mapping[str, str]) -> Iterator[str]:
    """A line for each service."""
    own = environment(environ)
    for service in SERVICES:
        record = service.running()
        if record is None:
            yield f"{service.name:<9} not running"
        else:
            health = "healthy" if _healthy(service, own) else "NOT healthy"
            yield f"{service.name:<9} running as process {record.pid}, {health}; log: {service.log}"


def show_logs(*, follow: bool) -> None:
    """The end of both logs; with `follow`, what is added too, until interrupted."""
    files = [str(service.log) for service in SERVICES if service.log.exists()]
    if not files:
        say("There are no logs yet.")
        return
    subprocess.run(["tail", "-n", "100", *(["-F"] if follow else []), *files], check=False)


def _start(service: Service, own: Mapping[str, str]) -> None:
    if service.log.exists() and service.log.stat().st_size > _LOG_BYTES:
        service.log.replace(service.log.with_suffix(".log.1"))
    command = [str(venv_program("python")), "-m", service.module]
    record = processes.start(command, environment=own, folder=ROOT, log=service.log)
    processes.write(record, service.record)


def _wait_until_healthy(own: Mapping[str, str]) -> None:
    deadline = time.monotonic() + _READY_S
    waiting = list(SERVICES)
    while waiting:
        waiting = [service for service in waiting if not _healthy(service, own)]
        for service in SERVICES:
            if service.running() is None:
                raise Trouble(f"{service.name} ended while starting. {tail(service)}")
        if waiting and time.monotonic() > deadline:
            names = " and ".join(service.name for service in waiting)
            raise Trouble(f"{names} not healthy after {_READY_S:.0f} s. {tail(waiting[0])}")
        if waiting:
            time.sleep(_POLL_S)


def _healthy(service: Service, own: Mapping[str, str]) -> bool:
    command = [str(venv_program("python")), "-m", f"{service.module}.health"]
    try:
        ran = subprocess.run(
            command, cwd=ROOT, env=dict(own), capture_output=True, check=False, timeout=_READY_S
        )
    except subprocess.TimeoutExpired:
        return False
    return ran.returncode == 0


def tail(service: Service) -> str:
    """The last lines of a service's log, with its place."""
    lines = service.log.read_text("utf-8", "replace").splitlines()[-_TAIL_LINES:]
    return "\n".join([f"The end of {service.log}:", *(f"  {line}" for line in lines)])
