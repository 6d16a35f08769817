"""`python -m chat_hub.health`: exit 0 when the hub answers IRC, 1 with a line on stderr when it does not.

Only the standard library is used, so that a check every few seconds costs next to nothing.
"""

import os
import socket
import sys

TIMEOUT_S = 3.0
_MAX_ANSWER_BYTES = 4096
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what to dial for them


def check(host: str, port: int) -> str | None:
    """What is wrong with the hub at `host`, None when it answered CAP LS as it should."""
    try:
        with socket.create_connection((host, port), timeout=TIMEOUT_S) as sock:
            sock.sendall(b"CAP LS 302\r\n")
            answer = b""
            while b"\r\n" not in answer and len(answer) < _MAX_ANSWER_BYTES:
                data = sock.recv(_MAX_ANSWER_BYTES)
                if not data:
                    break
                answer += data
            sock.sendall(b"QUIT\r\n")
    except OSError as error:
        return f"no answer from {host}:{port}: {error}"
    line = answer.partition(b"\r\n")[0].decode(errors="replace")
    if line.split(" ")[1:4:2] != ["CAP", "LS"]:
        return f"an unexpected answer from {host}:{port}: {line!r}"
    return None


def main() -> int:
    """Check the hub that the environment describes."""
    host = os.environ.get("LIVECHAT_HUB_HOST", "").strip()
    port = os.environ.get("LIVECHAT_HUB_PORT", "").strip() or "6667"
    if not port.isascii() or not port.isdigit():
        sys.stderr.write("LIVECHAT_HUB_PORT is not a number\n")
        return 1
    fault = check(_EVERYWHERE.get(host, host), int(port))
    if fault is not None:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
