"""Downloads over a network that loses, doubles and reorders datagrams in both directions."""

import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Offer
from tests.support.cli import Terminal, sha256
from tests.support.content import made_of
from tests.support.files_nick import link_to, without_other_addresses
from tests.support.irc_client import logged_in
from tests.support.relay import RELAY_HOST, Faults, bad_network
from tests.support.stack import Stack

MIB = 1 << 20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a second loopback address")


@pytest.mark.parametrize(
    ("faults", "size"),
    [
        pytest.param(Faults(loss=0.05), 8 * MIB + 11, id="5-percent-loss"),
        pytest.param(Faults(duplicate=0.05, reorder=0.05), 8 * MIB + 11, id="doubled-and-reordered"),
        pytest.param(Faults(loss=0.2, reorder=0.02), MIB + 11, id="20-percent-loss", marks=pytest.mark.long),
    ],
)
def test_a_file_arrives_whole_over_a_bad_network(
    stack: Stack, offer: Offer, tmp_path: Path, faults: Faults, size: int
) -> None:
    source = offer("file.bin", made_of(size, seed=5))
    terminal = Terminal(tmp_path / "far", stack, RELAY_HOST)
    with bad_network(stack.hub_port, stack.files_port, faults, seed=1) as relay:
        ran = terminal.get(through_the_relay(stack, "file.bin"))
        assert ran.status == 0, ran.err
    assert relay.counts.passed > size / 2000, "the file went through the relay"
    assert bool(relay.counts.lost) == bool(faults.loss)
    assert sha256(terminal.downloads / "file.bin") == sha256(source)


def through_the_relay(stack: Stack, name: str) -> str:
    """What to ask for, so that there is no way round the relay.

    A file service in a container offers the container's own address too, which this machine can reach: there it
    is a link that leads to one address. Otherwise the name does.
    """
    if stack.shape == "processes":
        return name
    with logged_in(stack.hub_port, "asker") as asker:
        return without_other_addresses(link_to(asker, name))
