"""Measures the product from outside, as people use it (part of `make bench`). Nothing here asserts a time.

A download over loopback, alone and over a network that loses datagrams, and what a room of people costs. The
load comes from this machine too, so it is a floor; `README.md` says how to load the hub with something faster.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.support.cli import Terminal
from tests.support.content import made_of
from tests.support.irc_client import IrcClient
from tests.support.relay import RELAY_HOST, Faults, bad_network
from tests.support.stack import LOOPBACK, put
from tests.support.stack_processes import ProcessStack
from tests.support.wait import until

MIB = 1 << 20
DOWNLOAD_BYTES = 256 * MIB
LOSSY_BYTES = 32 * MIB
LISTENERS = 100
MESSAGES = 200


def main() -> int:
    """Print a line for each measurement."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stack = ProcessStack(folder / "stack", {"LIVECHAT_FLOOD_CONTROL": "off"})
        try:
            stack.up()
            download(stack, folder / "near", LOOPBACK, DOWNLOAD_BYTES, "loopback")
            with bad_network(stack.hub_port, stack.files_port, Faults(loss=0.01), seed=1):
                download(stack, folder / "far", RELAY_HOST, LOSSY_BYTES, "1 % loss both ways, through a relay")
            fan_out(stack)
        finally:
            stack.down()
    return 0


def download(stack: ProcessStack, folder: Path, host: str, size: int, how: str) -> None:
    """`livechat get` of one file, with its start and log-in."""
    terminal = Terminal(folder, stack, host)
    source = put(stack, f"{folder.name}.bin", made_of(size, seed=1))
    until(lambda: source.name in terminal.run("ls").out, within_s=120, what="the file is offered")
    began = time.perf_counter()
    ran = terminal.get(source.name)
    seconds = time.perf_counter() - began
    assert ran.status == 0, ran.err
    print(
        f"download  {size // MIB} MiB in {seconds:.1f} s, {size / MIB / seconds:.0f} MiB/s ({how})", flush=True
    )


def fan_out(stack: ProcessStack) -> None:
    """One talks, many listen: from the first message sent to the last one received by the last listener."""
    ready, gone = threading.Barrier(LISTENERS + 1), threading.Barrier(LISTENERS + 1)

    def listen(number: int) -> None:
        with IrcClient(LOOPBACK, stack.hub_port) as client:
            client.register(f"listener{number}")
            client.join("#lobby")
            ready.wait()
            client.expect_message(str(MESSAGES - 1))
            gone.wait()

    threads = [threading.Thread(target=listen, args=[number]) for number in range(LISTENERS)]
    for thread in threads:
        thread.start()
    with IrcClient(LOOPBACK, stack.hub_port) as speaker:
        speaker.register("speaker")
        speaker.join("#lobby")
        ready.wait()
        began = time.perf_counter()
        for number in range(MESSAGES):
            speaker.say("#lobby", str(number))
        gone.wait()
        seconds = time.perf_counter() - began
    for thread in threads:
        thread.join()
    count = LISTENERS * MESSAGES
    print(
        f"fan-out   {count} deliveries in {seconds:.1f} s, {count / seconds:.0f}/s (listeners in Python)",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
