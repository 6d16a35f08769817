"""Is there a Docker engine with compose v2 that this user may use, and if not, why not."""

import shutil
import subprocess
from dataclasses import dataclass

_ANSWER_S = 15


@dataclass(frozen=True)
class Engine:
    """`answers` is True when compose can be used; else `why_not` is a sentence."""

    answers: bool
    why_not: str = ""


def look() -> Engine:
    """Ask the engine for its version and the client for compose."""
    if shutil.which("docker") is None:
        return Engine(False, "Docker is not installed.")
    status, output = _run("docker", "version", "--format", "{{.Server.Version}}")
    if status != 0:
        return Engine(False, explain_refusal(output))
    status, _ = _run("docker", "compose", "version", "--short")
    if status != 0:
        return Engine(
            False,
            "Docker is there, but compose v2 is missing (Debian: docker-compose, Ubuntu: docker-compose-v2, "
            "Docker's own packages: docker-compose-plugin).",
        )
    return Engine(True)


def explain_refusal(output: str) -> str:
    """A sentence for what the docker client said when the engine did not answer."""
    said = output.casefold()
    if "permission denied" in said:
        return (
            "Docker is there, but this user may not use it (permission denied on its socket): "
            "sudo usermod -aG docker $USER, then log in again."
        )
    if "cannot connect" in said or "no such file" in said or "connection refused" in said:
        return "Docker is installed, but no engine answers (is it started? sudo systemctl start docker)."
    lines = output.strip().splitlines()
    last = lines[-1] if lines else "no answer"
    return f"Docker is installed, but does not answer: {last}"


def _run(*command: str) -> tuple[int, str]:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_ANSWER_S)
    except subprocess.TimeoutExpired:
        return 1, f"no answer within {_ANSWER_S} s"
    return ran.returncode, ran.stdout + ran.stderr
