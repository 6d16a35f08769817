"""scripts.lan: the address to give to others."""

import json

import pytest

from scripts.lan import addresses_of, choose


@pytest.mark.parametrize(
    ("routed", "others", "chosen"),
    [
        ("192.168.1.5", ["10.0.0.1"], "192.168.1.5"),
        (None, ["9.9.9.9", "10.0.0.1"], "10.0.0.1"),
        (None, ["9.9.9.9"], "9.9.9.9"),
        ("127.0.0.1", ["169.254.3.3", "127.0.1.1"], None),
        ("0.0.0.0", [], None),
        (None, ["not an address", "172.20.0.9"], "172.20.0.9"),
    ],
)
def test_the_routed_address_comes_first_then_private_ones(
    routed: str | None, others: list[str], chosen: str | None
) -> None:
    assert choose(routed, others) == chosen


def test_bridges_of_container_engines_do_not_count() -> None:
    shown = json.dumps(
        [
            {"ifname": "lo", "addr_info": [{"local": "127.0.0.1"}]},
            {"ifname": "docker0", "addr_info": [{"local": "172.17.0.1"}]},
            {"ifname": "br-2f", "addr_info": [{"local": "172.18.0.1"}]},
            {"ifname": "enp3s0", "addr_info": [{"local": "10.1.2.3"}, {"label": "without"}]},
            {"ifname": "wlan0"},
        ]
    )
    assert addresses_of(shown) == ["127.0.0.1", "10.1.2.3"]
