"""Texts within their bounds: cutting at characters and packing words into lines; pure helpers."""

from collections.abc import Iterable, Iterator


def clip(text: str, max_bytes: int) -> str:
    """`text`, or as many of its first characters as fit into `max_bytes` bytes of UTF-8."""
    if len(text) * 4 <= max_bytes:
        return text
    data = text.encode()
    return text if len(data) <= max_bytes else data[:max_bytes].decode(errors="ignore")


def pack(words: Iterable[str], max_bytes: int) -> Iterator[str]:
    """`words` joined by spaces into as few texts of at most `max_bytes` as their order allows."""
    line: list[str] = []
    size = 0
    for word in words:
        length = len(word.encode()) + 1
        if line and size + length > max_bytes + 1:
            yield " ".join(line)
            line, size = [], 0
        line.append(word)
        size += length
    if line:
        yield " ".join(line)
