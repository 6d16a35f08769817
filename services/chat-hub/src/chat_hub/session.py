"""One client as the hub knows it: registration, names, capabilities, modes, channels; pure state.

What the state means for others is the hub's and the commands' business, bytes are the outbox's.
"""

from typing import TYPE_CHECKING

from chat_hub import caps, limits
from chat_hub.clock import Now
from chat_hub.flood import FloodBucket
from chat_hub.outbox import Outbox
from chat_hub.text import clip

if TYPE_CHECKING:
    from chat_hub.channel import Channel

DEFAULT_USER = "user"


class Session:
    """A connection and who is behind it.

    `address` is the peer's real address and `host` what others see of it; `local_host` is the address at which
    the client reached the hub. `nick` is None until NICK was accepted.
    """

    __slots__ = (
        "account", "address", "away", "bot", "cap_302", "caps", "channels", "cloak", "closed", "connected", "flood",
        "follows_files", "host", "invisible", "last_heard_s", "last_spoke", "local_host", "negotiating", "nick", "oper_tries",
        "operator", "outbox", "password", "ping_sent", "prefix", "realname", "registered", "shape", "user",
        "wallops",
    )  # fmt: skip

    def __init__(self, address: str, host: str, local_host: str, outbox: Outbox, now: Now) -> None:
        self.address = address
        self.host = host
        self.cloak = host  # what the address gave; `host` may be another one that an operator has set
        self.local_host = local_host
        self.outbox = outbox
        self.connected = now
        self.last_heard_s = now.mono
        self.last_spoke = now
        self.flood: FloodBucket | None = None

        self.account: str | None = None  # the name of the account, as it was registered
        self.nick: str | None = None
        self.user: str | None = None
        self.realname = ""
        self.prefix = f"*!*@{host}"
        self.password: str | None = None
        self.negotiating = False
        self.registered = False
        self.closed = False

        self.caps = 0
        self.shape = 0  # the part of the capabilities that decides how a line for many is written
        self.cap_302 = False
        self.away: str | None = None
        self.operator = False
        self.oper_tries = 0
        self.invisible = False
        self.wallops = False
        self.bot = False
        self.ping_sent = False
        self.follows_files = False
        self.channels: dict[str, Channel] = {}

    @property
    def shown_nick(self) -> str:
        """The nick, or `*` before there is one, as numerics want it."""
        return self.nick or "*"

    def set_caps(self, bits: int) -> None:
        """Take `bits` as the negotiated capabilities."""
        self.caps = bits
        self.shape = bits & caps.SHAPE_MASK

    def has(self, capability: int) -> bool:
        """Whether all bits of `capability` are negotiated."""
        return self.caps & capability == capability

    def charge(self, cost: float) -> None:
        """Take `cost` from the credit of flood control, where that is on."""
        if self.flood is not None:
            self.flood.charge(cost)

    def rename(self, nick: str) -> None:
        """Take `nick`, and the prefix that follows from it."""
        self.nick = nick
        self._update_prefix()

    def introduce(self, user: str, realname: str) -> None:
        """Take what USER said, brought into bounds: a user name has ASCII letters, digits and `-_.` only."""
        fit = "".join(char for char in user if char.isascii() and (char.isalnum() or char in "-_."))
        self.user = fit[: limits.USER_CHARS] or DEFAULT_USER
        self.realname = clip(realname, limits.REALNAME_BYTES)
        self._update_prefix()

    def mode_letters(self) -> str:
        """The user modes that are set, sorted."""
        letters = (("i", self.invisible), ("o", self.operator), ("w", self.wallops))
        return "".join(letter for letter, on in letters if on)

    def _update_prefix(self) -> None:
        self.prefix = f"{self.nick or '*'}!{self.user or '*'}@{self.host}"
