"""The two services as containers: thin calls of `docker compose`, which keeps the state itself."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from scripts import ports, stack_settings
from scripts.console import Trouble
from scripts.paths import ROOT

HUB, FILES = "chat-hub", "file-udp"
_WAIT_S = "120"


@dataclass(frozen=True)
class Container:
    """What compose says of one container; `published` has host ports as (port, protocol)."""

    service: str
    state: str
    health: str
    published: frozenset[tuple[int, str]]


def up(environ: Mapping[str, str]) -> None:
    """Build, start and wait until healthy. Raises Trouble."""
    settings = stack_settings.read(environ)
    settings.share.mkdir(parents=True, exist_ok=True)
    # compose takes relative paths from the project's folder, which is what StackSettings does too
    environ = {**environ, "LIVECHAT_SHARE": str(settings.share)}
    ours = {port for container in containers() for port in container.published}
    ports.check(
        settings,
        hub=(settings.hub_port, "tcp") not in ours,
        files=(settings.files_port, "udp") not in ours,
        control=False,  # stays inside the compose network
    )
    status = _compose("up", "--build", "--detach", "--wait", "--wait-timeout", _WAIT_S, environ=environ)
    if status != 0:
        _compose("ps", "--all")
        _compose("logs", "--tail", "20")
        raise Trouble("docker compose could not bring the services up: see above.")


def down() -> bool:
    """Stop and remove the containers and networks, keep the volumes; True when there were any."""
    there = bool(containers())
    if there and _compose("--profile", "gui", "down", "--remove-orphans") != 0:
        raise Trouble("docker compose could not stop the services: see above.")
    return there


def running() -> bool:
    """Whether any container of this project runs."""
    return any(container.state == "running" for container in containers())


def show_logs(*, follow: bool) -> None:
    """The end of all logs; with `follow`, what is added too, until interrupted."""
    _compose("logs", "--tail", "100", *(["--follow"] if follow else []))


def status() -> list[str]:
    """A line for each container."""
    return [
        f"{container.service:<9} {container.state}, {container.health or 'no health check'} (container)"
        for container in containers()
    ]


def containers() -> list[Container]:
    """All containers of this project, running or not."""
    shown = subprocess.run(
        ["docker", "compose", "ps", "--all", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return parse_ps(shown.stdout) if shown.returncode == 0 else []


def parse_ps(output: str) -> list[Container]:
    """What `docker compose ps --format json` printed: one object a line, or a list in older versions."""
    text = output.strip()
    rows = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    return [
        Container(
            service=row["Service"],
            state=row["State"],
            health=row.get("Health") or "",
            published=frozenset(
                (port["PublishedPort"], port["Protocol"])
                for port in row.get("Publishers") or []
                if port.get("PublishedPort")
            ),
        )
        for row in rows
    ]


def _compose(*arguments: str, environ: Mapping[str, str] | None = None) -> int:
    command = ["docker", "compose", *arguments]
    environment = dict(environ if environ is not None else os.environ)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
