"""What the hub tells of itself in numeric 005; every token is made of the bound that is enforced."""

from livechat.irc import lines, names

from chat_hub import limits
from chat_hub.channel import FLAGS, RANKS

TOKENS_PER_LINE = 12  # Modern IRC, RPL_ISUPPORT: at most 13 parameters


def isupport_tokens(network: str) -> list[str]:
    """The tokens, sorted by name."""
    letters = "".join(letter for letter, _, _ in RANKS)
    signs = "".join(sign for _, sign, _ in RANKS)
    targets = limits.TARGETS_PER_COMMAND
    several = ",".join(f"{command}:{targets}" for command in ("KICK", "NOTICE", "PRIVMSG", "TAGMSG"))
    return [
        f"AWAYLEN={limits.AWAY_BYTES}",
        "CASEMAPPING=rfc7613",
        f"CHANLIMIT=#:{limits.CHANNELS_PER_CLIENT}",
        f"CHANMODES=,k,l,{FLAGS}",
        f"CHANNELLEN={names.MAX_CHANNEL_CHARS}",
        f"CHANTYPES={names.CHANNEL_PREFIX}",
        f"KEYLEN={limits.KEY_BYTES}",
        f"KICKLEN={limits.REASON_BYTES}",
        f"LINELEN={lines.MAX_LINE_BYTES}",
        f"MODES={limits.MODES_PER_COMMAND}",
        f"NAMELEN={limits.REALNAME_BYTES}",
        f"NETWORK={network}",
        f"NICKLEN={names.MAX_NICK_CHARS}",
        f"PREFIX=({letters}){signs}",
        f"TARGMAX={several},JOIN:,NAMES:1,PART:,WHOIS:1",
        f"TOPICLEN={limits.TOPIC_BYTES}",
        f"USERLEN={limits.USER_CHARS}",
        "UTF8ONLY",
    ]


def isupport_lines(network: str) -> list[list[str]]:
    """The tokens in as many lines as they need."""
    tokens = isupport_tokens(network)
    return [tokens[start : start + TOKENS_PER_LINE] for start in range(0, len(tokens), TOKENS_PER_LINE)]
