"""K-lines in force: kept over restarts, applied to whoever is connected and to everybody who comes.

What a line means is `klines`', who may set one the commands'. Every change is written to the store before it is
anything else than memory's; a line whose time is over is taken out with the next tick.
"""

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from chat_hub.audit import Act, AuditLog
from chat_hub.clock import Now, server_time
from chat_hub.klines import KLine, KLines
from chat_hub.session import Session
from chat_hub.store import moderation as tables
from chat_hub.store.protocol import StoreError

if TYPE_CHECKING:
    from chat_hub.hub import Hub

# Called when a decision is committed, or with what went wrong: then it holds until the server ends.
OnKept = Callable[[StoreError | None], None]


class Moderation:
    """What the operators of the server have decided, and the log of who did what."""

    def __init__(self, hub: "Hub", report: Callable[[str], None]) -> None:
        self._hub = hub
        self.klines = KLines()
        self.audit = AuditLog(report)
        self.audit.keep = self._keep_act

    def load(self, on_done: Callable[[StoreError | None], None] = lambda _: None) -> None:
        """Bring back what the store kept; nobody is let in before `on_done`, which gets what went wrong."""

        def loaded(found: tuple[list[KLine], list[Act]] | StoreError) -> None:
            if isinstance(found, StoreError):
                on_done(found)
                return
            lines, acts = found
            for line in lines:
                self.klines.add(line)
            self.audit.restore(acts)
            on_done(None)

        self._hub.store.read(tables.load, loaded)

    def add(self, line: KLine, now: Now, on_kept: OnKept) -> int:
        """Put `line` in force and end the connections that it means; how many those were."""
        self.klines.add(line)
        self._write(lambda connection: tables.save_kline(connection, line), on_kept)
        meant = [s for s in list(self._hub.sessions) if s.registered and self.klines.matches(line.text, s)]
        for session in meant:
            self._hub.close(session, sentence_of(line), now)
        return len(meant)

    def lift(self, text: str, on_kept: OnKept) -> None:
        """Take the line with this text, which is in force, out of it."""
        self.klines.remove(text)
        self._write(lambda connection: tables.delete_kline(connection, text), on_kept)

    def refusal(self, session: Session, now: Now) -> str | None:
        """Why `session` may not use this server, as a sentence; None when it may."""
        line = self.klines.match(session, now.unix)
        return sentence_of(line) if line is not None else None

    def check(self, session: Session, now: Now) -> None:
        """End `session` when a line means it, now that something about it has changed."""
        refusal = self.refusal(session, now)
        if refusal is not None:
            self._hub.close(session, refusal, now)

    def tick(self, now: Now) -> None:
        """Take out the lines whose time is over."""
        for line in self.klines.expire(now.unix):
            self._forget(line.text)

    def _forget(self, text: str) -> None:
        self._write(lambda connection: tables.delete_kline(connection, text))

    def _keep_act(self, act: Act) -> None:
        self._write(lambda connection: tables.save_act(connection, act))

    def _write(self, operation: Callable[[sqlite3.Connection], None], on_kept: OnKept = lambda _: None) -> None:
        def written(result: StoreError | None) -> None:
            if result is not None:
                self._hub.report(f"a decision of moderation is not kept over a restart: {result}")
            on_kept(result)

        self._hub.store.write(operation, written)


def sentence_of(line: KLine) -> str:
    """What somebody whom `line` means is told."""
    until = f" (until {server_time(line.expires_at)})" if line.expires_at else ""
    return f"You are banned from this server: {line.reason}{until}"
