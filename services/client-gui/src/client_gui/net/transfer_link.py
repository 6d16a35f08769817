"""The thread that downloads: orders in, transfer events out, datagrams in between.

Downloads from the server one is logged in to share one route, whose tickets come from the hub; a link brings
its own ticket and gets a route of its own. Slow work on files is done by `net.worker`. Nothing is waited for
but the mailbox, the sockets and the nearest deadline.
"""

import selectors
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livechat.catalogue import FileEntry, parse_id
from livechat.errors import LiveChatError, RemoteProtocolError
from livechat.ticket import TICKET_LIFETIME_S
from livechat.transfer import events as tx
from livechat.transfer.client import Grant
from livechat.transfer.link import Link, parse_link

from client_gui.model import events as ev
from client_gui.model.intents import Download, DownloadLink
from client_gui.model.irc.facts import TicketGranted, TicketRefused
from client_gui.net.dial import DialError
from client_gui.net.filesink import SinkError
from client_gui.net.grants import HubGrants
from client_gui.net.job import Job, Placed, Prepared, Stage, Unwritable
from client_gui.net.lookup import lookup
from client_gui.net.mailbox import Mailbox
from client_gui.net.route import Route
from client_gui.net.worker import Worker

GIVE_UP_S = 300.0
"""A download in which nothing moves for so long ends, resumable; `TransferLink` takes another bound."""
IDLE_S = 60.0
"""A route without downloads is kept warm for so long."""
MAX_BATCHES = 16
"""Of datagrams from one route before orders and other routes have their turn."""
MAX_REMEMBERED = 500
"""Orders kept for RetryDownload; the oldest goes first."""

HUB = ""
"""The key of the route whose tickets come from the hub; those of links are keyed by their transfer."""


@dataclass(frozen=True, slots=True)
class _Cancel:
    transfer_id: str


@dataclass(frozen=True, slots=True)
class _Retry:
    transfer_id: str


@dataclass(frozen=True, slots=True)
class _StopAll:
    """Every download ends with `reason`; `closing` ends the thread too."""

    reason: str
    closing: bool = False


@dataclass(frozen=True, slots=True)
class _Addresses:
    """What the candidates of a route are in numbers."""

    key: str
    grant: Grant
    found: list[tx.Address] | DialError


