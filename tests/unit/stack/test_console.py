"""scripts.console: output that nobody reads is no reason to stop half-way."""

import subprocess
import sys

from scripts.paths import ROOT

CODE = """
import sys
from scripts.console import say
sys.stdin.readline()
for _ in range(3):
    say("line")
sys.exit(7)
"""


def test_a_reader_that_has_gone_does_not_stop_the_work_and_shows_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, said = process.communicate("go\n", timeout=60)
    assert (process.returncode, said) == (7, "")
