"""One way to a file service: its sockets, the transfer protocol's endpoint, and the downloads over it."""

import os
import time

from livechat.transfer.client import ClientEndpoint, Grant
from livechat.transfer.congestion import AimdController
from livechat.transfer.events import Address

from client_gui.net.job import Job, Stage
from client_gui.net.udp import UdpSockets


class Route:
    """See the module. All downloads of one server share one, and so share its pace."""

    def __init__(self, grant: Grant, candidates: list[Address]) -> None:
        """Raises OSError where no socket can be made for any of `candidates`."""
        self.udp = UdpSockets(candidates)
        self.endpoint = ClientEndpoint(
            grant=grant,
            candidates=candidates,
            random_bytes=os.urandom,
            now=time.monotonic(),
            controller=AimdController(receive_buffer_bytes=self.udp.granted_buffer_bytes),
        )
        self.jobs: dict[int, Job] = {}
        self.idle_since: float | None = None
        self.lost = ""
        """Why nothing answers now; empty while something does."""

    def begin(self, job: Job) -> None:
        """Ask for the manifest."""
        job.stage = Stage.MANIFEST
        self.jobs[self.endpoint.download(job.file_id, job.root)] = job
        self.idle_since = None
        if self.lost:
            job.wait_for(self.lost)

    def id_of(self, job: Job) -> int | None:
        """The endpoint's number for `job`."""
        return next((number for number, known in self.jobs.items() if known is job), None)

    def drop(self, job: Job) -> None:
        """Fetch no more of it."""
        number = self.id_of(job)
        if number is not None:
            del self.jobs[number]
            self.endpoint.cancel(number)

    def receive(self) -> bool:
        """Take in what has arrived; True when there may be more."""
        return self.udp.receive(lambda data, addr: self.endpoint.receive_datagram(data, addr, time.monotonic()))

    def send(self) -> None:
        """Let passed deadlines take effect and send what is to be sent."""
        now = time.monotonic()
        timer = self.endpoint.get_timer()
        if timer is not None and now >= timer:
            self.endpoint.handle_timer(now)
        for data, address in self.endpoint.datagrams_to_send(now):
            self.udp.send(data, address)

    def close(self) -> None:
        """Nothing is fetched over it any more."""
        self.endpoint.close()
        self.udp.close()
