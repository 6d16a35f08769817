"""The small parts, each against its promise: ranges, replay windows, buckets, caches, windows, timers."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from livechat.transfer.assembly import Request
from livechat.transfer.congestion import SEGMENT_BYTES, AimdController
from livechat.transfer.guards import REPLAY_WINDOW, BoundedTable, Bucket, ReplayWindow
from livechat.transfer.inflight import InFlight
from livechat.transfer.pacer import CATCH_UP_S, Pacer
from livechat.transfer.paths import Grant, Path, PathFinder
from livechat.transfer.rangeset import RangeSet
from livechat.transfer.rtt import RttEstimator
from livechat.transfer.sealcache import REPAIR_HOLD_S, SealCache, SealedChunk
from livechat.transfer.stream import MAX_CHUNK_SLICES, Stream


class RangeSetMachine(RuleBasedStateMachine):
    """A RangeSet against a plain set of bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.ranges = RangeSet()
        self.model: set[int] = set()

    @rule(start=st.integers(0, 200), length=st.integers(0, 40))
    def add(self, start: int, length: int) -> None:
        self.ranges.add(start, start + length)
        self.model |= set(range(start, start + length))

    @precondition(lambda self: self.model)
    @rule(most=st.integers(1, 50), boundary=st.sampled_from([0, 16, 64]))
    def take(self, most: int, boundary: int) -> None:
        start, end = self.ranges.take_first(most, boundary)
        taken = set(range(start, end))
        assert 0 < len(taken) <= most
        assert start == min(self.model)
        assert taken <= self.model
        assert not boundary or start // boundary == (end - 1) // boundary
        self.model -= taken

    @invariant()
    def is_the_model_and_merged(self) -> None:
        pairs = list(self.ranges)
        assert {i for start, end in pairs for i in range(start, end)} == self.model
        assert all(a_end < b_start for (_a, a_end), (b_start, _b) in itertools.pairwise(pairs))
        assert bool(self.ranges) == bool(self.model)


TestRangeSet = RangeSetMachine.TestCase


@given(st.lists(st.integers(0, 3000), max_size=200), st.integers(0, 2**62))
def test_a_replay_window_accepts_each_number_at_most_once(numbers: list[int], base: int) -> None:
    window = ReplayWindow()
    accepted: set[int] = set()
    for number in numbers:
        fresh = window.accept(base + number)
        assert not (fresh and number in accepted)
        if number not in accepted and number > max(accepted, default=-1) - REPLAY_WINDOW:
            assert fresh
        if fresh:
            accepted.add(number)


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(1, 5000)), max_size=60))
def test_a_bucket_gives_no_more_than_rate_and_burst_and_one_question(steps: list[tuple[float, int]]) -> None:
    bucket, now, taken = Bucket(1000, 500, 0.0), 0.0, 0
    largest = max((amount for _w, amount in steps), default=0)
    for wait_s, amount in steps:
        now += wait_s
        if bucket.wait_s(now) == 0:
            bucket.take(amount)
            taken += amount
        assert taken <= 500 + 1000 * now + largest


def test_a_bucket_says_how_long_to_wait() -> None:
    bucket = Bucket(1000, 500, 0.0)
    bucket.take(1500)
    assert bucket.wait_s(0.0) == pytest.approx(1.001)
    assert bucket.wait_s(1.1) == 0


def test_a_bounded_table_forgets_what_was_used_longest_ago() -> None:
    table: BoundedTable[str, int] = BoundedTable(2)
    table.put("a", 1)
    table.put("b", 2)
    assert table.find("a") == 1
    table.put("c", 3)
    assert "b" not in table
    assert ("a" in table, "c" in table, len(table), table.forgotten) == (True, True, 2, 1)


def chunk(name: str, size: int = 100) -> SealedChunk:
    return SealedChunk((name,), bytes(size), 50)


def test_a_seal_cache_stays_within_its_bytes_and_never_pushes_out_what_is_being_repaired() -> None:
    cache = SealCache(250)
    for counter, name in enumerate("ab"):
        assert cache.has_room(100, 0.0)
        cache.put(counter, chunk(name))
    assert cache.repair(0, ("a",), 50, 10.0) is not None
    assert cache.has_room(100, 10.0)  # b goes
    cache.put(2, chunk("c"))
    assert cache.repair(1, ("b",), 50, 10.0) is None
    assert not cache.has_room(200, 10.1)  # a would have to go
    assert cache.has_room(200, 10.0 + REPAIR_HOLD_S)
    assert cache.bytes <= 250


def test_clients_that_repair_without_end_hold_half_of_the_cache_and_stop_nobody() -> None:
    cache = SealCache(1000)
    for counter in range(10):
        assert cache.has_room(100, 0.0)
        cache.put(counter, chunk(str(counter)))
    for round_ in range(20):
        now = round_ * REPAIR_HOLD_S / 4
        for counter in range(10):
            cache.repair(counter, (str(counter),), 50, now)
        assert cache.has_room(100, now)
        cache.put(100 + round_, chunk("new"))
        assert cache.bytes <= 1000
    assert all(cache.repair(counter, (str(counter),), 50, now) for counter in range(5))


