"""How many connections there may be, in all and from one address."""

import pytest
from chat_hub.admission import Admission, network_of
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hub_harness import HubHarness, with_settings


def test_the_server_is_full_at_its_bound_and_has_room_again_when_one_leaves() -> None:
    hub = HubHarness(with_settings(max_connections=2))
    first, _ = hub.connect("192.0.2.1"), hub.connect("192.0.2.2")
    third = hub.connect("192.0.2.3")
    assert third.session.closed
    assert "The server is full" in third.read()[0].params[0]
    first.send("QUIT")
    assert not hub.connect("192.0.2.4").session.closed


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    hub = HubHarness(with_settings(max_connections_per_address=2))
    hub.connect("2001:db8::1")
    hub.connect("2001:db8:0:0:ffff::2")
    assert hub.connect("2001:db8::3").session.closed
    assert not hub.connect("2001:db8:0:1::1").session.closed


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8:0:0"),
        ("2001:0db8:0000:0001:ffff::", "2001:db8:0:1"),
        ("::1", "0:0:0:0"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4"),
        ("fe80::", "fe80:0:0:0"),
    ],
)
def test_networks(address: str, network: str) -> None:
    assert network_of(address) == network


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_whatever_comes_and_goes_the_counts_are_right(steps: list[tuple[str, bool]]) -> None:
    admission = Admission(most=4, most_per_address=2)
    here: list[str] = []
    for address, comes in steps:
        if comes:
            refused = admission.enter(address)
            here.append(address)
            assert (refused is not None) == (len(here) > 4 or here.count(address) > 2)
        elif address in here:
            here.remove(address)
            admission.leave(address)
    assert admission.connections == len(here)
