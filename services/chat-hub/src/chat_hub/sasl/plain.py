"""PLAIN: a name and a password as they are (RFC 4616). Pure."""

from chat_hub.sasl.prepare import UnfitPasswordError, saslprep
from chat_hub.sasl.steps import CheckPassword, Rejected, Step

MALFORMED = "SASL authentication failed: the message is malformed"
OTHER_IDENTITY = "SASL authentication failed: acting as somebody else is not supported"


def plain(message: bytes) -> Step:
    """The one message: [authzid] UTF8NUL authcid UTF8NUL passwd (RFC 4616 section 2)."""
    try:
        words = message.decode().split("\0")
    except UnicodeDecodeError:
        return Rejected(MALFORMED)
    if len(words) != 3 or not words[1] or not words[2]:
        return Rejected(MALFORMED)
    authzid, authcid, password = words
    if authzid not in {"", authcid}:
        return Rejected(OTHER_IDENTITY, authcid)
    try:
        return CheckPassword(authcid, saslprep(password))
    except UnfitPasswordError:
        # "... the server SHALL … verify": a password that cannot be one is a wrong one, at the same cost.
        return CheckPassword(authcid, "")
