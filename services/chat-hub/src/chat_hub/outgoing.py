"""A line on its way to clients: written once for each set of capabilities, shared by all who get it.

Who gets it and in which order is decided elsewhere. Parameters come from parsed lines or from the hub itself,
so they hold no CR, LF or NUL; one that cannot stand in the middle of a line is shown as `*`.
"""

from collections.abc import Sequence

from livechat.irc.message import escape_value, is_middle

from chat_hub import caps
from chat_hub.clock import format_ms
from chat_hub.identity import id_ms, msgid_text


def encode(source: str, command: str, params: Sequence[str] = (), text: str | None = None) -> bytes:
    """The bytes of a line without tags; `text` is the last parameter, always written with a colon."""
    middles = "".join([f" {param if is_middle(param) else '*'}" for param in params])
    last = "" if text is None else f" :{text}"
    return f":{source} {command}{middles}{last}\r\n".encode()


_NO_SHAPES = (None,) * (caps.SHAPES - 1)


class Line:
    """One line and the tags that it has for those who negotiated them.

    `msgid` is the message id, which holds the time (`identity`); a line without one has `time`. Both are for
    server-time, the id and `client_tags` (as they stand on the wire) for message-tags, `account` (the sender's)
    for account-tag; zero and empty mean none.
    """

    __slots__ = ("_time", "account", "body", "client_tags", "msgid", "shapes")

    def __init__(
        self, body: bytes, *, time: str = "", msgid: int = 0, client_tags: str = "", account: str = ""
    ) -> None:
        self.body = body
        self.msgid = msgid
        self._time = time
        self.client_tags = client_tags
        self.account = account
        self.shapes: list[bytes | None] = [body, *_NO_SHAPES]

    def with_body(self, source: str, command: str, params: Sequence[str], text: str | None) -> "Line":
        """The same event written another way: same time, same id."""
        body = encode(source, command, params, text)
        return Line(body, time=self._time, msgid=self.msgid, client_tags=self.client_tags, account=self.account)

    def for_shape(self, shape: int) -> bytes:
        """The bytes for a client whose capabilities are `shape` under `caps.SHAPE_MASK`."""
        data = self.shapes[shape]
        if data is None:
            data = self.shapes[shape] = self.tagged(shape, "")
        return data

    def tagged(self, shape: int, extra: str) -> bytes:
        """The same with `extra` (tags as they stand on the wire) in front."""
        tags = [extra] if extra else []
        if shape & caps.SERVER_TIME:
            if self.msgid:
                tags.append("time=" + format_ms(id_ms(self.msgid)))
            elif self._time:
                tags.append("time=" + self._time)
        if shape & caps.MESSAGE_TAGS and self.msgid:
            tags.append("msgid=" + msgid_text(self.msgid))
        if shape & caps.ACCOUNT_TAG and self.account:
            tags.append("account=" + escape_value(self.account))
        # "Any server-initiated tags … MUST be included before client-only tags" (message-tags)
        if shape & caps.MESSAGE_TAGS and self.client_tags:
            tags.append(self.client_tags)
        return f"@{';'.join(tags)} ".encode() + self.body if tags else self.body
