"""The capabilities that can be negotiated, as bits of one integer; what each changes stands at its users.

`SHAPE_MASK` covers the bits that decide how a line for many is written: a fan-out writes it once for each.
"""

MESSAGE_TAGS = 1 << 0
SERVER_TIME = 1 << 1
ECHO_MESSAGE = 1 << 2
LABELED_RESPONSE = 1 << 3
BATCH = 1 << 4
STANDARD_REPLIES = 1 << 5
CAP_NOTIFY = 1 << 6
MULTI_PREFIX = 1 << 7
USERHOST_IN_NAMES = 1 << 8
EXTENDED_JOIN = 1 << 9
AWAY_NOTIFY = 1 << 10
SETNAME = 1 << 11
INVITE_NOTIFY = 1 << 12
LIVECHAT_FILES = 1 << 13

SHAPE_MASK = MESSAGE_TAGS | SERVER_TIME
SHAPES = SHAPE_MASK + 1

CAPABILITIES: dict[str, int] = {
    "away-notify": AWAY_NOTIFY,
    "batch": BATCH,
    "cap-notify": CAP_NOTIFY,
    "echo-message": ECHO_MESSAGE,
    "extended-join": EXTENDED_JOIN,
    "invite-notify": INVITE_NOTIFY,
    "labeled-response": LABELED_RESPONSE,
    "livechat/files": LIVECHAT_FILES,
    "message-tags": MESSAGE_TAGS,
    "multi-prefix": MULTI_PREFIX,
    "server-time": SERVER_TIME,
    "setname": SETNAME,
    "standard-replies": STANDARD_REPLIES,
    "userhost-in-names": USERHOST_IN_NAMES,
}


def names_of(bits: int) -> list[str]:
    """The names of the capabilities in `bits`, sorted."""
    return [name for name, bit in CAPABILITIES.items() if bits & bit]
