"""The bounds that are settings; those that are not are in `limits`.

.env.example says what each counts and what happens at it, docs/protocol/irc.md section 9 what a client sees.
"""

from dataclasses import dataclass

from livechat.settings import SettingsReader

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a small box can give to many people without anybody noticing a bound."""

    registration_timeout_s: int = 60  # not registered by then: disconnected
    ping_interval_s: int = 90  # silence after which the hub asks with PING
    ping_timeout_s: int = 60  # no sign of life by then: "Ping timeout"
    # A catalogue of 10,000 files with the longest names (4.5 MiB) fits. Beyond: "SendQ exceeded".
    outbox_bytes: int = 8 * _MIB
    channels_per_client: int = 64  # beyond: 405
    channels: int = 10_000  # beyond: 403 for a channel that would have to be made
    list_entries: int = 100  # masks in the lists b, e and I of a channel together; beyond: 478
    monitored_nicks: int = 100  # of one client; beyond: 734
    klines: int = 1_000  # beyond: FAIL KLINE LIST_FULL
    whowas_entries: int = 1_000  # beyond: the oldest is forgotten
    login_tries: int = 5  # wrong logins of one connection; beyond: disconnected
    nick_changes: int = 20  # of one connection in a minute; beyond: 438. 0: no bound
    history_messages_per_query: int = 500  # a larger limit of CHATHISTORY is taken as this one


# field: name of the setting, least and most
_SETTINGS = {
    "registration_timeout_s": ("LIVECHAT_REGISTRATION_TIMEOUT", 1, 3600),
    "ping_interval_s": ("LIVECHAT_PING_INTERVAL", 5, 86_400),
    "ping_timeout_s": ("LIVECHAT_PING_TIMEOUT", 1, 86_400),
    "outbox_bytes": ("LIVECHAT_OUTBOX_BYTES", 64 * 1024, 1024 * _MIB),
    "channels_per_client": ("LIVECHAT_MAX_CHANNELS_PER_CLIENT", 1, 10_000),
    "channels": ("LIVECHAT_MAX_CHANNELS", 1, 1_000_000),
    "list_entries": ("LIVECHAT_MAX_LIST_ENTRIES", 1, 10_000),
    "monitored_nicks": ("LIVECHAT_MAX_MONITORED_NICKS", 1, 10_000),
    "klines": ("LIVECHAT_MAX_KLINES", 1, 100_000),
    "whowas_entries": ("LIVECHAT_WHOWAS_ENTRIES", 0, 100_000),
    "login_tries": ("LIVECHAT_LOGIN_TRIES", 1, 100),
    "nick_changes": ("LIVECHAT_NICK_CHANGES", 0, 10_000),
    "history_messages_per_query": ("LIVECHAT_HISTORY_QUERY_MESSAGES", 1, 10_000),
}


def read_bounds(reader: SettingsReader) -> Bounds:
    """The bounds that `reader` has; faults are noted with it."""
    default = Bounds()
    return Bounds(
        **{
            field: reader.integer(name, getattr(default, field), least=least, most=most)
            for field, (name, least, most) in _SETTINGS.items()
        }
    )
