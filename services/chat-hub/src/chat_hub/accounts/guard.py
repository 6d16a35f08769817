"""Wrong logins from one address: some are free, each one more doubles the wait. Time is an argument. Pure.

The /64 of an IPv6 address counts as one, as everywhere (`admission.network_of`).
"""

from collections import OrderedDict
from dataclasses import dataclass

from chat_hub import limits
from chat_hub.admission import network_of


@dataclass(slots=True)
class _Record:
    failures: int
    last_s: float
    open_at_s: float


class LoginGuard:
    """Remembers the addresses of wrong logins, at most `limits.GUARDED_ADDRESSES`: the oldest is forgotten.

    A right login changes nothing: else an account of one's own would clear the way for guessing at others.
    """

    def __init__(self) -> None:
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def wait_s(self, address: str, now_s: float) -> float:
        """Seconds until `address` may try again, 0 when it may."""
        record = self._current(network_of(address), now_s)
        return max(record.open_at_s - now_s, 0.0) if record is not None else 0.0

    def failed(self, address: str, now_s: float) -> None:
        """Note a wrong login."""
        network = network_of(address)
        record = self._current(network, now_s)
        if record is None:
            record = self._records[network] = _Record(0, now_s, now_s)
            if len(self._records) > limits.GUARDED_ADDRESSES:
                self._records.popitem(last=False)
        record.failures += 1
        record.last_s = now_s
        self._records.move_to_end(network)
        beyond = record.failures - limits.FREE_WRONG_LOGINS
        if beyond > 0:
            # the exponent is bounded before it is used: many failures make no huge number
            record.open_at_s = now_s + min(2.0 ** min(beyond - 1, 16), limits.LOGIN_WAIT_MOST_S)

    def _current(self, network: str, now_s: float) -> _Record | None:
        record = self._records.get(network)
        if record is not None and now_s - record.last_s >= limits.LOGIN_FORGET_S:
            del self._records[network]
            return None
        return record
