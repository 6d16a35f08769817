"""What the services themselves think of the settings, asked before anything is installed, built or started.

Their settings modules lie in the source tree and need nothing but the standard library, so they are read from
there, by whatever Python runs `make`. Nothing else of the services is imported here.
"""

import hashlib
import importlib
import sys
from collections.abc import Mapping
from typing import Any

from scripts.paths import ROOT

HUB, FILES = "chat_hub", "file_udp"
_SOURCES = ("shared/src", "services/chat-hub/src", "services/file-udp/src")


def faults(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each setting that one of the services would refuse; none when both would start."""
    _make_importable()
    refused: type[Exception] = importlib.import_module("livechat.errors").SettingsError
    found: list[str] = []
    for module in (HUB, FILES):
        try:
            _read(module, environ)
        except refused as error:
            found.extend(vars(error)["faults"])
    return list(dict.fromkeys(found))  # both read the level of the log


def fingerprint(module: str, environ: Mapping[str, str]) -> str:
    """Changes when anything changes that this service reads; defaults and the same value set are equal."""
    _make_importable()
    return hashlib.sha256(repr(_read(module, environ)).encode()).hexdigest()


def _read(module: str, environ: Mapping[str, str]) -> Any:
    return importlib.import_module(f"{module}.settings").read(environ)


def _make_importable() -> None:
    for folder in _SOURCES:
        if (path := str(ROOT / folder)) not in sys.path:
            sys.path.append(path)
