"""Whole transfers over links that misbehave in every way: the file is right, and it arrives in bounded time."""

from typing import Any

import pytest
from livechat.transfer.events import (
    ManifestReceived,
    PathReady,
    Progress,
)
from livechat.transfer.manifest import Manifest, root

from tests.support.fake_link import Simulation
from tests.support.transfers import FILE, MIB, both_ways, content, fetch, start

# -- what a good link gives


@pytest.mark.parametrize("size", [0, 1, 1143, 1144, 1145, MIB - 1, MIB, MIB + 1, 3 * MIB + 12345])
def test_files_of_every_shape_arrive(size: int) -> None:
    client = fetch(Simulation(), content(size), 10)
    assert [type(e) for e in client.events[:2]] == [PathReady, ManifestReceived]
    last = [e for e in client.events if isinstance(e, Progress)][-1]
    assert (last.received_bytes, last.total_bytes) == (size, size)


def test_a_small_file_takes_two_round_trips_from_cold_and_one_more_each_when_warm() -> None:
    sim = Simulation(**both_ways(delay_s=0.05))
    client = fetch(sim, content(1000), 1)
    assert sim.now == pytest.approx(0.2, abs=0.01)
    file_root = sim.store.add(b"another1", content(900))
    begun = sim.now
    download = client.endpoint.download(b"another1", file_root)
    assert sim.run(until=lambda: download in client.finished, limit_s=1)
    assert sim.now - begun == pytest.approx(0.2, abs=0.01)


def test_a_manifest_of_many_datagrams_arrives() -> None:
    builder_bytes = content(1000) * 66_000  # 63 pieces: 2,066 bytes of manifest
    fetch(Simulation(**both_ways(delay_s=0.001)), builder_bytes, 30)


def test_a_manifest_of_a_megabyte_arrives_through_loss() -> None:
    hashes = tuple(content(32, i) for i in range(30_000))
    manifest = Manifest("huge.bin", 30_000 * MIB, MIB, bytes(32), hashes)
    encoded = manifest.encode()
    sim = Simulation(**both_ways(delay_s=0.001, loss=0.05))
    sim.store.files[FILE] = (root(encoded)[:8], encoded, b"")
    client = sim.add_client()
    client.endpoint.download(FILE, root(encoded))
    assert sim.run(until=lambda: any(isinstance(e, ManifestReceived) for e in client.events), limit_s=30)
    assert next(e for e in client.events if isinstance(e, ManifestReceived)).manifest == manifest


def test_goodput_on_a_narrow_link_is_at_least_92_per_cent() -> None:
    sim = Simulation(**both_ways(delay_s=0.015, rate_bytes_s=1.25e6, queue_datagrams=25))
    fetch(sim, content(10 * MIB), 10 * MIB / 1.25e6 / 0.92)


def test_a_long_round_trip_does_not_hold_the_rate_down_for_ever() -> None:
    sim = Simulation(**both_ways(delay_s=0.75))
    client = fetch(sim, content(10 * MIB), 40)
    assert client.endpoint.stats().lost <= 2


def test_several_downloads_share_the_path_and_all_arrive() -> None:
    sim = Simulation(**both_ways(rate_bytes_s=2e6, queue_datagrams=50))
    files = {f"file{i:04}".encode(): content(200_000 + i, i) for i in range(20)}
    client = sim.add_client()
    ids = {client.endpoint.download(f, sim.store.add(f, data)): f for f, data in files.items()}
    assert sim.run(until=lambda: len(client.finished) == len(files), limit_s=30)
    assert all(client.data(i) == files[f] for i, f in ids.items())


# -- what a bad link does


@pytest.mark.parametrize(
    ("name", "limit_s", "profile"),
    [
        ("loss of 5 %", 20, {"delay_s": 0.001, "loss": 0.05}),
        ("loss of 2 % in bursts", 30, {"delay_s": 0.01, "loss": 0.02, "loss_burst": 3}),
        ("loss of 20 %", 60, {"delay_s": 0.001, "loss": 0.2}),
        ("reordering and duplication", 6, {"reorder": 0.1, "duplicate": 0.1}),
        ("everything late", 20, {"reorder": 1.0, "reorder_s": 0.2}),
        ("corruption", 40, {"loss": 0.02, "corrupt": 0.02}),
        ("corruption of 30 %", 90, {"delay_s": 0.001, "corrupt": 0.3}),
        ("forgery", 10, {"forge": 0.05}),
        ("forgery of half", 60, {"delay_s": 0.001, "forge": 0.5}),
        ("a shallow queue", 60, {"rate_bytes_s": 1.25e6, "queue_datagrams": 8}),
        ("blackholes", 30, {"rate_bytes_s": 1e6, "queue_datagrams": 50, "is_blackhole": lambda t: t % 3 > 2}),
    ],
)
def test_a_bad_link_costs_time_and_nothing_else(name: str, limit_s: float, profile: dict[str, Any]) -> None:
    for seed in (1, 2):
        fetch(Simulation(seed=seed, **both_ways(**profile)), content(2 * MIB), limit_s)


def test_reordering_does_not_end_in_a_spiral_of_false_losses() -> None:
    sim = Simulation(**both_ways(reorder=0.1, reorder_s=0.05))
    client = fetch(sim, content(4 * MIB), 10)
    stats = client.endpoint.stats()
    assert stats.lost < 60
    assert sim.down.passed_bytes < 4 * MIB * 1.25


def test_loss_costs_little_more_than_what_was_lost() -> None:
    sim = Simulation(**both_ways(delay_s=0.001, loss=0.05))
    fetch(sim, content(4 * MIB), 30)
    assert sim.down.passed_bytes < 4 * MIB * 1.15


def test_fifty_small_files_arrive_through_30_per_cent_of_loss_each_way() -> None:
    sim = Simulation(**both_ways(loss=0.3))
    done = 0
    for i in range(50):
        data = content(1024, i)
        client, download = start(sim, data)
        assert sim.run(until=lambda c=client: bool(c.finished or c.failed), limit_s=60)  # type: ignore[misc]
        assert client.data(download) == data
        client.endpoint.close()
        sim.clients.remove(client)
        done += 1
    assert done == 50


def test_crowds_share_a_link_about_evenly() -> None:
    sim = Simulation(**both_ways(delay_s=0.01, rate_bytes_s=2.5e6, queue_datagrams=60))
    file_root = sim.store.add(FILE, content(30 * MIB))
    clients = [sim.add_client() for _ in range(4)]
    for client in clients:
        client.endpoint.download(FILE, file_root)
    sim.run_for(8)
    got = [[e for e in c.events if isinstance(e, Progress)][-1].received_bytes for c in clients]
    assert sum(got) > 0.85 * 8 * 2.5e6
    assert sum(got) ** 2 / (len(got) * sum(g * g for g in got)) > 0.85  # Jain's index
