"""The two services as plain processes: state under ./var, found again through records of their processes.

The same settings as in containers; what differs is written in `environment`. A record says which settings its
process was started with, so `up` can tell whether they have changed and `status` where the process is found.
"""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scripts import install, ports, processes, service_settings, stack_settings
from scripts.console import Trouble, say
from scripts.paths import LOGS, ROOT, RUN, VAR, venv_program
from scripts.processes import Record
from scripts.stack_settings import StackSettings
from scripts.where import Endpoint, Where

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

    def running(self) -> Record | None:
        """Its process, None when it does not run."""
        record = processes.read(self.record)
        return record if record is not None and processes.alive(record) else None


FILES, HUB = Service("file-udp", service_settings.FILES), Service("chat-hub", service_settings.HUB)
SERVICES = (FILES, HUB)


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
    """Start what does not run with these settings, and wait until both are healthy.

    Raises Trouble, and then what this call has started is ended, and nothing else.
    """
    install.ensure()
    settings = stack_settings.read(environ)
    own = environment(environ)
    stack_settings.make_share(settings.share)
    for folder in (RUN, LOGS):
        folder.mkdir(parents=True, exist_ok=True)
    wanted = {service: service_settings.fingerprint(service.module, own) for service in SERVICES}
    stale = [service for service, settings_now in wanted.items() if _settings_of(service) != settings_now]
    _check_ports(settings, stale)
    marks = {service: _log_bytes(service) for service in SERVICES}
    for service in stale:
        if service.running() is not None:
            say(f"{service.name} runs with other settings: it is started again with these.")
            _end(service)
    try:
        for service in stale:
            marks[service] = _start(service, own, wanted[service])
        _wait_until_healthy(marks)
    except Trouble:
        for service in reversed(stale):
            _end(service)
        raise


def _settings_of(service: Service) -> str | None:
    record = service.running()
    return record.settings if record is not None else None


def _check_ports(settings: StackSettings, stale: list[Service]) -> None:
    """Raise Trouble for ports that others have; the ones of our own processes are as good as free."""
    ours: set[tuple[int, str]] = set()
    for service in SERVICES:
        if (record := service.running()) is not None:
            shown = stack_settings.read(record.shown)
            hub = {(shown.hub_port, "tcp"), (shown.tls_port, "tcp")}
            ours |= hub if service == HUB else {(shown.files_port, "udp"), (shown.control_port, "tcp")}
    ports.check(settings, hub=HUB in stale, files=FILES in stale, control=FILES in stale, ours=frozenset(ours))


def down() -> bool:
    """End what runs; True when anything did."""
    ended = [_end(service) for service in reversed(SERVICES)]
    return any(ended)


def _end(service: Service) -> bool:
    """End one; True when it ran."""
    record = service.running()
    if record is not None and not processes.end(record, patience_s=_END_S):
        say(f"{service.name} did not end within {_END_S:.0f} s and was killed.")
    service.record.unlink(missing_ok=True)
    return record is not None


def status() -> Iterator[str]:
    """A line for each service."""
    for service in SERVICES:
        record = service.running()
        if record is None:
            yield f"{service.name:<9} not running"
        else:
            fault = _fault(service, record)
            health = "healthy" if fault is None else f"NOT healthy ({fault})"
            yield f"{service.name:<9} running as process {record.pid}, {health}; log: {service.log}"


def where() -> Where:
    """Which addresses and ports lead to what runs, and what it offers, as it was started."""
    hub, files = HUB.running(), FILES.running()
    found = Where()
    if hub is not None:
        shown = stack_settings.read(hub.shown)
        found = replace(found, hub=Endpoint(shown.hub_host, shown.hub_port))
    if files is not None:
        shown = stack_settings.read(files.shown)
        found = replace(found, files=Endpoint(shown.files_host, shown.files_port), share=str(shown.share))
    return found


def show_logs(*, follow: bool) -> None:
    """The end of both logs; with `follow`, what is added too, until interrupted."""
    files = [str(service.log) for service in SERVICES if service.log.exists()]
    if not files:
        say("There are no logs yet.")
        return
    subprocess.run(["tail", "-n", "100", *(["-F"] if follow else []), *files], check=False)


def _log_bytes(service: Service) -> int:
    return service.log.stat().st_size if service.log.exists() else 0


def _start(service: Service, own: Mapping[str, str], fingerprint: str) -> int:
    """Start one and record it; how long its log was before."""
    if _log_bytes(service) > _LOG_BYTES:
        service.log.replace(service.log.with_suffix(".log.1"))
    mark = _log_bytes(service)
    command = [str(venv_program("python")), "-m", service.module]
    record = processes.start(command, environment=own, folder=ROOT, log=service.log)
    processes.write(replace(record, settings=fingerprint, shown=_shown(own)), service.record)
    return mark


def _shown(own: Mapping[str, str]) -> dict[str, str]:
    """What a health check and people need to find the services."""
    settings = stack_settings.read(own)
    return {
        "LIVECHAT_HUB_HOST": settings.hub_host,
        "LIVECHAT_HUB_PORT": str(settings.hub_port),
        "LIVECHAT_HUB_TLS_PORT": str(settings.tls_port),
        "LIVECHAT_FILES_HOST": settings.files_host,
        "LIVECHAT_FILES_PORT": str(settings.files_port),
        "LIVECHAT_CONTROL_LISTEN": settings.control,
        "LIVECHAT_SHARE": str(settings.share),
        "LIVECHAT_KEY_FILE": own["LIVECHAT_KEY_FILE"],
    }


def _wait_until_healthy(marks: Mapping[Service, int]) -> None:
    """Raises Trouble with what the service has logged since `marks`, lengths of the logs in bytes."""
    deadline = time.monotonic() + _READY_S
    faults: dict[Service, str] = dict.fromkeys(SERVICES, "")
    while faults:
        for service in tuple(faults):
            record = service.running()
            if record is None:
                raise Trouble(f"{service.name} ended while starting. {tail(service.log, marks[service])}")
            fault = _fault(service, record)
            if fault is None:
                del faults[service]
            else:
                faults[service] = fault
        if faults and time.monotonic() > deadline:
            service, fault = next(iter(faults.items()))
            said = tail(service.log, marks[service])
            raise Trouble(f"{service.name} is not healthy after {_READY_S:.0f} s: {fault}. {said}")
        if faults:
            time.sleep(_POLL_S)


def _fault(service: Service, record: Record) -> str | None:
    """What its health check says of it, None when it is healthy. Asked with the settings that it runs with."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("LIVECHAT_")}
    command = [str(venv_program("python")), "-m", f"{service.module}.health"]
    try:
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env={**given, **record.shown},
            capture_output=True,
            text=True,
            check=False,
            timeout=_READY_S,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_READY_S:.0f} s"
    lines = ran.stderr.strip().splitlines() or ["no reason given"]
    return None if ran.returncode == 0 else lines[-1].removeprefix("not healthy: ").rstrip(".")


def tail(log: Path, since_bytes: int) -> str:
    """The last lines of a log that were added after its first `since_bytes`, with its place."""
    with log.open("rb") as file:
        file.seek(since_bytes)
        lines = file.read().decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]
    if not lines:
        return f"It wrote nothing to {log}."
    return "\n".join([f"The end of {log}:", *(f"  {line}" for line in lines)])