@pytest.mark.parametrize(("counter", "key", "slice_bytes"), [(1, ("a",), 50), (0, ("b",), 50), (0, ("a",), 51)])
def test_a_repair_of_anything_else_finds_nothing(counter: int, key: tuple[str], slice_bytes: int) -> None:
    cache = SealCache(250)
    cache.put(0, chunk("a"))
    assert cache.repair(counter, key, slice_bytes, 0.0) is None


# -- congestion


def filled(controller: AimdController, rounds: int, rtt_s: float = 0.02) -> float:
    now = 0.0
    for _ in range(rounds):
        window = controller.window_bytes
        controller.sent(window, window, now)
        controller.arrived(window, now, rtt_s, now + rtt_s)
        now += rtt_s
    return now


def test_the_window_starts_with_ten_segments_and_doubles_each_round() -> None:
    controller = AimdController(receive_buffer_bytes=10**9)
    assert controller.window_bytes == 10 * SEGMENT_BYTES
    filled(controller, 3)
    assert controller.window_bytes == 80 * SEGMENT_BYTES


def test_slow_start_ends_when_a_queue_fills_before_anything_is_lost() -> None:
    controller = AimdController(receive_buffer_bytes=10**9)
    filled(controller, 3, rtt_s=0.02)
    assert controller.in_slow_start
    filled(controller, 1, rtt_s=0.03)
    assert not controller.in_slow_start


def test_after_a_loss_it_grows_by_a_segment_each_round() -> None:
    controller = AimdController(receive_buffer_bytes=10**9)
    now = filled(controller, 3)
    controller.lost(1200, now, now)
    after = controller.window_bytes
    assert after == int(80 * SEGMENT_BYTES * 0.7)
    controller.sent(after, after, now + 1)
    controller.arrived(after, now + 1, 0.02, now + 1.02)
    assert controller.window_bytes - after == pytest.approx(SEGMENT_BYTES, abs=1)


def test_all_losses_of_one_round_count_once_and_a_wrong_one_is_taken_back() -> None:
    controller = AimdController(receive_buffer_bytes=10**9)
    now = filled(controller, 3)
    before = controller.window_bytes
    for _ in range(10):
        controller.lost(1200, now - 0.001, now)
    assert controller.window_bytes == int(before * 0.7)
    controller.lost_wrongly(now - 0.001, now)
    assert controller.window_bytes == before


def test_an_unused_window_does_not_grow() -> None:
    controller = AimdController(receive_buffer_bytes=10**9)
    controller.sent(1200, 1200, 0.0)
    controller.arrived(1200, 0.0, 0.02, 0.02)
    assert controller.window_bytes == 10 * SEGMENT_BYTES


@given(
    st.lists(st.sampled_from(["round", "lost", "timeout", "path", "ce"]), max_size=60), st.integers(1, 10**6)
)
def test_the_window_stays_within_its_bounds(steps: list[str], buffer_bytes: int) -> None:
    controller = AimdController(receive_buffer_bytes=buffer_bytes)
    now = 1.0
    for step in steps:
        now += 0.05
        if step == "round":
            controller.sent(controller.window_bytes, controller.window_bytes, now)
            controller.arrived(controller.window_bytes, now, 0.05, now)
        elif step == "lost":
            controller.lost(1200, now, now)
        elif step == "timeout":
            controller.timed_out(now)
        elif step == "ce":
            controller.congestion_experienced(now, now)
        else:
            controller.path_changed(now)
        assert 2 * SEGMENT_BYTES <= controller.window_bytes <= max(2 * SEGMENT_BYTES, 0.5 * buffer_bytes) * 2.5


def test_long_round_trips_may_have_more_on_the_wire_than_the_buffer_holds() -> None:
    controller = AimdController(receive_buffer_bytes=100_000)
    filled(controller, 20, rtt_s=1.0)
    assert controller.window_bytes == 2_500_000
    assert controller.pacing_rate_bytes_s == pytest.approx(5_000_000)


def test_the_pacer_keeps_its_rate_and_catches_up_only_a_little() -> None:
    pacer = Pacer()
    now, sent = 0.0, 0
    while now < 10:
        now = max(now, pacer.ready_at()) + 0.004  # a loop that always wakes late
        pacer.spend(1000, 100_000, now)
        sent += 1000
    assert sent / now == pytest.approx(100_000, rel=0.05)
    pacer.spend(1000, 100_000, now + 60)
    assert pacer.ready_at() >= now + 60 - CATCH_UP_S


# -- round trips and loss


def test_the_probe_timeout_is_a_second_before_anything_was_measured() -> None:
    assert RttEstimator().probe_timeout_s == pytest.approx(1.0, abs=0.01)


def test_a_steady_round_trip_brings_the_timeout_down_to_it_and_no_lower() -> None:
    rtt = RttEstimator()
    for _ in range(100):
        rtt.sample(0.02)
    assert rtt.smoothed_s == pytest.approx(0.02)
    assert 0.024 < rtt.probe_timeout_s < 0.026


