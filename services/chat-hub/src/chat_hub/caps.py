"""The capabilities that can be negotiated, as bits of one integer; what each changes stands at its users.

`SHAPE_MASK` covers the bits that decide how a line for many is written: a fan-out writes it once for each.
"""

MESSAGE_TAGS = 1 << 0
SERVER_TIME = 1 << 1
ACCOUNT_TAG = 1 << 2
MULTILINE = 1 << 3
LABELED_RESPONSE = 1 << 4
BATCH = 1 << 5
STANDARD_REPLIES = 1 << 6
CAP_NOTIFY = 1 << 7
MULTI_PREFIX = 1 << 8
USERHOST_IN_NAMES = 1 << 9
EXTENDED_JOIN = 1 << 10
AWAY_NOTIFY = 1 << 11
SETNAME = 1 << 12
INVITE_NOTIFY = 1 << 13
LIVECHAT_FILES = 1 << 14
SASL = 1 << 15
ACCOUNT_NOTIFY = 1 << 16
ACCOUNT_REGISTRATION = 1 << 17
METADATA = 1 << 18
PRE_AWAY = 1 << 19
NO_IMPLICIT_NAMES = 1 << 20
CHANNEL_RENAME = 1 << 21
EXTENDED_MONITOR = 1 << 22
CHGHOST = 1 << 23
ECHO_MESSAGE = 1 << 24
CHATHISTORY = 1 << 25
EVENT_PLAYBACK = 1 << 26
READ_MARKER = 1 << 27
MESSAGE_REDACTION = 1 << 28

SHAPE_MASK = MESSAGE_TAGS | SERVER_TIME | ACCOUNT_TAG | MULTILINE
SHAPES = SHAPE_MASK + 1

CAPABILITIES: dict[str, int] = {
    "account-notify": ACCOUNT_NOTIFY,
    "account-tag": ACCOUNT_TAG,
    "away-notify": AWAY_NOTIFY,
    "batch": BATCH,
    "cap-notify": CAP_NOTIFY,
    "chghost": CHGHOST,
    "draft/account-registration": ACCOUNT_REGISTRATION,
    "draft/channel-rename": CHANNEL_RENAME,
    "draft/chathistory": CHATHISTORY,
    "draft/event-playback": EVENT_PLAYBACK,
    "draft/message-redaction": MESSAGE_REDACTION,
    "draft/metadata-3": METADATA,
    "draft/multiline": MULTILINE,
    "draft/no-implicit-names": NO_IMPLICIT_NAMES,
    "draft/pre-away": PRE_AWAY,
    "draft/read-marker": READ_MARKER,
    "echo-message": ECHO_MESSAGE,
    "extended-join": EXTENDED_JOIN,
    "extended-monitor": EXTENDED_MONITOR,
    "invite-notify": INVITE_NOTIFY,
    "labeled-response": LABELED_RESPONSE,
    "livechat/files": LIVECHAT_FILES,
    "message-tags": MESSAGE_TAGS,
    "multi-prefix": MULTI_PREFIX,
    "no-implicit-names": NO_IMPLICIT_NAMES,
    "sasl": SASL,
    "server-time": SERVER_TIME,
    "setname": SETNAME,
    "standard-replies": STANDARD_REPLIES,
    "userhost-in-names": USERHOST_IN_NAMES,
}

# What there is only where messages are kept (LIVECHAT_HISTORY).
HISTORY_ONLY = frozenset({"draft/chathistory", "draft/event-playback", "draft/message-redaction"})


def offered(*, history: bool) -> dict[str, int]:
    """The capabilities of a hub with or without a history."""
    return {name: bit for name, bit in CAPABILITIES.items() if history or name not in HISTORY_ONLY}


def names_of(bits: int) -> list[str]:
    """The names of the capabilities in `bits`, sorted."""
    return [name for name, bit in CAPABILITIES.items() if bits & bit]
