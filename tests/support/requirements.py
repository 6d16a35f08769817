"""What a test needs from the machine: without it the test is skipped, or fails where it is required.

`LIVECHAT_REQUIRE` holds words (`compose`, `gui`, `clients`); CI sets all, so that nothing is left out there in
silence.
"""

import os
from typing import NoReturn

import pytest


def missing(kind: str, reason: str) -> NoReturn:
    """Skip with `reason`; fail instead when `kind` is required."""
    if kind in os.environ.get("LIVECHAT_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"LIVECHAT_REQUIRE has {kind}, but: {reason}")
    pytest.skip(reason)
