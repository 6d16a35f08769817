"""Both endpoints take whatever arrives without an exception, and what they must not believe changes nothing."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from livechat.transfer import wire
from livechat.transfer.events import Finished
from livechat.transfer.server import ServerEndpoint, ServerLimits

from tests.support.fake_link import MASTER_KEY, SERVER, UNIX_START, MemoryStore, Profile, Simulation

ADDRESS = ("198.51.100.7", 4242)
FILE = b"fileid01"
types = st.integers(0, 10)
sizes = st.sampled_from([1, 26, 41, 59, 70, 74, 216, 320, 1199, 1200, 1201])


def a_transfer(size: int = 300_000) -> tuple[Simulation, list[bytes], list[bytes]]:
    """A finished transfer, with all datagrams that went up and down."""
    sim = Simulation(up=Profile(loss=0.05), down=Profile(loss=0.05))
    up: list[bytes] = []
    down: list[bytes] = []
    for pipe, seen in ((sim.up, up), (sim.down, down)):

        def tap(data: bytes, now: float, carry=pipe.carry, seen=seen) -> list[tuple[float, bytes]]:  # type: ignore[no-untyped-def]
            seen.append(data)
            found: list[tuple[float, bytes]] = carry(data, now)
            return found

        pipe.carry = tap  # type: ignore[method-assign]
    client = sim.add_client(address=ADDRESS)
    client.endpoint.download(FILE, sim.store.add(FILE, random.Random(1).randbytes(size)))
    assert sim.run(until=lambda: bool(client.finished), limit_s=60)
    return sim, up, down


SIM, UP, DOWN = a_transfer()


@given(types, sizes, st.randoms(use_true_random=False))
def test_the_service_gives_garbage_no_more_than_a_reset(kind: int, size: int, rng: random.Random) -> None:
    server = SIM.server
    assert server is not None
    replies = server.receive_datagram(bytes((kind,)) + rng.randbytes(size - 1), ADDRESS, UNIX_START + SIM.now)
    assert sum(map(len, replies)) <= min(3 * size, wire.RESET_BYTES)


@settings(max_examples=200)
@given(st.sampled_from(UP), st.data())
def test_a_question_changed_anywhere_gets_no_data(question: bytes, data: st.DataObject) -> None:
    server = ServerEndpoint(master_key=MASTER_KEY, store=SIM.store, random_bytes=random.Random(2).randbytes)
    changed = bytearray(question)
    changed[data.draw(st.integers(0, len(question) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(question)) | st.just(len(question)))
    replies = server.receive_datagram(bytes(changed[:cut]), ADDRESS, UNIX_START + 1)
    assert all(reply[0] == wire.RESET for reply in replies)
    assert server.stats().dropped + server.stats().resets == 1


def test_a_service_that_started_later_answers_the_questions_of_the_one_before() -> None:
    server = ServerEndpoint(master_key=MASTER_KEY, store=SIM.store, random_bytes=random.Random(3).randbytes)
    gets = [q for q in UP if q[0] in {wire.GET, wire.REPAIR}]
    for question in gets:
        replies = server.receive_datagram(question, ADDRESS, UNIX_START + 1)
        assert replies
        assert all(reply[0] == wire.DATA for reply in replies)
    assert server.stats().repairs_resealed > 0


def test_no_nonce_is_used_twice_by_one_process() -> None:
    counters = [wire.DATA_HEAD.unpack_from(d)[-2:] for d in DOWN if d[0] == wire.DATA and d[1] == 0]
    answers = [wire.unpack_answer_head(d) for d in DOWN if d[0] != wire.DATA]
    sealed = dict.fromkeys(counters, 0)
    firsts = {
        wire.DATA_HEAD.unpack_from(d)[-2:]: d[wire.DATA_HEAD_BYTES :]
        for d in DOWN
        if d[0] == wire.DATA and not d[1]
    }
    for d in DOWN:
        if d[0] == wire.DATA and d[1] == 0:  # a repair repeats the ciphertext and never the nonce with another
            assert firsts[wire.DATA_HEAD.unpack_from(d)[-2:]] == d[wire.DATA_HEAD_BYTES :]
    assert not sealed.keys() & {(a.epoch, a.counter) for a in answers}
    numbers = [int.from_bytes(q[4:12] if q[0] == wire.HELLO else q[2:10], "big") for q in UP]
    assert len(set(numbers)) == len(numbers)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(DOWN) | st.binary(max_size=1300), st.integers(0, 2**32)), max_size=30)
)
def test_a_client_takes_anything_and_still_gets_its_file(rubbish: list[tuple[bytes, int]]) -> None:
    sim = Simulation(seed=3)
    data = random.Random(1).randbytes(50_000)
    client = sim.add_client(address=ADDRESS)
    download = client.endpoint.download(FILE, sim.store.add(FILE, data))

    def throw(raw: bytes, salt: int) -> None:
        changed = bytearray(raw)
        if changed and salt % 3:
            changed[salt % len(changed)] ^= 1 + salt % 255
        client.endpoint.receive_datagram(bytes(changed), SERVER, sim.now)

    for i, (raw, salt) in enumerate(rubbish):
        sim.at(i * 0.003, lambda raw=raw, salt=salt: throw(raw, salt))  # type: ignore[misc]
    assert sim.run(until=lambda: download in client.finished, limit_s=10)
    assert client.data(download) == data


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_answers_with_one_bit_changed_never_give_a_wrong_byte(data: st.DataObject) -> None:
    sim = Simulation(seed=data.draw(st.integers(0, 1000)))
    content = random.Random(1).randbytes(20_000)
    client = sim.add_client(address=ADDRESS)
    root = sim.store.add(FILE, content)
    download = client.endpoint.download(FILE, root)
    victims = data.draw(st.sets(st.integers(0, 30), max_size=8))
    bit = data.draw(st.integers(0, 9599))
    carry = sim.down.carry
    count = iter(range(10_000))

    def change(raw: bytes, now: float) -> list[tuple[float, bytes]]:
        if next(count) in victims:
            changed = bytearray(raw)
            changed[bit // 8 % len(raw)] ^= 1 << bit % 8
            raw = bytes(changed)
        return carry(raw, now)

    sim.down.carry = change  # type: ignore[method-assign, assignment]
    assert sim.run(until=lambda: bool(client.finished or client.failed), limit_s=30)
    assert client.data(download) == content


def test_bounded_tables_do_not_stop_anybody() -> None:
    limits = ServerLimits(paths=2, tickets=2, revoked=2)
    sim = Simulation(limits=limits)
    data = random.Random(1).randbytes(100_000)
    root = sim.store.add(FILE, data)
    clients = [sim.add_client(grant=sim.grant(rate_cap=10_000_000)) for _ in range(6)]
    ids = [client.endpoint.download(FILE, root) for client in clients]
    assert sim.run(until=lambda: all(c.finished for c in clients), limit_s=10)
    assert all(c.data(i) == data for c, i in zip(clients, ids, strict=True))
    assert sim.server is not None
    assert sim.server.stats().paths == 2


def test_hellos_without_end_are_answered_with_busy() -> None:
    sim = Simulation(store=MemoryStore())
    grant = sim.grant()
    assert sim.server is not None
    for i in range(60):
        client = sim.add_client(grant=grant)
        for datagram, _address in client.endpoint.datagrams_to_send(0.0):
            replies = sim.server.receive_datagram(datagram, ("198.51.100.7", 1000 + i), UNIX_START)
            assert replies[0][0] == (wire.PATH if i < 32 else wire.BUSY)


def test_the_timer_asks_for_a_look_after_whatever_the_owner_has_said() -> None:
    sim = Simulation()
    client = sim.add_client()
    sim.run_for(1)
    endpoint = client.endpoint
    idle_until = endpoint.get_timer()
    assert idle_until is not None
    assert idle_until > sim.now + 60
    download = endpoint.download(FILE, sim.store.add(FILE, bytes(1000)))
    assert (endpoint.get_timer() or sim.now) <= sim.now
    endpoint.datagrams_to_send(sim.now)
    assert (endpoint.get_timer() or 0) > sim.now
    endpoint.renew(sim.grant())
    assert (endpoint.get_timer() or sim.now) <= sim.now
    assert sim.run(until=lambda: download in client.finished, limit_s=1)


def test_finished_comes_once_and_last() -> None:
    client = SIM.clients[0]
    assert sum(isinstance(e, Finished) for e in client.events) == 1
    assert isinstance(client.events[-1], Finished)
