"""The hub's settings: read once from the environment, all faults reported together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from livechat.settings import LOG_FORMATS, LOG_LEVELS, MAX_PORT, SettingsReader

from chat_hub import limits
from chat_hub.bounds import Bounds, read_bounds
from chat_hub.clienttags import fits_deny

MAX_CONNECTIONS = 1_000_000
MAX_HISTORY_MESSAGES = 10_000_000
MAX_HISTORY_DAYS = 36_500
HISTORY_SYNCS = ("normal", "full")  # SQLite's "synchronous"
MAX_ACCOUNTS = 100_000  # they are kept in memory, about 1 KiB each
MAX_STS_DURATION_S = 400 * 86400


@dataclass(frozen=True, slots=True)
class HubSettings:
    """What .env.example documents for the hub; empty passwords and names mean none."""

    host: str = "0.0.0.0"  # noqa: S104  # the hub is meant to be reached; compose decides what is published
    port: int = 6667
    data_dir: Path = Path("./var/hub")
    server_name: str = "livechat.local"
    network_name: str = "SocialLiveChat"
    server_password: str = ""
    oper_name: str = ""
    admin: str = ""
    client_tag_deny: str = ""
    oper_password: str = ""
    flood_control: bool = True
    max_connections: int = 10_000
    max_connections_per_address: int = 512
    tls_port: int = 6697
    tls_cert: Path | None = None
    tls_key: Path | None = None
    sts_duration_s: int = 300
    ws_port: int = 0
    ws_origins: tuple[str, ...] = ()
    require_account: bool = False
    max_accounts: int = 10_000
    max_sessions_per_account: int = 16
    history: bool = True
    history_messages: int = 10_000
    history_days: int = 30
    history_sync: str = "normal"
    bounds: Bounds = field(default_factory=Bounds)
    control_connect: tuple[str, int] | None = None
    key_file: Path = Path("./var/keys/livechat.key")
    log_level: str = "INFO"
    log_format: str = "text"


def read(environment: Mapping[str, str]) -> HubSettings:
    """The settings in `environment`; raises SettingsError with every fault."""
    reader = SettingsReader(environment)
    default = HubSettings()
    settings = HubSettings(
        host=reader.text("LIVECHAT_HUB_HOST", default.host),
        port=reader.port("LIVECHAT_HUB_PORT", default.port),
        data_dir=reader.path("LIVECHAT_HUB_DATA_DIR", str(default.data_dir)),
        server_name=reader.text("LIVECHAT_SERVER_NAME", default.server_name),
        network_name=reader.text("LIVECHAT_NETWORK_NAME", default.network_name),
        server_password=reader.text("LIVECHAT_SERVER_PASSWORD", ""),
        admin=reader.text("LIVECHAT_ADMIN", ""),
        client_tag_deny=reader.text("LIVECHAT_CLIENT_TAG_DENY", ""),
        oper_name=reader.text("LIVECHAT_OPER_NAME", ""),
        oper_password=reader.text("LIVECHAT_OPER_PASSWORD", ""),
        flood_control=reader.switch("LIVECHAT_FLOOD_CONTROL", default.flood_control),
        max_connections=reader.integer(
            "LIVECHAT_MAX_CONNECTIONS", default.max_connections, least=0, most=MAX_CONNECTIONS
        ),
        max_connections_per_address=reader.integer(
            "LIVECHAT_MAX_CONNECTIONS_PER_ADDRESS",
            default.max_connections_per_address,
            least=0,
            most=MAX_CONNECTIONS,
        ),
        tls_port=reader.integer("LIVECHAT_HUB_TLS_PORT", default.tls_port, least=0, most=MAX_PORT),
        tls_cert=reader.optional_path("LIVECHAT_TLS_CERT"),
        tls_key=reader.optional_path("LIVECHAT_TLS_KEY"),
        sts_duration_s=reader.integer(
            "LIVECHAT_STS_DURATION", default.sts_duration_s, least=0, most=MAX_STS_DURATION_S
        ),
        require_account=reader.switch("LIVECHAT_REQUIRE_ACCOUNT", default.require_account),
        max_accounts=reader.integer("LIVECHAT_MAX_ACCOUNTS", default.max_accounts, least=0, most=MAX_ACCOUNTS),
        max_sessions_per_account=reader.integer(
            "LIVECHAT_MAX_SESSIONS_PER_ACCOUNT", default.max_sessions_per_account, least=1, most=1000
        ),
        ws_port=reader.integer("LIVECHAT_HUB_WS_PORT", default.ws_port, least=0, most=MAX_PORT),
        ws_origins=tuple(origin.casefold() for origin in reader.words("LIVECHAT_WS_ORIGINS")),
        history=reader.switch("LIVECHAT_HISTORY", default.history),
        history_messages=reader.integer(
            "LIVECHAT_HISTORY_MESSAGES", default.history_messages, least=1, most=MAX_HISTORY_MESSAGES
        ),
        history_days=reader.integer(
            "LIVECHAT_HISTORY_DAYS", default.history_days, least=0, most=MAX_HISTORY_DAYS
        ),
        history_sync=reader.choice("LIVECHAT_HISTORY_SYNC", default.history_sync, HISTORY_SYNCS),
        bounds=read_bounds(reader),
        control_connect=reader.endpoint("LIVECHAT_CONTROL_CONNECT", ""),
        key_file=reader.path("LIVECHAT_KEY_FILE", str(default.key_file)),
        log_level=reader.choice("LIVECHAT_LOG_LEVEL", default.log_level, LOG_LEVELS),
        log_format=reader.choice("LIVECHAT_LOG_FORMAT", default.log_format, LOG_FORMATS),
    )
    _check_names(reader, settings)
    reader.finish()
    return settings


def _check_names(reader: SettingsReader, settings: HubSettings) -> None:
    server = settings.server_name
    fit = server.isascii() and server.replace(".", "").replace("-", "").isalnum() and "." in server
    if not fit or len(server) > limits.SERVER_NAME_CHARS or server.startswith((".", "-")):
        reader.fault(
            "LIVECHAT_SERVER_NAME",
            server,
            f"must look like a host name with a dot and have at most {limits.SERVER_NAME_CHARS} characters",
        )
    network = settings.network_name
    if " " in network or "=" in network or len(network.encode()) > limits.SERVER_NAME_CHARS:
        reader.fault(
            "LIVECHAT_NETWORK_NAME",
            network,
            f"must be one word without = and have at most {limits.SERVER_NAME_CHARS} bytes",
        )
    for origin in settings.ws_origins:
        if origin not in {"*", "null"} and ("://" not in origin or origin.count("/") != 2):
            reader.fault("LIVECHAT_WS_ORIGINS", origin, "must be like https://chat.example.org, null or *")
    if settings.tls_key is not None and settings.tls_cert is None:
        reader.fault("LIVECHAT_TLS_KEY", str(settings.tls_key), "needs LIVECHAT_TLS_CERT beside it")
    if len(settings.admin.encode()) > limits.TOPIC_BYTES:
        reader.fault("LIVECHAT_ADMIN", settings.admin, f"must have at most {limits.TOPIC_BYTES} bytes")
    if not fits_deny(settings.client_tag_deny):
        text = "must be names of tags without their +, separated by commas: all but some are *,-name,-name"
        reader.fault("LIVECHAT_CLIENT_TAG_DENY", settings.client_tag_deny, text)
    if bool(settings.oper_name) != bool(settings.oper_password):
        reader.fault(
            "LIVECHAT_OPER_NAME", settings.oper_name, "and LIVECHAT_OPER_PASSWORD must be set both or neither"
        )
