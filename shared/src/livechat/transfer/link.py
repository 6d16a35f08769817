"""Links to files: `livechat://HOST:PORT/ID13?r=…&t=…&k=…[&a=…]`, what `livechat get LINK` takes (section 9).

A link holds the session key, so whoever has it can download until its ticket ends: keep it out of logs and
history.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from livechat.errors import LocalProtocolError, RemoteProtocolError
from livechat.settings import parse_endpoint
from livechat.ticket import MAX_TICKET_BYTES, SESSION_KEY_BYTES
from livechat.transfer.manifest import HASH_BYTES

SCHEME = "livechat"
MAX_LINK_CHARACTERS = 1000
MAX_ALTERNATIVES = 4
"""More addresses than this are left out of a link; a parser refuses them."""

_FILE_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{13}")
"""64 bits in Crockford's base32, lower case (livechat.catalogue.text_id)."""
_HOST = re.compile(r"[0-9A-Za-z._:%-]{1,253}")

Endpoint = tuple[str, int]
"""A host name or numeric address, and a UDP port."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a file is, which one, what it must hash to, and the right to fetch it for a while."""

    host: str
    port: int
    file_id: str
    root: bytes
    ticket: bytes
    session_key: bytes
    alternatives: tuple[Endpoint, ...] = ()

    def encode(self) -> str:
        """The link as text without white space; raises LocalProtocolError where a field cannot be written."""
        if not _is_valid(self):
            raise LocalProtocolError("The link has a field that cannot be written.")
        text = (
            f"{SCHEME}://{_endpoint(self.host, self.port)}/{self.file_id}"
            f"?r={_b64(self.root)}&t={_b64(self.ticket)}&k={_b64(self.session_key)}"
        )
        if self.alternatives:
            text += "&a=" + ",".join(_endpoint(*alternative) for alternative in self.alternatives)
        return text


def parse_link(text: str) -> Link:
    """The link in `text`; raises RemoteProtocolError. Unknown parameters are left for later versions."""
    rest = text.strip()
    if len(rest) > MAX_LINK_CHARACTERS:
        raise RemoteProtocolError("The link is too long.")
    scheme, _, rest = rest.partition("://")
    place, _, query = rest.partition("?")
    authority, _, file_id = place.partition("/")
    if scheme.lower() != SCHEME or not query:
        raise RemoteProtocolError(f"A link starts with {SCHEME}:// and has parameters.")
    parameters = dict(part.partition("=")[::2] for part in query.split("&"))
    try:
        host, port = parse_endpoint(authority)
        alternatives = tuple(parse_endpoint(a) for a in parameters.get("a", "").split(",") if a)
        root, ticket, key = (_unb64(parameters.get(name, "")) for name in "rtk")
    except ValueError as error:
        raise RemoteProtocolError("The link has an address or a parameter that cannot be read.") from error
    link = Link(host, port, file_id, root, ticket, key, alternatives)
    if not _is_valid(link):
        raise RemoteProtocolError("The link is not complete.")
    return link


def _is_valid(link: Link) -> bool:
    endpoints = ((link.host, link.port), *link.alternatives)
    return (
        len(link.root) == HASH_BYTES
        and 0 < len(link.ticket) <= MAX_TICKET_BYTES
        and len(link.session_key) == SESSION_KEY_BYTES
        and _FILE_ID.fullmatch(link.file_id) is not None
        and len(link.alternatives) <= MAX_ALTERNATIVES
        and all(_HOST.fullmatch(host) is not None and 0 < port < 1 << 16 for host, port in endpoints)
    )


def _endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    if not text.isascii() or "=" in text:
        raise ValueError("not base64url without padding")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
