"""Whole transfers while services die, tickets end, addresses change and files go."""

from typing import Any

import pytest
from livechat.ticket import Rights
from livechat.transfer.events import (
    Address,
    FailureCode,
    GrantNeeded,
    PathLost,
    PathReady,
)
from livechat.transfer.server import ServerLimits

from tests.support.fake_link import SERVER, UNIX_START, MemoryStore, Simulation
from tests.support.transfers import FILE, MIB, both_ways, content, fetch, start

# -- what happens to the service


@pytest.mark.parametrize("profile", [{}, {"loss": 0.05}, {"rate_bytes_s": 1e6, "queue_datagrams": 30}])
def test_a_killed_service_that_comes_back_goes_on_from_the_holes(profile: dict[str, Any]) -> None:
    sim = Simulation(**both_ways(**profile))
    data = content(6 * MIB)
    client, download = start(sim, data)
    assert sim.run(until=lambda: bool(client.pieces), limit_s=30)
    sim.stop_server()
    sim.run_for(6)
    before = len(client.pieces[download])
    assert any(isinstance(e, PathLost) for e in client.events)
    sim.start_server()
    passed = sim.down.passed_bytes
    assert sim.run(until=lambda: bool(client.finished), limit_s=60)
    assert client.data(download) == data
    assert sum(isinstance(e, PathReady) for e in client.events) >= 2
    assert sum(isinstance(e, PathLost) for e in client.events) == 1
    assert sim.down.passed_bytes - passed < len(data) - (before - 1) * MIB + 2 * MIB


def test_a_restart_without_a_gap_costs_no_more_than_a_timeout() -> None:
    sim = Simulation(**both_ways(rate_bytes_s=4e6, queue_datagrams=60))
    data = content(6 * MIB)
    client, download = start(sim, data)
    for at in (0.5, 1.0, 1.5):
        sim.at(at, sim.start_server)
    assert sim.run(until=lambda: bool(client.finished), limit_s=4)
    assert client.data(download) == data


def test_the_service_away_at_first_is_found_when_it_comes() -> None:
    sim = Simulation()
    sim.stop_server()
    client, download = start(sim, content(5000))
    sim.run_for(20)
    assert [type(e) for e in client.events] == [PathLost]
    sim.start_server()
    assert sim.run(until=lambda: bool(client.finished), limit_s=5)
    assert isinstance(client.events[1], PathReady)
    assert client.data(download) == content(5000)


def test_a_file_changed_in_mid_transfer_is_gone() -> None:
    sim = Simulation(**both_ways(rate_bytes_s=2e6, queue_datagrams=30))
    client, download = start(sim, content(4 * MIB))
    assert sim.run(until=lambda: bool(client.pieces), limit_s=10)
    sim.store.add(FILE, content(4 * MIB, seed=6))
    assert sim.run(until=lambda: bool(client.failed), limit_s=5)
    assert client.failed[download].code is FailureCode.GONE


def test_bytes_that_never_match_end_in_corrupt_and_reach_nobody() -> None:
    sim = Simulation()
    sim.store.lies_about.add(FILE)
    client, download = start(sim, content(5000))
    assert sim.run(until=lambda: bool(client.failed), limit_s=5)
    assert client.failed[download].code is FailureCode.CORRUPT
    assert not client.pieces


def test_a_manifest_that_does_not_match_the_root_ends_in_corrupt() -> None:
    sim = Simulation()
    file_root = sim.store.add(FILE, content(5000))
    version, encoded, data = sim.store.files[FILE]
    sim.store.files[FILE] = (version, encoded.replace(b"file.bin", b"evil.bin"), data)
    client = sim.add_client()
    download = client.endpoint.download(FILE, file_root)
    assert sim.run(until=lambda: bool(client.failed), limit_s=5)
    assert client.failed[download].code is FailureCode.CORRUPT


def test_a_small_cache_answers_busy_or_seals_anew_and_the_file_is_right() -> None:
    limits = ServerLimits(seal_cache_bytes=20_000)
    sim = Simulation(limits=limits, **both_ways(delay_s=0.002, loss=0.1))
    fetch(sim, content(2 * MIB), 90)


# -- who moves, and who may


