"""Content of files for tests: every block differs from every other, so that a misplaced one shows."""

import random

_BLOCK = 1 << 20


def made_of(size: int, seed: int) -> bytes:
    """`size` bytes that depend on `seed`."""
    source = random.Random(seed)
    blocks = [source.randbytes(_BLOCK) for _ in range(size // _BLOCK)]
    return b"".join([*blocks, source.randbytes(size % _BLOCK)])
