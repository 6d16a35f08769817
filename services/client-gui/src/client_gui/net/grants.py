"""Tickets from the hub for the thread that downloads: asked for one at a time, again with backoff."""

import os
import random
from collections.abc import Callable

from livechat.errors import RemoteProtocolError
from livechat.ticket import ClientAgreement
from livechat.transfer.client import Grant

from client_gui.model.backoff import Backoff
from client_gui.model.irc.facts import TicketGranted, TicketRefused

ANSWER_S = 10.0
"""A request without an answer is made again after so long."""
_PASSING = frozenset({"UNAVAILABLE", "RATE_LIMITED"})
"""Refusals that may end by themselves; any other is final."""


class HubGrants:
    """`want` a grant; `granted` and `refused` take the hub's answers; `handle_timer` asks again."""

    def __init__(self, request: Callable[[bytes], None]) -> None:
        self._request = request
        self._agreement: ClientAgreement | None = None
        self._due: float | None = None
        self._backoff = Backoff()

    def want(self, now: float) -> None:
        """Ask, unless that is under way."""
        if self._due is None:
            self._ask(now)

    def forget(self) -> None:
        """No grant is needed any more."""
        self._agreement = self._due = None

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called (monotonic seconds)."""
        return self._due

    def handle_timer(self, now: float) -> None:
        """Ask again where it is time."""
        if self._due is not None and now >= self._due:
            self._ask(now)

    def granted(self, fact: TicketGranted, now: float) -> Grant | None:
        """The grant in the hub's answer; None where it answers none of our requests, or makes no sense."""
        agreement = self._agreement
        if agreement is None or fact.client_public != agreement.public:
            return None
        try:
            key = agreement.session_key(fact.server_public)
        except RemoteProtocolError:
            return None  # asked again when its time is over
        self.forget()
        self._backoff.reset()
        return Grant(key, fact.ticket, now + fact.lifetime_s)

    def refused(self, fact: TicketRefused, now: float) -> bool | None:
        """True: final. False: asked again later. None: it answers none of our requests."""
        agreement = self._agreement
        if agreement is None or fact.client_public != agreement.public:
            return None
        self._agreement = None
        if fact.code not in _PASSING:
            self.forget()
            return True
        self._due = now + self._backoff.next_s(random.random())  # noqa: S311  # spreads load, keeps no secret
        return False

    def _ask(self, now: float) -> None:
        self._agreement = ClientAgreement(os.urandom)
        self._due = now + ANSWER_S
        self._request(self._agreement.public)
