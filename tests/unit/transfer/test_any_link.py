"""Whatever link and service do, in any order: no wrong byte, and while the link passes anything, an end."""

import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from livechat.transfer.events import GrantNeeded
from livechat.transfer.server import ServerLimits

from tests.support.fake_link import Profile, Simulation

SIZE = 2_500_000
CONTENT = random.Random(9).randbytes(SIZE)
FILE = b"fileid01"


class AnyLink(RuleBasedStateMachine):
    """A transfer during which everything goes wrong that can; at the end the link is merely bad."""

    @initialize(
        seed=st.integers(0, 2**16),
        rate=st.sampled_from([None, 1e6, 1e5]),
        cache=st.sampled_from([0, 50_000, 1 << 25]),
    )
    def begin(self, seed: int, rate: float | None, cache: int) -> None:
        self.sim = Simulation(
            up=Profile(rate_bytes_s=rate, queue_datagrams=30),
            down=Profile(rate_bytes_s=rate, queue_datagrams=30),
            seed=seed,
            limits=ServerLimits(seal_cache_bytes=cache),
        )
        self.client = self.sim.add_client(grant=self.sim.grant(lifetime_s=60))
        self.client.on_event = self.hear
        self.download = self.client.endpoint.download(FILE, self.sim.store.add(FILE, CONTENT))

    def hear(self, event: object) -> None:
        if isinstance(event, GrantNeeded):
            self.client.endpoint.renew(self.sim.grant(lifetime_s=60))

    @rule(duration_s=st.sampled_from([0.001, 0.02, 0.1, 0.5, 2, 8]))
    def time_passes(self, duration_s: float) -> None:
        self.sim.run_for(duration_s)

    @rule(
        which=st.sampled_from(["up", "down"]),
        delay_s=st.sampled_from([0.0001, 0.01, 0.2]),
        loss=st.sampled_from([0, 0.05, 0.4, 1.0]),
        reorder=st.sampled_from([0, 0.3]),
        duplicate=st.sampled_from([0, 0.3]),
        corrupt=st.sampled_from([0, 0.05, 0.5]),
        forge=st.sampled_from([0, 0.3]),
    )
    def the_link_changes(self, which: str, **profile: float) -> None:
        pipe = self.sim.up if which == "up" else self.sim.down
        for name, value in profile.items():
            setattr(pipe.profile, name, value)

    @rule()
    def the_service_dies(self) -> None:
        self.sim.stop_server()

    @rule()
    def a_service_starts(self) -> None:
        self.sim.start_server()

    @rule()
    def the_client_is_rebound(self) -> None:
        host, port = self.client.address
        self.client.address = (host, port % 60_000 + 1)

    @invariant()
    def nothing_wrong_was_delivered(self) -> None:
        for offset, data in self.client.pieces.get(self.download, {}).items():
            assert CONTENT[offset : offset + len(data)] == data

    def teardown(self) -> None:
        if not hasattr(self, "client"):
            return
        if self.sim.server is None:
            self.sim.start_server()
        for pipe in (self.sim.up, self.sim.down):
            rate, queue = pipe.profile.rate_bytes_s, pipe.profile.queue_datagrams
            pipe.profile = Profile(
                rate_bytes_s=rate, queue_datagrams=queue, loss=0.05, corrupt=0.01, reorder=0.05
            )
        assert self.sim.run(until=lambda: bool(self.client.finished or self.client.failed), limit_s=300)
        assert not self.client.failed
        assert self.client.data(self.download) == CONTENT
        endpoint = self.client.endpoint
        assert endpoint._inflight.bytes == sum(
            sum(r.wire_bytes.values()) for r in endpoint._inflight.requests.values()
        )
        self.sim.run_for(20)  # everything that was under way is given up or here
        assert endpoint._inflight.bytes == 0
        assert not endpoint._inflight.requests
        assert not endpoint._receiver._lanes


AnyLink.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAnyLink = AnyLink.TestCase
