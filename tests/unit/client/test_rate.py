"""Rate and time left, and the waits between tries."""

import pytest
from client_gui.model.backoff import MOST_S, Backoff
from client_gui.model.rate import RateMeter, human_size, human_time
from hypothesis import given
from hypothesis import strategies as st


def test_a_steady_transfer_shows_its_rate_and_time_left() -> None:
    meter = RateMeter(0, 0.0)
    for step in range(1, 101):
        meter.update(step * 100_000, step * 0.1)

    assert abs(meter.rate - 1_000_000) < 10_000
    left = meter.eta_s(20_000_000)
    assert left is not None
    assert abs(left - 10.0) < 0.2


def test_what_was_there_before_counts_for_no_rate() -> None:
    meter = RateMeter(10**9, 0.0)
    meter.update(10**9 + 1_000_000, 1.0)

    assert meter.rate == 1_000_000


def test_a_stalled_transfer_slows_down_and_tells_no_time() -> None:
    meter = RateMeter(0, 0.0)
    meter.update(1_000_000, 1.0)
    for second in range(2, 60):
        meter.update(1_000_000, float(second))

    assert meter.rate < 1.0
    assert meter.eta_s(2_000_000) is None


@given(st.lists(st.tuples(st.integers(0, 2**50), st.floats(0, 1e9)), max_size=60))
def test_no_order_of_figures_breaks_the_meter(samples: list[tuple[int, float]]) -> None:
    meter = RateMeter(0, 0.0)
    for done, now in samples:
        meter.update(done, now)
        assert meter.rate >= 0
        eta = meter.eta_s(2**40)
        assert eta is None or eta >= 0


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999.6, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (312 << 10, "312 KiB"),
        (10 << 20, "10 MiB"),
        (10**9, "954 MiB"),
        (1023 << 20, "1.0 GiB"),
    ],
)
def test_sizes_have_three_digits_at_most(size: float, shown: str) -> None:
    assert human_size(size) == shown


def test_times_are_written_for_people() -> None:
    assert [human_time(s) for s in (0.4, 59, 60, 3661)] == ["0 s", "59 s", "1:00", "1:01:01"]


def test_waits_double_up_to_the_most_and_start_again() -> None:
    backoff = Backoff()
    waits = [backoff.next_s(1.0) for _ in range(8)]

    assert waits == [0.5, 1, 2, 4, 8, 15, 15, 15]
    assert MOST_S / 2 <= backoff.next_s(0.0) <= MOST_S
    backoff.reset()
    assert backoff.next_s(1.0) == 0.5