class TransferLink:
    """See the module. All methods may be called from any thread; `start` and `close` once."""

    def __init__(
        self,
        emit: Callable[[ev.Event], None],
        request_ticket: Callable[[bytes], None],
        give_up_s: float = GIVE_UP_S,
    ) -> None:
        self._emit = emit
        self._give_up_s = give_up_s
        self._mailbox: Mailbox[object] = Mailbox()
        self._selector = selectors.DefaultSelector()
        self._worker = Worker()
        self._thread = threading.Thread(target=self._run, name="transfer-link", daemon=True)
        self._grants = HubGrants(request_ticket)
        self._routes: dict[str, Route] = {}
        self._jobs: dict[str, Job] = {}
        self._orders: dict[str, Download | DownloadLink] = {}
        self._opening: Grant | None = None
        """The grant of the hub's route while its addresses are looked up."""
        self._closing = False
        self._table: dict[type, Callable[..., None]] = {
            Download: self._download,
            DownloadLink: self._download_link,
            _Cancel: self._cancel,
            _Retry: self._retry,
            _StopAll: self._stop_all,
            _Addresses: self._open_route,
            TicketGranted: self._granted,
            TicketRefused: self._refused,
            Prepared: self._prepared,
            Placed: self._placed,
            Unwritable: self._unwritable,
            tx.PathReady: self._path_ready,
            tx.PathLost: self._path_lost,
            tx.GrantNeeded: self._grant_needed,
            tx.ManifestReceived: self._manifest_received,
            tx.PieceVerified: self._piece_verified,
            tx.Progress: self._progress,
            tx.Finished: self._finished,
            tx.Failed: self._failed,
        }

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def order(self, order: Download | DownloadLink) -> None:
        """Start a download."""
        self._mailbox.put(order)

    def cancel(self, transfer_id: str) -> None:
        """Stop a download and keep its partial."""
        self._mailbox.put(_Cancel(transfer_id))

    def retry(self, transfer_id: str) -> None:
        """Start a download again that has ended."""
        self._mailbox.put(_Retry(transfer_id))

    def stop_all(self, reason: str) -> None:
        """End every download with `reason`; all stay resumable. The hub's route is forgotten."""
        self._mailbox.put(_StopAll(reason))

    def ticket(self, fact: TicketGranted | TicketRefused) -> None:
        """What the hub answered."""
        self._mailbox.put(fact)

    def close(self, timeout_s: float = 5.0) -> None:
        """End every download, leave the partials in order, and end the thread."""
        self._mailbox.put(_StopAll("The client was closed.", closing=True))
        self._thread.join(timeout_s)

    # --- the thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._selector.register(self._mailbox, selectors.EVENT_READ)
        while not self._closing:
            self._selector.select(self._patience())
            for item in self._mailbox.drain():
                self._table[type(item)](item)
            for key, route in list(self._routes.items()):
                self._turn(key, route)
            self._keep_time(time.monotonic())
        self._worker.close()
        self._selector.close()
        self._mailbox.close()

    def _patience(self) -> float | None:
        """Seconds until the nearest deadline; None where there is none."""
        timers = [self._grants.get_timer()]
        for route in self._routes.values():
            timers.append(route.endpoint.get_timer())
            if route.idle_since is not None:
                timers.append(route.idle_since + IDLE_S)
        timers += [job.moved_at + self._give_up_s for job in self._jobs.values() if _may_be_given_up(job)]
        known = [timer for timer in timers if timer is not None]
        return max(min(known) - time.monotonic(), 0.0) if known else None

    def _turn(self, key: str, route: Route) -> None:
        """Read what is there, answering in between."""
        for _ in range(MAX_BATCHES):
            more = route.receive()
            route.send()
            self._hear(key, route)
            if not more:
                break
        route.send()  # what has been heard may have freed room for further requests

    def _hear(self, key: str, route: Route) -> None:
        """Obey what the endpoint reports."""
        while (event := route.endpoint.next_event()) is not None:
            match event:
                case tx.PathReady() | tx.PathLost() | tx.GrantNeeded():
                    self._table[type(event)](event, key, route)
                case _:
                    job = route.jobs.get(event.download_id)
                    if job is not None:
                        self._table[type(event)](event, job, route)

    def _keep_time(self, now: float) -> None:
        self._grants.handle_timer(now)
        for job in list(self._jobs.values()):
            if _may_be_given_up(job) and now - job.moved_at >= self._give_up_s:
                self._end(job)
                job.fail(f"Nothing has arrived for {_minutes(self._give_up_s)}; what is here is kept.")
        for key, route in list(self._routes.items()):
            if route.jobs:
                route.idle_since = None
            elif route.idle_since is None:
                route.idle_since = now
            if route.idle_since is not None and (now - route.idle_since >= IDLE_S or key != HUB):
                self._close_route(key)

    # --- orders -------------------------------------------------------------------------------------------

    def _new_job(self, order: Download | DownloadLink) -> Job | None:
        if order.transfer_id in self._jobs:
            return None
        self._orders.pop(order.transfer_id, None)
        self._orders[order.transfer_id] = order
        while len(self._orders) > MAX_REMEMBERED:
            del self._orders[next(iter(self._orders))]
        job = Job(order.transfer_id, Path(order.folder), time.monotonic(), self._emit)
        self._jobs[order.transfer_id] = job
        return job

    def _download(self, order: Download) -> None:
        job = self._new_job(order)
        if job is None:
            return
        job.name_entry(order.entry)
        route = self._routes.get(HUB)
        if route is not None:
            route.begin(job)
        elif self._opening is None:
            self._grants.want(time.monotonic())

    def _download_link(self, order: DownloadLink) -> None:
        job = self._new_job(order)
        if job is None:
            return
        try:
            link = parse_link(order.link)
            job.file_id, job.root = parse_id(link.file_id), link.root
        except RemoteProtocolError as error:
            self._end(job)
            job.fail(f"The link cannot be used: {_lower(str(error))}", resumable=False)
            return
        # How old the ticket is the link does not tell; the service will, when it is over.
        grant = Grant(link.session_key, link.ticket, time.monotonic() + TICKET_LIFETIME_S)
        self._look_up(order.transfer_id, grant, _hosts(link, order.host))

    def _cancel(self, command: _Cancel) -> None:
        job = self._jobs.get(command.transfer_id)
        if job is not None and job.stage is not Stage.FINISHING:
            self._end(job)
            job.end(ev.TransferCancelled(job.transfer_id))

    def _retry(self, command: _Retry) -> None:
        order = self._orders.get(command.transfer_id)
        if order is not None:
            self._table[type(order)](order)

    def _stop_all(self, command: _StopAll) -> None:
        for job in list(self._jobs.values()):
            self._end(job)
            job.fail(command.reason)
        for key in list(self._routes):
            self._close_route(key)
        self._grants.forget()
        self._opening = None
        self._closing = self._closing or command.closing

    def _end(self, job: Job) -> None:
        """Take `job` off every list; its last word is the caller's."""
        self._jobs.pop(job.transfer_id, None)
        for route in self._routes.values():
            route.drop(job)

    # --- grants and routes --------------------------------------------------------------------------------

    def _granted(self, fact: TicketGranted) -> None:
        grant = self._grants.granted(fact, time.monotonic())
        if grant is None:
            return
        route = self._routes.get(HUB)
        if route is None:
            self._opening = grant
            self._look_up(HUB, grant, list(fact.candidates))
        else:
            route.endpoint.renew(grant)

    def _refused(self, fact: TicketRefused) -> None:
        final = self._grants.refused(fact, time.monotonic())
        if final is None:
            return
        waiting = [job for job in self._jobs.values() if job.stage is Stage.WAITING]
        for job in waiting:
            if final:
                self._end(job)
                job.fail(fact.reason)
            else:
                job.wait_for(fact.reason)
        if not final and not waiting and HUB not in self._routes:
            self._grants.forget()

    def _look_up(self, key: str, grant: Grant, hosts: list[tuple[str, int]]) -> None:
        self._worker.do(lambda: self._mailbox.put(_Addresses(key, grant, lookup(hosts))))

    def _open_route(self, addresses: _Addresses) -> None:
        if addresses.key == HUB:
            if addresses.grant is not self._opening:
                return  # of a server that we have left
            self._opening = None
        waiting = [job for job in self._jobs.values() if self._waits_for(job, addresses.key)]
        if not waiting:
            return
        try:
            if isinstance(addresses.found, DialError):
                raise addresses.found
            route = Route(addresses.grant, addresses.found)
        except (LiveChatError, OSError) as error:
            for job in waiting:
                self._end(job)
                job.fail(f"The file service cannot be reached: {error}")
            return
        self._routes[addresses.key] = route
        for sock in route.udp.sockets.values():
            self._selector.register(sock, selectors.EVENT_READ)
        for job in waiting:
            route.begin(job)

    def _close_route(self, key: str) -> None:
        route = self._routes.pop(key)
        for sock in route.udp.sockets.values():
            self._selector.unregister(sock)
        route.close()

    def _waits_for(self, job: Job, key: str) -> bool:
        from_hub = isinstance(self._orders.get(job.transfer_id), Download)
        return job.stage is Stage.WAITING and (HUB if from_hub else job.transfer_id) == key

    def _path_ready(self, _event: tx.PathReady, _key: str, route: Route) -> None:
        route.lost = ""

    def _path_lost(self, event: tx.PathLost, _key: str, route: Route) -> None:
        route.lost = event.reason
        for job in route.jobs.values():
            job.wait_for(event.reason)

    def _grant_needed(self, _event: tx.GrantNeeded, key: str, route: Route) -> None:
        if key == HUB and route.jobs:
            self._grants.want(time.monotonic())

    # --- one download -------------------------------------------------------------------------------------

    def _manifest_received(self, event: tx.ManifestReceived, job: Job, _route: Route) -> None:
        manifest = event.manifest
        try:
            if job.entry is None:
                job.name_entry(FileEntry(job.file_id, manifest.name, manifest.size, 0, job.root))
        except RemoteProtocolError as error:
            self._end(job)
            job.fail(str(error), resumable=False)
            return
        job.stage = Stage.PREPARING
        self._worker.do(lambda: self._mailbox.put(job.prepare(manifest)))

    def _prepared(self, outcome: Prepared) -> None:
        job = outcome.job
        for route in self._routes.values():
            number = route.id_of(job)
            if number is not None:
                job.receive(outcome.sink, time.monotonic())
                route.endpoint.resume_with(number, outcome.pieces)
                return
        outcome.sink.close()  # cancelled in the meantime

    def _piece_verified(self, event: tx.PieceVerified, job: Job, _route: Route) -> None:
        try:
            job.write(event.index, event.offset, event.data, time.monotonic())
        except SinkError as error:
            self._end(job)
            job.fail(str(error), resumable=error.resumable)

    def _progress(self, event: tx.Progress, job: Job, _route: Route) -> None:
        job.progress(event.received_bytes, event.total_bytes, time.monotonic())

    def _finished(self, _event: tx.Finished, job: Job, route: Route) -> None:
        route.drop(job)
        work = job.finish()
        self._worker.do(lambda: self._mailbox.put(work()))

    def _failed(self, event: tx.Failed, job: Job, _route: Route) -> None:
        self._end(job)
        job.fail(event.message, resumable=event.code is not tx.FailureCode.GONE)

    def _placed(self, outcome: Placed) -> None:
        self._end(outcome.job)
        finished = ev.TransferFinished(outcome.job.transfer_id, outcome.path, outcome.sha256)
        outcome.job.end(finished)

    def _unwritable(self, outcome: Unwritable) -> None:
        self._end(outcome.job)
        outcome.job.fail(outcome.reason, resumable=outcome.resumable)


def _may_be_given_up(job: Job) -> bool:
    return job.stage in {Stage.WAITING, Stage.MANIFEST, Stage.RECEIVING}


def _hosts(link: Link, host: str | None) -> list[tuple[str, int]]:
    """The addresses of a link, the person's own host first where one is given."""
    chosen = [(host, link.port)] if host else [(link.host, link.port)]
    return [*chosen, *link.alternatives]


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
