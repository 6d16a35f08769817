"""A `livechat get` that dies goes on where it was; one name that means nothing keeps no other file back."""

import json
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import Offer
from tests.integration.test_bad_network import through_the_relay
from tests.support.cli import Terminal, sha256
from tests.support.content import made_of
from tests.support.relay import RELAY_HOST, Faults, bad_network
from tests.support.stack import Stack
from tests.support.wait import until

MIB = 1 << 20
PIECES = 64
MAX_DATAGRAM_BYTES = 1200
"""What docs/protocol/transfer.md allows: a file has at least its size divided by this many datagrams."""


def recorded(folder: Path) -> int:
    """How many pieces the record beside a partial names; 0 without one."""
    records = list(folder.glob("*.part.json"))
    return int(json.loads(records[0].read_text())["pieces"], 16).bit_count() if records else 0


@pytest.mark.skipif(sys.platform != "linux", reason="needs a second loopback address")
def test_a_download_whose_client_is_killed_goes_on_from_the_pieces_it_had(
    stack: Stack, offer: Offer, tmp_path: Path
) -> None:
    source = offer("large.bin", made_of(PIECES * MIB, seed=77))
    terminal = Terminal(tmp_path / "far", stack, RELAY_HOST)
    ports = (stack.hub_port, stack.files_port)
    with (
        bad_network(*ports, Faults(loss=0.02), seed=7),
        terminal.getting(through_the_relay(stack, "large.bin")) as download,
    ):
        until(lambda: recorded(terminal.downloads) >= PIECES / 2, within_s=60, what="half of it is recorded")
        download.kill()
        assert download.wait() != 0, "it was not done yet"
    assert not (terminal.downloads / "large.bin").exists()
    with bad_network(*ports, Faults(), seed=8) as relay:
        ran = terminal.get(through_the_relay(stack, "large.bin"))
        assert ran.status == 0, ran.err
    assert sha256(terminal.downloads / "large.bin") == sha256(source)
    assert [path.name for path in terminal.downloads.iterdir()] == ["large.bin"]
    whole = PIECES * MIB / MAX_DATAGRAM_BYTES
    assert relay.counts.passed < 0.75 * whole, "both directions together are fewer than the file alone has"


def test_what_is_there_arrives_beside_a_name_that_means_nothing(terminal: Terminal, offer: Offer) -> None:
    source = offer("good.txt", b"good")
    ran = terminal.get("nope", "good.txt")
    assert ran.status == 1
    assert sha256(terminal.downloads / "good.txt") == sha256(source)
    assert "livechat: There is no file called nope.\n" in ran.err
