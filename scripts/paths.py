"""Where things lie in the repository."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VAR = ROOT / "var"
LOGS = VAR / "log"
RUN = VAR / "run"
DOTENV = ROOT / ".env"

# installed editable, in this order: services need livechat
PACKAGES = ("shared", "services/chat-hub", "services/file-udp", "services/client-gui")


def venv_program(name: str) -> Path:
    """A program of the virtual environment, for example `python`."""
    if os.name == "nt":
        return VENV / "Scripts" / f"{name}.exe"
    return VENV / "bin" / name
