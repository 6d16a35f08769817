"""The two services as containers: thin calls of `docker compose`, which keeps the state itself.

Containers are found by the labels that compose gives them, without the compose file and without `.env`: what
runs can be seen and ended whatever stands in there now.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts import ports, stack_settings
from scripts.console import Trouble
from scripts.paths import DOTENV, ROOT
from scripts.where import Endpoint, Where

HUB, FILES = "chat-hub", "file-udp"
_WAIT_S = "120"
_TAIL_LINES = "20"
_LABEL = "com.docker.compose"
_SHARE = "/srv/share"
# paused and restarting ones hold their ports too
_RUNNING = frozenset({"running", "restarting", "paused"})
_NAME_LINE = re.compile(r"^\s*(?:export\s+)?COMPOSE_PROJECT_NAME\s*=\s*['\"]?([A-Za-z0-9_-]+)", re.MULTILINE)
_FILE_LINE = re.compile(r"^name:\s*(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Container:
    """What the engine says of one container.

    `published` has address and port of this machine, and the protocol, for each port; `share` is the folder of
    this machine that it offers, None when it has none.
    """

    id: str
    service: str
    state: str
    health: str
    published: frozenset[tuple[str, int, str]] = frozenset()
    share: str | None = None

    @property
    def runs(self) -> bool:
        """Whether it has its ports, healthy or not."""
        return self.state in _RUNNING


def up(environ: Mapping[str, str]) -> None:
    """Build, start and wait until healthy.

    Raises Trouble, and then what this call has started is stopped, and nothing else.
    """
    settings = stack_settings.read(environ)
    stack_settings.make_share(settings.share)
    # compose takes relative paths from the project's folder, which is what StackSettings does too
    environ = {**environ, "LIVECHAT_SHARE": str(settings.share)}
    before = [container for container in containers() if container.runs]
    ours = frozenset((port, word) for container in before for _, port, word in container.published)
    ports.check(settings, control=False, ours=ours)  # control stays inside the compose network
    since = str(int(time.time()))
    status = _run("up", "--build", "--detach", "--wait", "--wait-timeout", _WAIT_S, environ=environ)
    if status != 0:
        _control("ps", "--all")
        _control("logs", "--since", since, "--tail", _TAIL_LINES)
        _stop_all_but({container.id for container in before})
        raise Trouble("docker compose could not bring the services up: see above.")


def _stop_all_but(kept: set[str]) -> None:
    """Stopped and not removed: `make logs` still shows why, and nothing starts again and again."""
    new = [container.id for container in containers() if container.runs and container.id not in kept]
    if new:
        _docker("stop", "--time", "5", *new)


def down() -> bool:
    """Stop and remove the containers and networks, keep the volumes; whether there were any. Raises Trouble."""
    there = bool(containers())
    if there and _control("--profile", "gui", "down", "--remove-orphans") != 0:
        raise Trouble("docker compose could not stop the services: see above.")
    return there


def running() -> bool:
    """Whether any of the services has a container that runs."""
    return any(container.runs and container.service in {HUB, FILES} for container in containers())


def show_logs(*, follow: bool) -> None:
    """The end of all logs; with `follow`, what is added too, until interrupted."""
    _control("logs", "--tail", "100", *(["--follow"] if follow else []))


def status(found: list[Container]) -> list[str]:
    """A line for each container."""
    return [
        f"{container.service:<9} {container.state}, {container.health or 'no health check'} (container)"
        for container in found
    ]


def where(found: list[Container]) -> Where:
    """Which addresses and ports of this machine lead to them, and what they offer."""
    running = {container.service: container for container in found if container.runs}
    hub, files = running.get(HUB), running.get(FILES)
    return Where(_endpoint(hub, "tcp"), _endpoint(files, "udp"), files.share if files else None)


def _endpoint(container: Container | None, protocol: str) -> Endpoint | None:
    published = sorted(container.published) if container else []
    return next((Endpoint(host, port) for host, port, word in published if word == protocol), None)


def containers() -> list[Container]:
    """All containers of this project, running or not. Raises Trouble when the engine does not say."""
    named = f"label={_LABEL}.project={project()}"
    found = _docker("ps", "--all", "--quiet", "--no-trunc", "--filter", named).split()
    return parse_inspect(_docker("inspect", *found)) if found else []


def parse_inspect(output: str) -> list[Container]:
    """What `docker inspect` printed of containers, sorted by service."""
    return sorted((_container(row) for row in json.loads(output)), key=lambda one: (one.service, one.id))


def _container(row: Mapping[str, Any]) -> Container:
    state, bindings = row["State"], row["NetworkSettings"]["Ports"] or {}
    return Container(
        id=row["Id"],
        service=row["Config"]["Labels"].get(f"{_LABEL}.service", ""),
        state=state["Status"],
        health=(state.get("Health") or {}).get("Status", ""),
        published=frozenset(
            (bound["HostIp"] or "0.0.0.0", int(bound["HostPort"]), inside.partition("/")[2])
            for inside, places in bindings.items()
            for bound in places or []
        ),
        share=next((mount["Source"] for mount in row["Mounts"] if mount["Destination"] == _SHARE), None),
    )


def project() -> str:
    """The name under which compose keeps them: as compose looks for it, but `.env` may be damaged."""
    texts = [(DOTENV, _NAME_LINE), (ROOT / "docker-compose.yml", _FILE_LINE)]
    found = [
        match[1]
        for file, line in texts
        if file.is_file() and (match := line.search(file.read_text("utf-8", "replace")))
    ]
    return os.environ.get("COMPOSE_PROJECT_NAME") or found[0]


def _docker(*arguments: str) -> str:
    """What docker printed. Raises Trouble with what it complained about."""
    ran = subprocess.run(["docker", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Trouble(f"docker {arguments[0]}: {ran.stderr.strip()}")
    return ran.stdout


def _control(*arguments: str) -> int:
    """Compose for what is there already: settings, also bad ones, play no part."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LIVECHAT_")}
    return _run("--project-name", project(), "--env-file", os.devnull, *arguments, environ=environ)


def _run(*arguments: str, environ: Mapping[str, str]) -> int:
    return subprocess.run(
        ["docker", "compose", *arguments], cwd=ROOT, env=dict(environ), check=False
    ).returncode
