"""The stack as containers, built from this tree: a project name, ports and volumes of its own.

`docker compose` brings it up and down (the docker SDK knows nothing of compose); everything in between goes
through the SDK, which finds containers by the labels that compose gives them and never by their names.
"""

import contextlib
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container
from docker.models.networks import Network

from tests.support.stack import LOOPBACK, READY_S, SERVICES, Service, clean_environment, free_port
from tests.support.wait import until

ROOT = Path(__file__).resolve().parents[2]
_BUILD_S = 600


class ComposeStack:
    """`tests.support.stack.Stack` over docker compose."""

    shape = "compose"

    def __init__(self, folder: Path, additions: dict[str, str] | None = None) -> None:
        """The share lies in `folder`; `additions` are more settings for the compose file."""
        self.project = f"livechat-test-{secrets.token_hex(4)}"
        self.share = folder / "share"
        self.hub_port = free_port(socket.SOCK_STREAM)
        self.tls_port = free_port(socket.SOCK_STREAM)
        self.files_port = free_port(socket.SOCK_DGRAM)
        self._client = docker.from_env()
        self._environment = clean_environment(
            {
                "LIVECHAT_HUB_HOST": LOOPBACK,
                "LIVECHAT_HUB_PORT": str(self.hub_port),
                "LIVECHAT_HUB_TLS_PORT": str(self.tls_port),
                "LIVECHAT_FILES_HOST": LOOPBACK,
                "LIVECHAT_FILES_PORT": str(self.files_port),
                "LIVECHAT_SHARE": str(self.share),
                **(additions or {}),
            }
        )

    def up(self) -> None:
        """Build, start and wait until healthy."""
        self.share.mkdir(parents=True, exist_ok=True)
        self.share.chmod(0o755)  # the service reads it as a user of its own
        self.compose("up", "--build", "--detach", "--wait", "--wait-timeout", str(int(READY_S)))

    def down(self) -> None:
        """Remove containers, networks, volumes and images of this project."""
        for container in self._containers():
            if container.status == "paused":
                container.unpause()
        self.compose("down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "5")
        self._client.close()
        shutil.rmtree(self.share, ignore_errors=True)

    def start(self, service: Service) -> None:
        """Start one that was stopped or killed, and wait until it is healthy."""
        self.container(service).start()
        self._wait_healthy(service)

    def stop(self, service: Service) -> None:
        """End one with SIGTERM."""
        self.container(service).stop(timeout=10)

    def kill(self, service: Service) -> None:
        """End one with SIGKILL; the engine takes that for a wish and does not start it again."""
        container = self.container(service)
        container.kill()
        container.wait()

    def pause(self, service: Service) -> None:
        """Freeze its processes."""
        self.container(service).pause()

    def unpause(self, service: Service) -> None:
        """Let them go on."""
        self.container(service).unpause()

    def running(self, service: Service) -> bool:
        """Whether its container runs."""
        return bool(self.container(service).status == "running")

    def wait_ready(self) -> None:
        """Return when both are healthy."""
        for service in SERVICES:
            self._wait_healthy(service)

    def logs(self) -> str:
        """What both have written."""
        return "\n".join(
            f"--- {container.labels['com.docker.compose.service']}\n{_written(container)}"
            for container in self._containers()
        )

    def key_file_mode(self) -> tuple[int, int]:
        """Mode bits of the key file, and how many key files there are."""
        folder = "/var/lib/livechat/keys"
        _, output = self.run_in("chat-hub", "find", folder, "-type", "f", "-printf", "%m\\n")
        modes = output.split()
        return int(modes[0], 8), len(modes)

    def remove_state(self) -> None:
        """Remove the containers and their volumes, and make the containers again without starting them."""
        self.compose("down", "--volumes", "--timeout", "5")
        self.compose("create")

    def compose(self, *arguments: str) -> str:
        """Run `docker compose` for this project; its output. A developer's `.env` plays no part."""
        command = ["docker", "compose", "--project-name", self.project, "--env-file", "/dev/null", *arguments]
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_BUILD_S,
        )
        assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}\n{self.logs()}"
        return ran.stdout

    def container(self, service: Service) -> Container:
        """The container of `service`, with its state as of now."""
        found = [
            container
            for container in self._containers()
            if container.labels["com.docker.compose.service"] == service
        ]
        assert len(found) == 1, f"{len(found)} containers of {service}"
        return found[0]

    def run_in(self, service: Service, *command: str) -> tuple[int, str]:
        """Run `command` in the container: its exit status and what it wrote."""
        status, output = self.container(service).exec_run(list(command))
        assert isinstance(output, bytes)
        assert status is not None
        return status, output.decode("utf-8", "replace")

    def inspect(self, service: Service) -> dict[str, Any]:
        """What the engine knows of the container."""
        return dict(self.container(service).attrs)

    def network(self, name: str) -> Network:
        """The project's network `name`."""
        labels = [f"com.docker.compose.project={self.project}", f"com.docker.compose.network={name}"]
        return self._client.networks.list(filters={"label": labels})[0]

    @contextlib.contextmanager
    def cut_off(self, service: Service, network: str) -> Iterator[None]:
        """`service` is not on `network` inside the context; its aliases there are put back behind it."""
        container = self.container(service)
        wire = self.network(network)
        wire.reload()
        attachments = container.attrs["NetworkSettings"]["Networks"]
        aliases = [alias for alias in attachments[wire.name]["Aliases"] if alias != container.short_id]
        wire.disconnect(container)
        try:
            yield
        finally:
            wire.connect(container, aliases=aliases)
            self.wait_ready()

    def _containers(self) -> list[Container]:
        label = f"com.docker.compose.project={self.project}"
        return list(self._client.containers.list(all=True, filters={"label": label}))

    def _wait_healthy(self, service: Service) -> None:
        until(lambda: self._healthy(service), within_s=READY_S, what=f"{service} is healthy")

    def _healthy(self, service: Service) -> bool:
        """The engine's own check takes an interval; this one asks the same at once."""
        assert self.running(service), f"{service} ended:\n{self.logs()}"
        module = service.replace("-", "_")
        return self.run_in(service, "python", "-m", f"{module}.health")[0] == 0


def _written(container: Container) -> str:
    output = container.logs(stream=False)
    assert isinstance(output, bytes)
    return output.decode("utf-8", "replace")
