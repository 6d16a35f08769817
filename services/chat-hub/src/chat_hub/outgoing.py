"""A line on its way to clients: written once for each set of capabilities, shared by all who get it.

Who gets it and in which order is decided elsewhere. Parameters come from parsed lines or from the hub itself,
so they hold no CR, LF or NUL; one that cannot stand in the middle of a line is shown as `*`.
"""

from collections.abc import Sequence

from livechat.irc.message import is_middle

from chat_hub import caps


def encode(source: str, command: str, params: Sequence[str] = (), text: str | None = None) -> bytes:
    """The bytes of a line without tags; `text` is the last parameter, always written with a colon."""
    middles = "".join([f" {param if is_middle(param) else '*'}" for param in params])
    last = "" if text is None else f" :{text}"
    return f":{source} {command}{middles}{last}\r\n".encode()


class Line:
    """One line and the tags that it has for those who negotiated them.

    `time` is for server-time, `msgid` and `client_tags` (as they stand on the wire) for message-tags; empty
    means none.
    """

    __slots__ = ("_body", "_client_tags", "_msgid", "_time", "shapes")

    def __init__(self, body: bytes, *, time: str = "", msgid: str = "", client_tags: str = "") -> None:
        self._body = body
        self._time = time
        self._msgid = msgid
        self._client_tags = client_tags
        self.shapes: list[bytes | None] = [body, None, None, None]

    def with_body(self, source: str, command: str, params: Sequence[str], text: str | None) -> "Line":
        """The same event written another way: same time, same id."""
        body = encode(source, command, params, text)
        return Line(body, time=self._time, msgid=self._msgid, client_tags=self._client_tags)

    def for_shape(self, shape: int) -> bytes:
        """The bytes for a client whose capabilities are `shape` under `caps.SHAPE_MASK`."""
        data = self.shapes[shape]
        if data is None:
            data = self.shapes[shape] = self.tagged(shape, "")
        return data

    def tagged(self, shape: int, extra: str) -> bytes:
        """The same with `extra` (tags as they stand on the wire) in front."""
        tags = [extra] if extra else []
        if shape & caps.SERVER_TIME and self._time:
            tags.append("time=" + self._time)
        if shape & caps.MESSAGE_TAGS:
            if self._msgid:
                tags.append("msgid=" + self._msgid)
            if self._client_tags:
                tags.append(self._client_tags)
        return f"@{';'.join(tags)} ".encode() + self._body if tags else self._body