def test_late_answers_make_it_wait_longer_within_bounds() -> None:
    rtt = RttEstimator()
    rtt.sample(0.02)
    before = rtt.loss_delay_s
    rtt.came_late(0.05)
    assert rtt.loss_delay_s == pytest.approx(before + 0.03)
    rtt.came_late(1000)
    assert rtt.loss_delay_s <= before + 0.051


class Nobody:
    """An owner that wants nothing."""

    has_ended = False

    def take(self, stream: Stream, offset: int, data: bytes, now: float) -> None:
        raise AssertionError


def a_stream(size: int, boundary: int = 1 << 20) -> Stream:
    stream = Stream(Nobody(), 1, bytes(8), bytes(8), boundary=boundary)
    stream.holes.add(0, size)
    return stream


def flight() -> tuple[InFlight, Path, RttEstimator]:
    rtt = RttEstimator()
    rtt.sample(0.02)
    path = Path(("192.0.2.1", 1), Grant(bytes(32), b"t", 600), bytes(16), 0, 0.0)
    return InFlight(AimdController(), rtt), path, rtt


def ask(inflight: InFlight, path: Path, stream: Stream, number: int, now: float) -> Request:
    _ranges, _bytes, chunks = stream.take(2, 1160)
    request = Request(number, path, now, chunks, is_repair=False)
    inflight.add(request, now)
    return request


def test_three_later_answers_and_nine_eighths_of_a_round_trip_make_a_loss() -> None:
    inflight, path, rtt = flight()
    stream = a_stream(100_000)
    requests = [ask(inflight, path, stream, i, 0.0) for i in range(4)]
    for i in (1, 2):
        inflight.answered(requests[i], 0.0, 0.02)
    assert inflight.lost(0.0239) == []
    inflight.answered(requests[3], 0.0, 0.02)
    assert inflight.lost(0.02 * 9 / 8) == []
    at = rtt.loss_delay_s
    assert at < inflight.requests[0].sent_at + 0.03
    assert inflight.deadline() == pytest.approx(at)
    lost = inflight.lost(at)
    assert [c.offset for c in lost] == [0]
    assert inflight.bytes == 3 * 2 * 1200


def test_silence_doubles_the_timeout_each_time() -> None:
    inflight, path, rtt = flight()
    stream = a_stream(100_000)
    gaps, now = [], 0.0
    for i in range(5):
        ask(inflight, path, stream, i, now)
        deadline = inflight.deadline()
        assert deadline is not None
        assert inflight.lost(deadline - 1e-6) == []
        assert inflight.lost(deadline)
        gaps.append(deadline - now)
        now = deadline
    assert gaps == pytest.approx([rtt.probe_timeout_s * 2**i for i in range(5)])
    assert inflight.bytes == 0


@given(st.integers(1, 3_000_000), st.integers(1, 56), st.integers(0, 3), st.integers(600, 1160))
def test_a_stream_is_asked_for_exactly_once_in_chunks_both_sides_agree_on(
    size: int, slices: int, troubles: int, slice_bytes: int
) -> None:
    stream = a_stream(size)
    for _ in range(troubles):
        stream.resealed()
    asked = 0
    while stream.holes:
        ranges, chunk_bytes, chunks = stream.take(slices, slice_bytes)
        cut = [
            (o, min(chunk_bytes, start + n - o))
            for start, n in ranges
            for o in range(start, start + n, chunk_bytes)
        ]
        assert [(c.offset, c.length) for c in chunks] == cut
        assert chunks[0].offset == asked
        assert sum(c.slices for c in chunks) <= slices
        assert len(ranges) <= 8
        assert sum(n for _s, n in ranges) <= 65536
        assert all(c.offset >> 20 == c.offset + c.length - 1 >> 20 for c in chunks)
        asked += sum(c.length for c in chunks)
    assert asked == size


def test_trouble_makes_chunks_smaller_and_calm_makes_them_larger_again() -> None:
    stream = a_stream(1)
    sizes = []
    for _ in range(4):
        stream.resealed()
        sizes.append(stream.chunk_slices)
    assert sizes == [14, 3, 1, 1]
    for _ in range(64 * 6):
        stream.completed()
    assert stream.chunk_slices == MAX_CHUNK_SLICES
    stream.forged()
    assert stream.chunk_slices == 1


def test_hellos_go_to_every_candidate_a_quarter_second_apart_and_back_off() -> None:
    first, second = ("192.0.2.1", 1), ("192.0.2.2", 1)
    finder = PathFinder([first, second, first], 0.0)
    sent: list[tuple[float, str]] = []
    now = 0.0
    while now < 9:
        sent += [(round(now, 2), address[0][-1]) for address in finder.due(now)]
        deadline = finder.deadline()
        assert deadline is not None
        assert deadline > now
        now = deadline
    first_of_round = [0, 1.25, 3.5, 5.75, 8]
    assert sent == [(at + i * 0.25, name) for at in first_of_round for i, name in enumerate("12")]
