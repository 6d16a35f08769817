"""Wrong logins of an address: free ones, waits that double, what is forgotten."""

import pytest
from chat_hub import limits
from chat_hub.accounts.guard import LoginGuard
from chat_hub.accounts.shared_hasher import SharedHasher
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hashing import DirectHasher
from tests.support.hub_harness import START, HubHarness


def failing(guard: LoginGuard, address: str, times: int, now_s: float = 0.0) -> None:
    for _ in range(times):
        guard.failed(address, now_s)


def test_some_are_free_and_each_more_doubles_the_wait_up_to_the_most() -> None:
    guard = LoginGuard()
    failing(guard, "a", limits.FREE_WRONG_LOGINS)
    assert guard.wait_s("a", 0.0) == 0
    waits = []
    for _ in range(12):
        guard.failed("a", 0.0)
        waits.append(guard.wait_s("a", 0.0))
    assert waits == [min(2.0**n, limits.LOGIN_WAIT_MOST_S) for n in range(12)]
    assert guard.wait_s("a", 100.0) == limits.LOGIN_WAIT_MOST_S - 100
    assert guard.wait_s("b", 0.0) == 0


def test_a_quiet_address_is_forgotten() -> None:
    guard = LoginGuard()
    failing(guard, "a", limits.FREE_WRONG_LOGINS + 5)
    guard.failed("a", limits.LOGIN_FORGET_S - 1)
    assert guard.wait_s("a", limits.LOGIN_FORGET_S) > 0
    assert guard.wait_s("a", 2 * limits.LOGIN_FORGET_S) == 0
    failing(guard, "a", limits.FREE_WRONG_LOGINS, 2 * limits.LOGIN_FORGET_S)
    assert guard.wait_s("a", 2 * limits.LOGIN_FORGET_S) == 0


def test_the_table_is_bounded_and_the_oldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GUARDED_ADDRESSES", 3)
    guard = LoginGuard()
    for address in ("a", "b", "c"):
        failing(guard, address, limits.FREE_WRONG_LOGINS + 2)
    guard.failed("a", 0.0)
    guard.failed("d", 0.0)
    assert [guard.wait_s(address, 0.0) > 0 for address in ("a", "b", "c")] == [True, False, True]
    assert len(guard._records) == 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5000)), max_size=60))
def test_no_wait_is_longer_than_the_most_whatever_happens(events: list[tuple[str, float]]) -> None:
    guard, now_s = LoginGuard(), 0.0
    for address, step in events:
        now_s += step
        guard.failed(address, now_s)
        assert 0 <= guard.wait_s(address, now_s) <= limits.LOGIN_WAIT_MOST_S


def test_the_addresses_that_register_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GUARDED_ADDRESSES", 5)
    desk = HubHarness().hub.accounts
    for number in range(20):
        assert desk.may_register(f"192.0.2.{number}", START)
    assert len(desk._registrations) <= 5


def test_the_addresses_of_one_ipv6_network_count_as_one() -> None:
    guard = LoginGuard()
    for number in range(limits.FREE_WRONG_LOGINS + 1):
        guard.failed(f"2001:db8::{number:x}", 0.0)
    assert guard.wait_s("2001:db8::ffff", 0.0) > 0
    assert guard.wait_s("2001:db8:0:1::1", 0.0) == 0

    desk = HubHarness().hub.accounts
    burst = int(limits.REGISTRATION_BURST)
    assert all(desk.may_register(f"2001:db8::{number:x}", START) for number in range(burst))
    assert not desk.may_register("2001:db8::ffff", START)
    assert desk.may_register("2001:db8:0:1::1", START)

    pool = SharedHasher(DirectHasher(room=limits.PASSWORD_QUEUE))

    def takes(address: str) -> bool:
        return pool.check(address, "password", None, lambda _: None)

    assert all(takes(f"2001:db8::{number:x}") for number in range(limits.PASSWORD_QUEUE_PER_ADDRESS))
    assert not takes("2001:db8::ffff")
    assert not pool.make("2001:db8::ffff", "password", b"salt", lambda _: None)
    assert takes("2001:db8:0:1::1")