@pytest.mark.parametrize("every_s", [5.0, 0.7])
def test_a_rebound_client_goes_on(every_s: float) -> None:
    sim = Simulation(**both_ways(rate_bytes_s=5e5, queue_datagrams=20))
    data = content(6 * MIB)
    client, download = start(sim, data)

    def rebind() -> None:
        host, port = client.address
        client.address = (host, port + 1) if port % 2 else (f"198.51.100.{port % 200 + 1}", port + 1)
        sim.at(sim.now + every_s, rebind)

    sim.at(every_s, rebind)
    assert sim.run(until=lambda: bool(client.finished), limit_s=40)
    assert client.data(download) == data


def test_a_transfer_longer_than_token_and_ticket_never_stops() -> None:
    sim = Simulation(**both_ways(rate_bytes_s=20_000, queue_datagrams=20))
    client = sim.add_client(grant=sim.grant(lifetime_s=150))
    renewals: list[float] = []

    def renew(event: object) -> None:
        if isinstance(event, GrantNeeded):
            renewals.append(sim.now)
            client.endpoint.renew(sim.grant(lifetime_s=150))

    client.on_event = renew
    data = content(5 * MIB)
    _client, download = start(sim, data, client)
    assert sim.run(until=lambda: bool(client.finished), limit_s=len(data) / 20_000 * 1.1)
    assert client.data(download) == data
    assert len(renewals) >= 2
    assert not any(isinstance(e, PathLost) for e in client.events)


def test_without_a_new_ticket_the_download_ends_as_expired() -> None:
    sim = Simulation(**both_ways(rate_bytes_s=20_000, queue_datagrams=20))
    client = sim.add_client(grant=sim.grant(lifetime_s=30))
    _client, download = start(sim, content(5 * MIB), client)
    assert sim.run(until=lambda: bool(client.failed), limit_s=200)
    assert client.failed[download].code is FailureCode.EXPIRED
    assert any(isinstance(e, GrantNeeded) and client.events.index(e) for e in client.events)
    assert 30 < sim.now < 120


def test_a_revoked_ticket_gets_nothing_until_there_is_a_new_one() -> None:
    sim = Simulation(**both_ways(rate_bytes_s=1e6, queue_datagrams=20))
    client = sim.add_client(grant=sim.grant(ticket_id=b"revoked1"))
    _client, download = start(sim, content(3 * MIB), client)
    assert sim.run(until=lambda: bool(client.pieces), limit_s=10)
    assert sim.server is not None
    sim.server.revoke(b"revoked1")
    assert sim.run(until=lambda: any(isinstance(e, GrantNeeded) for e in client.events), limit_s=2)
    sim.run_for(1)
    passed = sim.down.passed_bytes
    sim.run_for(10)
    assert sim.down.passed_bytes == passed
    client.endpoint.renew(sim.grant())
    assert sim.run(until=lambda: download in client.finished, limit_s=10)


def test_a_ticket_without_the_right_is_refused() -> None:
    sim = Simulation()
    client = sim.add_client(grant=sim.grant(rights=Rights.NONE))
    _client, download = start(sim, content(1000), client)
    assert sim.run(until=lambda: bool(client.failed), limit_s=5)
    assert client.failed[download].code is FailureCode.REFUSED


def test_a_rate_cap_is_kept() -> None:
    sim = Simulation()
    client = sim.add_client(grant=sim.grant(rate_cap=200_000))
    start(sim, content(1 * MIB), client)
    assert sim.run(until=lambda: bool(client.finished), limit_s=9)
    assert sim.down.passed_bytes / sim.now < 220_000


def test_a_ticket_of_another_key_asks_the_hub_and_does_not_hammer() -> None:
    sim = Simulation()
    grant = sim.grant()
    client = sim.add_client(grant=type(grant)(grant.session_key, bytes(180), grant.expires_at))
    start(sim, content(1000), client)
    sim.run_for(20)
    assert 1 <= sum(isinstance(e, GrantNeeded) for e in client.events) <= 5
    assert client.endpoint.stats().hellos < 12
    client.endpoint.renew(sim.grant())
    assert sim.run(until=lambda: bool(client.finished), limit_s=2)


def test_the_first_candidate_that_answers_wins() -> None:
    sim = Simulation()
    nobody: Address = ("203.0.113.9", 6969)
    client = sim.add_client(candidates=[nobody, SERVER, nobody])
    start(sim, content(1000), client)
    assert sim.run(until=lambda: bool(client.finished), limit_s=1.5)
    assert client.events[0] == PathReady(SERVER)


# -- resume and cancel


