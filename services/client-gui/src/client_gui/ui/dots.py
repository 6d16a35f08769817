"""Small round dots as Tk images, drawn with smooth edges and cached for the life of a window."""

import struct
import tkinter as tk
import zlib

from client_gui.ui import theme

_SAMPLES = 4
"""Each pixel is looked at in 4 × 4 points; the share of points inside the circle is its opacity."""


class Dots:
    """Makes and keeps the dots of one window: Tk drops an image that nobody holds."""

    def __init__(self, root: tk.Misc) -> None:
        self._root = root
        self._images: dict[tuple[str, int, bool], tk.PhotoImage] = {}

    def get(self, colour: str, *, size: int = 10, hollow: bool = False) -> tk.PhotoImage:
        """A dot of `size` logical pixels; `hollow` draws a ring."""
        key = (colour, size, hollow)
        if key not in self._images:
            pixels = theme.px(self._root, size)
            self._images[key] = tk.PhotoImage(master=self._root, data=_png(colour, pixels, hollow=hollow))
        return self._images[key]


def _png(colour: str, size: int, *, hollow: bool) -> bytes:
    """An RGBA PNG (ISO/IEC 15948), the smallest: header, one block of data, end."""
    rgb = bytes.fromhex(colour.removeprefix("#"))
    gap = max(3, size * 3 // 5)
    width = size + gap
    rows = b"".join(
        b"\0" + b"".join(rgb + bytes([_opacity(x, y, size, hollow=hollow)]) for x in range(width))
        for y in range(size)
    )
    header = struct.pack(">IIBBBBB", width, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _opacity(x: int, y: int, size: int, *, hollow: bool) -> int:
    """0 to 255; the columns right of `size` are the gap to the text and stay clear."""
    radius = size / 2 - 0.5
    inner = radius - max(1.2, size / 7) if hollow else -1.0
    steps = [(step + 0.5) / _SAMPLES for step in range(_SAMPLES)]
    inside = 0
    for dx in steps:
        for dy in steps:
            distance = ((x + dx - size / 2) ** 2 + (y + dy - size / 2) ** 2) ** 0.5
            inside += inner < distance <= radius
    return inside * 255 // _SAMPLES**2
