"""A hub without sockets or a clock: tests send lines as clients and read what each of them gets."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from chat_hub.bounds import Bounds
from chat_hub.clock import Now
from chat_hub.hub import Hub
from chat_hub.session import Session
from chat_hub.settings import HubSettings
from chat_hub.store.direct import DirectStore
from chat_hub.store.protocol import StoreError
from livechat.irc.message import Message, parse

from tests.support.hashing import DirectHasher

START = Now(mono=1000.0, unix=1_700_000_000.0)
QUIET = HubSettings(flood_control=False, max_connections_per_address=0, bounds=Bounds(nick_changes=0))
OUR_CAPS = "message-tags server-time echo-message labeled-response batch standard-replies livechat/files"


def _must_be_none(failed: StoreError | None) -> None:
    assert failed is None


def counting_bytes() -> Iterator[bytes]:
    """Bytes that differ from call to call and are the same in every run."""
    for number in count(1):
        yield number.to_bytes(4, "big") * 16


@dataclass
class HubHarness:
    """A hub, its clock, and the lines that it reported."""

    settings: HubSettings = QUIET
    motd: tuple[str, ...] = ()
    now: Now = START
    reports: list[str] = field(default_factory=list)
    store: DirectStore = field(default_factory=DirectStore)
    hasher: DirectHasher = field(default_factory=DirectHasher)
    holding: bool = False  # the disk takes its time: nothing is committed until `commit`

    def __post_init__(self) -> None:
        source = counting_bytes()
        self.hub = Hub(
            self.settings,
            store=self.store,
            hasher=self.hasher,
            random_bytes=lambda n: next(source)[:n],
            master_key=b"k" * 32,
            now=self.now,
            motd=self.motd,
            report=self.reports.append,
        )
        self.hub.accounts.load(_must_be_none)
        self.hub.moderation.load(_must_be_none)
        self.store.flush()

    def settle(self) -> None:
        """End a turn of the loop: what was given to the store is committed, unless the disk is held."""
        if not self.holding:
            self.commit()

    def commit(self) -> None:
        """Let the store and the hasher do everything that they were given."""
        self.store.flush()
        while self.hasher.jobs:
            self.hasher.run()
            self.store.flush()
        self.hub.reap(self.now)

    def pass_time(self, seconds: float) -> None:
        """Move both clocks on and let the hub do what is due, in steps of a second."""
        while seconds > 0:
            step = min(seconds, 1.0)
            self.now = Now(self.now.mono + step, self.now.unix + step)
            self.hub.tick(self.now)
            self.settle()
            seconds -= step

    def connect(self, address: str = "192.0.2.1") -> "Client":
        """A connection that has said nothing yet."""
        return Client(self, self.hub.connect(address, "192.0.2.100", self.now))

    def client(self, nick: str, *, caps: str = "", join: str = "", address: str = "192.0.2.1") -> "Client":
        """A registered client with `caps`, in the channels `join`; what it got so far is left out."""
        client = self.connect(address)
        if caps:
            client.send(f"CAP REQ :{caps}")
        client.send(f"NICK {nick}", f"USER {nick[:8]} 0 * :{nick} the Tester")
        if caps:
            client.send("CAP END")
        if join:
            client.send(f"JOIN {join}")
        client.read()
        return client


@dataclass(eq=False)
class Client:
    """One pure client."""

    harness: HubHarness
    session: Session
    waiting: list[bytes] = field(default_factory=list)  # lines behind one whose result is awaited

    def __post_init__(self) -> None:
        self.session.resumer = self._run

    def send(self, *lines: str | bytes) -> "Client":
        """Let the hub run `lines`, at the harness's moment."""
        for line in lines:
            self.waiting.append(line.encode() if isinstance(line, str) else line)
            self._run()
            self.harness.settle()
        return self

    def _run(self) -> None:
        while self.waiting and not self.session.suspended and not self.session.closed:
            self.harness.hub.handle_line(self.session, self.waiting.pop(0), self.harness.now)

    def read_bytes(self) -> bytes:
        """Everything that waits for this client."""
        data = b""
        while self.session.outbox.sendable:
            data += self.session.outbox.take()
        return data

    def read(self) -> list[Message]:
        """The lines that wait for this client; each has to be well-formed and within the limits."""
        messages = []
        for line in self.read_bytes().split(b"\r\n")[:-1]:
            body = line.partition(b" ")[2] if line.startswith(b"@") else line
            assert len(body) <= 510, f"too long: {line!r}"
            if body:
                messages.append(parse(line))
        return messages

    def ask(self, *lines: str | bytes) -> list[Message]:
        """Forget what waits, send `lines`, and read what comes of them."""
        self.read()
        return self.send(*lines).read()

    def commands(self, *lines: str | bytes) -> list[str]:
        """The commands and numerics that come of `lines`."""
        return [message.command for message in self.ask(*lines)]

    def one(self, *lines: str | bytes) -> Message:
        """The only line that comes of `lines`."""
        messages = self.ask(*lines)
        assert len(messages) == 1, messages
        return messages[0]


def with_settings(**changes: object) -> HubSettings:
    """The quiet settings with `changes`."""
    return replace(QUIET, **changes)  # type: ignore[arg-type]  # the tests name fields of HubSettings
