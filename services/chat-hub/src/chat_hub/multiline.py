"""Messages of several lines (IRCv3 draft/multiline): collecting them, and writing them for each client. Pure.

A client sends one as a batch; it is one message with one id and one time. Those who negotiated it get it as a
batch, others get its lines as ordinary messages: "Any tags that would have been added to the batch … MUST be
included on the first message line". In the history it is one row: its lines one after the other, each that
continues the one before with the tag `draft/multiline-concat`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chat_hub import caps
from chat_hub.identity import msgid_text
from chat_hub.outgoing import Line

BATCH_TYPE = "draft/multiline"
CONCAT = "draft/multiline-concat"
_CONCAT_MARK = f"@{CONCAT} ".encode()
_END = b"\r\n"
_COLON = b" :"


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a message; `joined` when it continues the one before without a line break."""

    text: str
    joined: bool


@dataclass(slots=True)
class OpenBatch:
    """What a client has sent of its batch so far; `label` and `tags` are those of its opening command."""

    reference: str
    target: str
    label: str
    tags: Mapping[str, str]
    command: str = ""
    parts: list[Part] = field(default_factory=list)
    size_bytes: int = 0  # as max-bytes counts: "Each line feed used to join line messages contributes one byte"
    failed: bool = False  # the client knows; the rest of the batch is left out without another word

    def add(self, part: Part) -> None:
        """Take one more line."""
        self.size_bytes += len(part.text.encode()) + (1 if self.parts and not part.joined else 0)
        self.parts.append(part)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is in it: clients MUST NOT send "messages consisting entirely of blank lines"."""
        return not any(part.text for part in self.parts)


class LongText(str):
    """The combined text of a message, which remembers its lines."""

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> "LongText":
        """The text of `parts`, joined as the specification says."""
        combined = "".join(
            part.text if part.joined or not index else f"\n{part.text}" for index, part in enumerate(parts)
        )
        text = cls(combined)
        text.parts = tuple(parts)
        return text


class LongLine(Line):
    """A message of several lines, written as a batch or line by line; `body` is its stored form."""

    __slots__ = ()

    def __init__(self, body: bytes, *, msgid: int, client_tags: str, account: str) -> None:
        super().__init__(body, msgid=msgid, client_tags=client_tags, account=account)
        self.shapes[0] = None  # the stored form is for nobody

    def tagged(self, shape: int, extra: str) -> bytes:
        """See `Line.tagged`; a batch that this stands in (`extra`) is named on every line of the fallback."""
        return self._as_batch(shape, extra) if shape & caps.MULTILINE else self._line_by_line(shape, extra)

    def _as_batch(self, shape: int, extra: str) -> bytes:
        reference = f"ml{msgid_text(self.msgid)}"
        lines = _split(self.body)
        source, _, rest = lines[0].removeprefix(_CONCAT_MARK).partition(b" ")
        target = rest.split(b" ", 2)[1]
        start = source + f" BATCH +{reference} {BATCH_TYPE} ".encode() + target + _END
        inside, joined = f"@batch={reference} ".encode(), f"@batch={reference};{CONCAT} ".encode()
        return b"".join(
            [
                Line(start, msgid=self.msgid, client_tags=self.client_tags, account=self.account).tagged(
                    shape, extra
                ),
                *(
                    joined + line.removeprefix(_CONCAT_MARK) if _joins(line) else inside + line
                    for line in lines
                ),
                source + f" BATCH -{reference}".encode() + _END,
            ]
        )

    def _line_by_line(self, shape: int, extra: str) -> bytes:
        """The fallback: "Servers MUST NOT send blank lines to clients that have not negotiated …"."""
        lines = [line.removeprefix(_CONCAT_MARK) for line in _split(self.body)]
        first, *others = [line for line in lines if line.partition(_COLON)[2] != _END]
        whole = Line(first, msgid=self.msgid, client_tags=self.client_tags, account=self.account)
        inside = extra if extra.startswith("batch=") else ""
        return b"".join(
            [
                whole.tagged(shape, extra),
                *(self._follower(line).tagged(shape & ~caps.MESSAGE_TAGS, inside) for line in others),
            ]
        )

    def _follower(self, body: bytes) -> Line:
        """message-ids: only the first line has the id; the time and the account are true for each."""
        return Line(body, msgid=self.msgid, account=self.account)


def from_store(body: bytes, *, msgid: int, client_tags: str, account: str) -> Line:
    """A row of the history as the line that it was, whether of one line or of several."""
    kind = LongLine if body.count(_END) > 1 else Line
    return kind(body, msgid=msgid, client_tags=client_tags, account=account)


def stored_form(bodies: Sequence[bytes], parts: Sequence[Part]) -> bytes:
    """The lines `bodies`, written without tags, as one value that `from_store` reads."""
    return b"".join(
        _CONCAT_MARK + body if part.joined else body for body, part in zip(bodies, parts, strict=True)
    )


def _split(body: bytes) -> list[bytes]:
    return [line + _END for line in body.split(_END)[:-1]]


def _joins(line: bytes) -> bool:
    return line.startswith(_CONCAT_MARK)
