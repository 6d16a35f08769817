"""A full room: how many deliveries a second, and what one costs the hub.

    .venv/bin/python -m tests.bench.fanout [--members 100] [--window 128] [--seconds 4] [--history off]

Starts a hub of its own on core 0 and runs on core 1 itself. Eight members write; each has at most `window`
messages under way, counted by what the last member has got of all of them. The last line is JSON.
"""

import argparse
import json
import selectors
import time

from tests.bench.confirmed import TEXT, Client, cpu_s, own_hub

SENDERS = 8


def run(members: list[Client], window: int, seconds: float) -> tuple[int, int]:
    """(messages that were sent, deliveries that were counted) in `seconds`."""
    selector = selectors.EpollSelector()
    for index, member in enumerate(members):
        selector.register(member.sock, selectors.EVENT_READ, (member.sock, index))
    senders = members[:SENDERS]
    line = b"PRIVMSG #lobby :" + TEXT + b"\r\n"
    sent = seen = deliveries = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        room = window * len(senders) - (sent - seen)
        each = room // len(senders)
        if each:
            for sender in senders:
                sender.sock.send(line * each)
            sent += each * len(senders)
        for key, _ in selector.select(0.1):
            sock, index = key.data
            count = sock.recv(1 << 20).count(b"\n")
            deliveries += count
            if index == len(members) - 1:
                seen += count
    return sent, deliveries


def main() -> None:
    """Measure once and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--members", type=int, default=100)
    parser.add_argument("--window", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--port", type=int, default=6692)
    parser.add_argument("--history", choices=("on", "off"), default="on")
    options = parser.parse_args()
    with own_hub(options.port, LIVECHAT_HISTORY=options.history) as pid:
        members = [Client(options.port, i, account=False) for i in range(options.members)]
        for member in members:
            member.send("JOIN #lobby")
            member.until(b" 366 ")
        before = cpu_s(pid)
        sent, deliveries = run(members, options.window, options.seconds)
        cost_s = cpu_s(pid) - before
    print(
        json.dumps(
            {
                "deliveries_per_s": round(deliveries / options.seconds),
                "messages": sent,
                "hub_us_per_delivery": round(cost_s / deliveries * 1e6, 3),
                "hub_load": round(cost_s / options.seconds, 2),
            }
        )
    )


if __name__ == "__main__":
    main()
