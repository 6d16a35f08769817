"""What the hub tells of itself in numeric 005; every token is made of the bound that is enforced."""

from livechat.irc import lines, names

from chat_hub import limits, ranks
from chat_hub.bounds import Bounds
from chat_hub.masks import EXTBANS
from chat_hub.settings import HubSettings

TOKENS_PER_LINE = 12  # Modern IRC, RPL_ISUPPORT: at most 13 parameters
_DEFAULT = Bounds()


def isupport_tokens(
    network: str, *, bounds: Bounds = _DEFAULT, history: bool = True, client_tag_deny: str = ""
) -> list[str]:
    """The tokens, sorted by name; some only where messages are kept (`history`)."""
    kept = [f"CHATHISTORY={bounds.history_messages_per_query}", "MSGREFTYPES=timestamp,msgid"]
    return sorted([*_tokens(network, bounds), f"CLIENTTAGDENY={client_tag_deny}", *(kept if history else [])])


def _tokens(network: str, bounds: Bounds) -> list[str]:
    lists, flags = "".join(sorted(ranks.LISTS)), "".join(sorted(ranks.FLAGS))
    targets = limits.TARGETS_PER_COMMAND
    several = ",".join(f"{command}:{targets}" for command in ("KICK", "NOTICE", "PRIVMSG", "TAGMSG"))
    return [
        "ACCOUNTEXTBAN=a",
        f"AWAYLEN={limits.AWAY_BYTES}",
        "BOT=B",
        "CASEMAPPING=rfc7613",
        f"CHANLIMIT=#:{bounds.channels_per_client}",
        f"CHANMODES={lists},{''.join(ranks.KEYS)},{''.join(ranks.LIMITS)},{flags}",
        f"CHANNELLEN={names.MAX_CHANNEL_CHARS}",
        f"CHANTYPES={names.CHANNEL_PREFIX}",
        "EXCEPTS=e",
        "ELIST=CMNTU",
        f"EXTBAN=,{EXTBANS}",
        "INVEX=I",
        f"KEYLEN={limits.KEY_BYTES}",
        f"KICKLEN={limits.REASON_BYTES}",
        f"LINELEN={lines.MAX_LINE_BYTES}",
        f"MAXLIST={lists}:{bounds.list_entries}",
        f"MODES={limits.MODES_PER_COMMAND}",
        f"MONITOR={bounds.monitored_nicks}",
        f"NAMELEN={limits.REALNAME_BYTES}",
        f"NETWORK={network}",
        f"NICKLEN={names.MAX_NICK_CHARS}",
        f"PREFIX=({ranks.LETTERS}){ranks.SIGNS}",
        f"STATUSMSG={ranks.SIGNS}",
        f"TARGMAX={several},JOIN:,NAMES:1,PART:,WHOIS:1",
        f"TOPICLEN={limits.TOPIC_BYTES}",
        f"USERLEN={limits.USER_CHARS}",
        "UTF8ONLY",
        "WHOX",
    ]


def isupport_lines(settings: HubSettings) -> list[list[str]]:
    """The tokens in as many lines as they need."""
    tokens = isupport_tokens(
        settings.network_name,
        bounds=settings.bounds,
        history=settings.history,
        client_tag_deny=settings.client_tag_deny,
    )
    return [tokens[start : start + TOKENS_PER_LINE] for start in range(0, len(tokens), TOKENS_PER_LINE)]