def test_only_what_is_missing_is_asked_for() -> None:
    sim = Simulation()
    data = content(5 * MIB)
    file_root = sim.store.add(FILE, data)
    client = sim.add_client()
    download = client.endpoint.download(FILE, file_root)
    client.verified[download] = {0, 1, 3, 77, -1}
    assert sim.run(until=lambda: bool(client.finished), limit_s=10)
    assert sorted(client.pieces[download]) == [2 * MIB, 4 * MIB]
    assert sim.down.passed_bytes < 2.3 * MIB


def test_a_download_that_has_everything_ends_at_once() -> None:
    sim = Simulation()
    file_root = sim.store.add(FILE, content(2 * MIB))
    client = sim.add_client()
    download = client.endpoint.download(FILE, file_root)
    client.verified[download] = {0, 1}
    assert sim.run(until=lambda: download in client.finished, limit_s=1)
    assert not client.pieces


def test_a_cancelled_download_is_silent_and_others_go_on() -> None:
    sim = Simulation(**both_ways(rate_bytes_s=1e6, queue_datagrams=20))
    client, first = start(sim, content(3 * MIB))
    other = client.endpoint.download(b"otherone", sim.store.add(b"otherone", content(100_000)))
    assert sim.run(until=lambda: first in client.pieces, limit_s=10)
    client.endpoint.cancel(first)
    count = len(client.pieces[first])
    assert sim.run(until=lambda: other in client.finished, limit_s=10)
    sim.run_for(5)
    assert len(client.pieces[first]) == count
    assert first not in client.finished
    assert not client.failed


def test_an_idle_client_sends_nothing_and_starts_again_in_one_round_trip_more() -> None:
    sim = Simulation()
    client = fetch(sim, content(1000), 2)
    before = client.endpoint.stats().hellos
    sim.run_for(300)
    assert client.endpoint.stats().hellos == before
    download = client.endpoint.download(b"laterone", sim.store.add(b"laterone", content(1000)))
    begun = sim.now
    assert sim.run(until=lambda: download in client.finished, limit_s=2)
    assert sim.now - begun < 0.07


def test_a_closed_endpoint_is_silent() -> None:
    sim = Simulation()
    client, _download = start(sim, content(MIB))
    sim.run_for(0.05)
    client.endpoint.close()
    assert client.endpoint.datagrams_to_send(sim.now) == []
    assert client.endpoint.get_timer() is None
    assert client.endpoint.next_event() is None


# -- what others could make of the service


def test_before_an_address_is_proved_at_most_three_times_what_came_goes_there() -> None:
    sim = Simulation()
    sim.sent_by_server = []
    client, _download = start(sim, content(3 * MIB))
    assert sim.run(until=lambda: bool(client.finished), limit_s=5)
    received, replies = sim.sent_by_server[0]
    assert received == 1200
    assert sum(map(len, replies)) <= 3 * received
    assert len(replies) > 1
    questions = [(n, r) for n, r in sim.sent_by_server if n == 320]
    assert questions
    # the same datagrams from another address get next to nothing
    assert sim.server is not None


def test_captured_questions_from_elsewhere_or_again_get_next_to_nothing() -> None:
    sim = Simulation(**both_ways(rate_bytes_s=1e6, queue_datagrams=20))
    captured: list[bytes] = []
    carry = sim.up.carry

    def tap(data: bytes, now: float) -> list[tuple[float, bytes]]:
        captured.append(data)
        return carry(data, now)

    sim.up.carry = tap  # type: ignore[method-assign]
    client, _download = start(sim, content(MIB))
    assert sim.run(until=lambda: bool(client.finished), limit_s=5)
    assert sim.server is not None
    for data in captured:
        elsewhere = sim.server.receive_datagram(data, ("203.0.113.1", 53), UNIX_START + sim.now)
        assert sum(map(len, elsewhere)) <= 3 * len(data)
        if len(data) == 320:
            assert sum(map(len, elsewhere)) <= 26
            assert sim.server.receive_datagram(data, client.address, UNIX_START + sim.now) == []
    assert sim.server.stats().replayed == sum(len(d) == 320 for d in captured)


def test_the_store_is_not_asked_for_more_than_64_kib_at_once() -> None:
    class Watching(MemoryStore):
        def read(self, file_id: bytes, version: bytes, offset: int, length: int) -> bytes:
            assert 0 < length <= 65536
            return super().read(file_id, version, offset, length)

    fetch(Simulation(store=Watching()), content(8 * MIB), 10)
