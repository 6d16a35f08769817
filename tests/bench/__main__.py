"""`make bench`: each program of this folder that measures without anything beside the repository, in turn."""

import subprocess
import sys

PROGRAMS = ("product", "startup", "transports", "confirmed")


def main() -> int:
    """Run them; the exit status is the worst of theirs."""
    statuses = []
    for program in PROGRAMS:
        print(f"\n=== {program}", flush=True)
        statuses.append(
            subprocess.run([sys.executable, "-m", f"tests.bench.{program}"], check=False).returncode
        )
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
