"""The stack as plain processes: a folder of its own, ports of its own, loopback only."""

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.support.stack import LOOPBACK, READY_S, SERVICES, Service, clean_environment, free_port
from tests.support.wait import until

_MODULES: dict[Service, str] = {"chat-hub": "chat_hub", "file-udp": "file_udp"}
_END_S = 10.0


class ProcessStack:
    """`tests.support.stack.Stack` over subprocesses of this Python."""

    shape = "processes"

    def __init__(self, folder: Path, additions: dict[str, str] | None = None) -> None:
        """Everything lies in `folder`; `additions` are more settings for both services."""
        self._folder = folder
        self.share = folder / "share"
        self.hub_port = free_port(socket.SOCK_STREAM)
        self.tls_port = free_port(socket.SOCK_STREAM)
        self.files_port = free_port(socket.SOCK_DGRAM)
        control = f"{LOOPBACK}:{free_port(socket.SOCK_STREAM)}"
        self._environment = clean_environment(
            {
                # bound to one loopback address: a relay may then have the same ports on another one
                "LIVECHAT_HUB_HOST": LOOPBACK,
                "LIVECHAT_HUB_PORT": str(self.hub_port),
                "LIVECHAT_HUB_TLS_PORT": str(self.tls_port),
                "LIVECHAT_HUB_DATA_DIR": str(folder / "state" / "hub"),
                "LIVECHAT_FILES_HOST": LOOPBACK,
                "LIVECHAT_FILES_PORT": str(self.files_port),
                "LIVECHAT_FILES_DIR": str(self.share),
                "LIVECHAT_FILES_DATA_DIR": str(folder / "state" / "files"),
                "LIVECHAT_KEY_FILE": str(folder / "state" / "keys" / "livechat.key"),
                "LIVECHAT_CONTROL_LISTEN": control,
                "LIVECHAT_CONTROL_CONNECT": control,
                **(additions or {}),
            }
        )
        # for tests that give one service other settings than the other
        self.settings_of: dict[Service, dict[str, str]] = {}
        self._processes: dict[Service, subprocess.Popen[bytes]] = {}

    def up(self) -> None:
        """Start both and wait until they are healthy."""
        self.share.mkdir(parents=True, exist_ok=True)
        for service in SERVICES:
            self._spawn(service)
        self.wait_ready()

    def down(self) -> None:
        """End both and remove everything that they kept."""
        for service, process in self._processes.items():
            if process.poll() is None:
                self.unpause(service)
                process.terminate()
        for process in self._processes.values():
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder / "state", ignore_errors=True)

    def start(self, service: Service) -> None:
        """Start one that was stopped or killed, and wait until it is healthy."""
        self._spawn(service)
        self._wait_healthy(service)

    def stop(self, service: Service) -> None:
        """End one with SIGTERM."""
        self._processes[service].terminate()
        self._processes[service].wait(_END_S)

    def kill(self, service: Service) -> None:
        """End one with SIGKILL."""
        self._processes[service].kill()
        self._processes[service].wait(_END_S)

    def pause(self, service: Service) -> None:
        """SIGSTOP."""
        self._processes[service].send_signal(signal.SIGSTOP)

    def unpause(self, service: Service) -> None:
        """SIGCONT."""
        self._processes[service].send_signal(signal.SIGCONT)

    def running(self, service: Service) -> bool:
        """Whether its process lives."""
        process = self._processes.get(service)
        return process is not None and process.poll() is None

    def wait_ready(self) -> None:
        """Return when both are healthy."""
        for service in SERVICES:
            self._wait_healthy(service)

    def logs(self) -> str:
        """What both have written."""
        return "\n".join(
            f"--- {service}\n{self._log(service).read_text('utf-8', 'replace')}"
            for service in SERVICES
            if self._log(service).exists()
        )

    def key_file_mode(self) -> tuple[int, int]:
        """Mode bits of the key file, and how many key files there are."""
        files = [file for file in (self._folder / "state" / "keys").iterdir() if file.is_file()]
        return files[0].stat().st_mode & 0o7777, len(files)

    def remove_state(self) -> None:
        """Remove what both kept; only while both are stopped."""
        assert not any(self.running(service) for service in SERVICES)
        shutil.rmtree(self._folder / "state", ignore_errors=True)

    def _log(self, service: Service) -> Path:
        return self._folder / f"{service}.log"

    def run_to_its_end(self, service: Service) -> tuple[int, str]:
        """Start one that is expected to end by itself: its exit status and all that it wrote."""
        self._spawn(service)
        return self._processes[service].wait(_END_S), self.logs()

    def _spawn(self, service: Service) -> None:
        assert not self.running(service)
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._log(service).open("ab") as output:
            self._processes[service] = subprocess.Popen(
                [sys.executable, "-m", _MODULES[service]],
                cwd=self._folder,
                env=self._environment_of(service),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def _environment_of(self, service: Service) -> dict[str, str]:
        return {**self._environment, **self.settings_of.get(service, {})}

    def _wait_healthy(self, service: Service) -> None:
        until(lambda: self._healthy(service), within_s=READY_S, what=f"{service} is healthy")

    def _healthy(self, service: Service) -> bool:
        assert self.running(service), f"{service} ended:\n{self.logs()}"
        command = [sys.executable, "-m", f"{_MODULES[service]}.health"]
        ran = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment_of(service),
            capture_output=True,
            check=False,
            timeout=READY_S,
        )
        return ran.returncode == 0
