"""One connection as the hub knows it: registration, capabilities, credit, and the person behind it; pure state.

What the state means for others is the hub's and the commands' business, bytes are the outbox's, names, modes
and channels the person's: a session shows them, and shares them with the other sessions of the same person.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from chat_hub import caps
from chat_hub.clock import Now
from chat_hub.flood import FloodBucket
from chat_hub.outbox import Outbox
from chat_hub.person import Person

if TYPE_CHECKING:
    from chat_hub.accounts.login import LoginAttempt
    from chat_hub.channel import Channel
    from chat_hub.multiline import OpenBatch


class Session:
    """A connection and who is behind it.

    `address` is the peer's real address; `local_host` is the address at which the client reached the hub.
    `certfp` is the SHA-256 fingerprint of the client's TLS certificate (lower-case hex), None without one.
    `own_away` is what this session said with AWAY, while `away` is the person's. `nick` is None until NICK was
    accepted.
    """

    __slots__ = (
        "address",
        "cap_302",
        "caps",
        "certfp",
        "cloak",
        "closed",
        "connected",
        "flood",
        "follows_files",
        "last_heard_s",
        "last_spoke",
        "local_host",
        "login",
        "multiline",
        "negotiating",
        "nick_changes",
        "oper_tries",
        "outbox",
        "own_away",
        "password",
        "person",
        "ping_sent",
        "registered",
        "resumer",
        "secure",
        "shape",
        "subscriptions",
        "suspended",
        "wanted_nick",
    )  # fmt: skip

    def __init__(self, address: str, host: str, local_host: str, outbox: Outbox, now: Now) -> None:
        self.address = address
        self.cloak = host  # what the address gave; `host` may be another one that an operator has set
        self.local_host = local_host
        self.outbox = outbox
        self.connected = now
        self.last_heard_s = now.mono
        self.last_spoke = now
        self.flood: FloodBucket | None = None
        self.nick_changes: FloodBucket | None = None  # made with the first change
        self.secure = False  # over TLS
        self.certfp: str | None = None

        self.person = Person(self, host)
        # A nick that only a login can open, asked for before registration; it is looked at when that completes.
        self.wanted_nick: str | None = None
        self.login: LoginAttempt | None = None  # made with the first AUTHENTICATE
        self.password: str | None = None
        self.multiline: OpenBatch | None = None
        self.negotiating = False
        self.registered = False
        self.closed = False

        self.caps = 0
        self.shape = 0  # the part of the capabilities that decides how a line for many is written
        self.cap_302 = False
        self.own_away: str | None = None
        self.oper_tries = 0
        self.ping_sent = False
        self.follows_files = False
        self.subscriptions: frozenset[str] = frozenset()  # keys of metadata that the client wants to hear of
        self.suspended = False  # the next line waits for a result, such as a password's hash
        # Goes on with the lines that waited; the shell sets it.
        self.resumer: Callable[[], None] | None = None

    # -- the person ------------------------------------------------------------------------------------------

    @property
    def nick(self) -> str | None:
        """The nick, None before there is one."""
        return self.person.nick

    @property
    def user(self) -> str | None:
        """The user name, None before USER."""
        return self.person.user

    @property
    def host(self) -> str:
        """What others see instead of the address."""
        return self.person.host

    @property
    def realname(self) -> str:
        """The realname."""
        return self.person.realname

    @property
    def prefix(self) -> str:
        """`nick!user@host`, the source of what the session does."""
        return self.person.prefix

    @property
    def account(self) -> str | None:
        """The account that the session is logged in to."""
        return self.person.account

    @property
    def away(self) -> str | None:
        """The away message that others see: set only when every session of the person is away."""
        return self.person.away

    @property
    def operator(self) -> bool:
        """Whether the person is an operator of the server."""
        return self.person.operator

    @property
    def invisible(self) -> bool:
        """User mode `i`."""
        return self.person.invisible

    @property
    def bot(self) -> bool:
        """User mode `B`."""
        return self.person.bot

    @property
    def wallops(self) -> bool:
        """User mode `w`."""
        return self.person.wallops

    @property
    def channels(self) -> "dict[str, Channel]":
        """The channels that the person is in, by folded name."""
        return self.person.channels

    @property
    def siblings(self) -> "list[Session]":
        """Every session of the person, this one among them."""
        return self.person.sessions

    @property
    def leads(self) -> bool:
        """Whether this session stands for its person in lists that show each person once."""
        return self.person.sessions[0] is self

    # -- the connection --------------------------------------------------------------------------------------

    @property
    def shown_nick(self) -> str:
        """The nick, or `*` before there is one, as numerics want it."""
        return self.nick or "*"

    def set_caps(self, bits: int) -> None:
        """Take `bits` as the negotiated capabilities."""
        self.caps = bits
        # multiline: it "depends on the batch capability which MUST be negotiated"
        mask = caps.SHAPE_MASK if bits & caps.BATCH else caps.SHAPE_MASK & ~caps.MULTILINE
        self.shape = bits & mask

    def has(self, capability: int) -> bool:
        """Whether all bits of `capability` are negotiated."""
        return self.caps & capability == capability

    def suspend(self) -> None:
        """Let the lines that follow wait until `resume`; the shell keeps them, within their bound."""
        self.suspended = True

    def resume(self) -> None:
        """Go on with the lines that waited. From a callback of the store or a pool, never from a handler."""
        if self.suspended:
            self.suspended = False
            if self.resumer is not None and not self.closed:
                self.resumer()

    def charge(self, cost: float) -> None:
        """Take `cost` from the credit of flood control, where that is on."""
        if self.flood is not None:
            self.flood.charge(cost)
