"""How long `python -m chat_hub` takes to accept and to answer, against the bare imports that it needs.

    .venv/bin/python -m tests.bench.startup [ROUNDS]

The hub starts with an empty data directory each time, so that keys, certificate and database are made; the rest
is at its defaults, with free ports. Both are run in turn, and the medians are compared: the aim is at most 2.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROUNDS = 15
BARE = "import gevent, loguru, ssl, sqlite3"
AIM = 2.0
_POLL_S = 0.001
_PATIENCE_S = 20.0


def bare_s() -> float:
    """Seconds of a process that only imports."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", BARE], check=True)
    return time.perf_counter() - began


def hub_s() -> tuple[float, float]:
    """Seconds until a hub has accepted its first client, and until it has answered it."""
    port, tls_port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LIVECHAT_")},
            "LIVECHAT_HUB_HOST": "127.0.0.1",
            "LIVECHAT_HUB_PORT": str(port),
            "LIVECHAT_HUB_TLS_PORT": str(tls_port),
            "LIVECHAT_HUB_DATA_DIR": f"{folder}/hub",
            "LIVECHAT_KEY_FILE": f"{folder}/key",
        }
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "chat_hub"], env=environment, stderr=subprocess.DEVNULL
        ) as process:
            try:
                accepted, answered = wait_for_answer(port)
                return accepted - began, answered - began
            finally:
                process.terminate()


def wait_for_answer(port: int) -> tuple[float, float]:
    """When the hub has accepted, and when it has answered CAP LS."""
    idle = threading.Event()
    deadline = time.perf_counter() + _PATIENCE_S
    while time.perf_counter() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as sock:
            accepted = time.perf_counter()
            sock.sendall(b"CAP LS 302\r\n")
            if sock.recv(100):
                return accepted, time.perf_counter()
        idle.wait(_POLL_S)
    raise TimeoutError(f"no answer within {_PATIENCE_S:.0f} s")


def free_port() -> int:
    """A port that nobody has right now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def main() -> int:
    """Measure and print; the exit status says whether the aim was reached."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    bare_s(), hub_s()  # compiled files and caches
    figures = [(bare_s(), *hub_s()) for _ in range(rounds)]
    bare, accepts, answers = (statistics.median(column) for column in zip(*figures, strict=True))
    print(f"{BARE}: {bare * 1000:.0f} ms (medians of {rounds})")
    for what, figure in (("accepts", accepts), ("answers", answers)):
        print(f"python -m chat_hub {what}: {figure * 1000:.0f} ms, ratio {figure / bare:.2f} (aim {AIM:.0f})")
    return 0 if accepts / bare <= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
