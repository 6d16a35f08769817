"""The file service's settings: read once from the environment, all faults reported together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from livechat.control.listener import is_address
from livechat.settings import LOG_FORMATS, LOG_LEVELS, SettingsReader, parse_endpoint

MAX_ADVERTISED = 8
"""Clients try all candidates side by side, so they are few."""


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """What .env.example documents for the file service."""

    host: str = "0.0.0.0"  # noqa: S104  # the service is meant to be reached; compose decides what is published
    port: int = 6969
    files_dir: Path = Path("./files")
    data_dir: Path = Path("./var/files")
    advertise: tuple[str, ...] = ()
    control_listen: tuple[str, int] = ("127.0.0.1", 6970)
    key_file: Path = Path("./var/keys/livechat.key")
    log_level: str = "INFO"
    log_format: str = "text"

    @property
    def index_path(self) -> Path:
        """Where the manifests outlive a restart."""
        return self.data_dir / "manifests.sqlite"


def read(environment: Mapping[str, str]) -> FilesSettings:
    """The settings in `environment`; raises SettingsError with every fault."""
    reader = SettingsReader(environment)
    default = FilesSettings()
    host, port = default.control_listen
    settings = FilesSettings(
        host=reader.text("LIVECHAT_FILES_HOST", default.host),
        port=reader.port("LIVECHAT_FILES_PORT", default.port),
        files_dir=reader.path("LIVECHAT_FILES_DIR", str(default.files_dir)),
        data_dir=reader.path("LIVECHAT_FILES_DATA_DIR", str(default.data_dir)),
        advertise=reader.words("LIVECHAT_FILES_ADVERTISE"),
        control_listen=reader.endpoint("LIVECHAT_CONTROL_LISTEN", f"{host}:{port}") or default.control_listen,
        key_file=reader.path("LIVECHAT_KEY_FILE", str(default.key_file)),
        log_level=reader.choice("LIVECHAT_LOG_LEVEL", default.log_level, LOG_LEVELS),
        log_format=reader.choice("LIVECHAT_LOG_FORMAT", default.log_format, LOG_FORMATS),
    )
    _check_advertise(reader, settings)
    reader.finish()
    return settings


def _check_advertise(reader: SettingsReader, settings: FilesSettings) -> None:
    name = "LIVECHAT_FILES_ADVERTISE"
    for word in settings.advertise:
        try:
            parse_endpoint(word, settings.port)
        except ValueError as error:
            reader.fault(name, word, str(error))
        else:
            if not is_address(word):
                reader.fault(name, word, "must be a host name or an address in ASCII")
    if len(settings.advertise) > MAX_ADVERTISED:
        reader.fault(name, " ".join(settings.advertise), f"must name at most {MAX_ADVERTISED} addresses")
