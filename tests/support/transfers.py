"""A file, a client and a simulated link: what tests of whole transfers start from."""

import random
from typing import Any

from tests.support.fake_link import Client, Profile, Simulation

MIB = 1 << 20
FILE = b"fileid01"


def content(size: int, seed: int = 5) -> bytes:
    return random.Random(seed).randbytes(size)


def start(sim: Simulation, data: bytes, client: Client | None = None) -> tuple[Client, int]:
    file_root = sim.store.add(FILE, data)
    client = client or sim.add_client()
    return client, client.endpoint.download(FILE, file_root)


def fetch(sim: Simulation, data: bytes, limit_s: float) -> Client:
    """Download `data`; it must be right and here within `limit_s`."""
    client, download = start(sim, data)
    assert sim.run(until=lambda: bool(client.finished or client.failed), limit_s=limit_s), "not here in time"
    assert not client.failed
    assert client.data(download) == data
    return client


def both_ways(**profile: Any) -> dict[str, Any]:
    return {"up": Profile(**profile), "down": Profile(**profile)}
