"""A channel: who is in it with which rank, its topic and modes; pure state.

Membership is kept here and in `Person.channels`, always both by `add` and `remove`. `members` holds every
session, so that a fan-out is one flat loop; the sessions of one person are in it together, with one rank
(`set_rank`), and `people` shows each person once. Who may do what is asked here (`may_speak`, `join_fault`),
answered to clients elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from livechat.irc import numerics
from livechat.irc.casemap import fold

from chat_hub import limits, ranks
from chat_hub.bans import MaskLists
from chat_hub.clock import Now
from chat_hub.person import Person
from chat_hub.session import Session

_SPEECH = frozenset("mnM")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, who set it and when (Unix seconds)."""

    text: str
    setter: str
    set_at: int


class Channel:
    """One channel; `permanent` ones belong to the server: they stay when empty and give nobody a rank."""

    __slots__ = (
        "created_at", "flags", "folded", "founder", "invited", "key", "limit", "lists", "members", "name",
        "permanent", "renamed_at_s", "topic",
    )  # fmt: skip

    def __init__(self, name: str, now: Now, *, flags: str = "nt", permanent: bool = False) -> None:
        self.name = name
        self.folded = fold(name)
        self.created_at = int(now.unix)
        self.permanent = permanent
        self.founder: str | None = None  # the account of who made it
        self.renamed_at_s: float | None = None  # on the clock for durations
        self.lists: MaskLists | None = None  # made with the first mask
        self.flags = set(flags)
        self.key: str | None = None
        self.limit: int | None = None
        self.topic: Topic | None = None
        self.members: dict[Session, int] = {}
        self.invited: dict[Person, bool] = {}  # whether a moderator did it

    def add(self, session: Session) -> None:
        """Make the person of `session` a member.

        The first in a channel of its own becomes the operator, and the founder when they are logged in: an
        account can show later that it was them, and is the founder again while the channel is there.
        """
        rank = 0
        if not self.permanent:
            if not self.members:
                rank = ranks.OP
                self.founder = session.account
            if self.founder is not None and session.account == self.founder:
                rank |= ranks.FOUNDER | ranks.OP
        self.members.update(dict.fromkeys(session.siblings, rank))
        session.channels[self.folded] = self
        self.invited.pop(session.person, None)

    def remove(self, session: Session) -> None:
        """End the membership of the person of `session`."""
        for sibling in session.siblings:
            self.detach(sibling)
        del session.channels[self.folded]

    def attach(self, session: Session, sibling: Session) -> None:
        """Let `session` take part as `sibling` does, a member and the same person from now on."""
        self.members[session] = self.members[sibling]

    def detach(self, session: Session) -> None:
        """Take out one session of a person whose others stay."""
        del self.members[session]
        if self.lists is not None:
            self.lists.forget(session)

    def set_rank(self, session: Session, rank: int) -> None:
        """Give the person of `session`, who is a member, `rank`."""
        for sibling in session.siblings:
            self.members[sibling] = rank

    def people(self) -> Iterator[Session]:
        """One session for each person who is a member, in the order in which they came."""
        return (member for member in self.members if member.leads)

    def invite(self, session: Session, *, by: Session) -> None:
        """Let its person in once, whatever `i`, `k` and `l` say; the oldest invitation goes at the bound."""
        for gone in [other for other in self.invited if other.sessions[0].closed]:
            del self.invited[gone]
        if len(self.invited) >= limits.INVITATIONS_PER_CHANNEL:
            self.invited.pop(next(iter(self.invited)))
        self.invited[session.person] = self.is_moderator(by) or self.invited.get(session.person, False)

    def close_door(self) -> None:
        """Forget the invitations of those who may not moderate: `i`, `k` or `l` is being set."""
        self.invited = {person: True for person, by_moderator in self.invited.items() if by_moderator}

    def prefixes(self, session: Session, *, every: bool) -> str:
        """The signs of the rank of `session`: all of them, or the highest; empty for others."""
        signs = ranks.PREFIXES[self.members.get(session, 0)]
        return signs if every else signs[:1]

    def rank(self, session: Session) -> int:
        """The rank that `session` acts with here: operators of the server stand above all."""
        if session.operator:
            return ranks.SERVER_OPERATOR
        return self.members.get(session, 0)

    def is_operator(self, session: Session) -> bool:
        """Whether `session` is an operator here, or higher."""
        return self.members.get(session, 0) >= ranks.OP

    def is_moderator(self, session: Session) -> bool:
        """Whether `session` may moderate here: halfops and higher, and operators of the server."""
        return self.rank(session) >= ranks.HALFOP

    def may_speak(self, session: Session) -> bool:
        """Whether a message of `session` is for this channel.

        `n` wants members, `m` a rank, `M` an account or a rank; bans and mutes silence those without a rank.
        """
        rank = self.members.get(session)
        if rank:
            return True
        if self.flags & _SPEECH and (
            (rank is None and "n" in self.flags)
            or "m" in self.flags
            or ("M" in self.flags and session.account is None)
        ):
            return False
        return not self.is_silenced(session)

    def is_silenced(self, session: Session) -> bool:
        """Whether a ban or a mute silences `session` here; a rank speaks over both."""
        if self.lists is None or self.members.get(session):
            return False
        return self.lists.silences(session)

    def visible_to(self, session: Session) -> bool:
        """Whether `session` may know of this channel: `s` hides it from others."""
        return "s" not in self.flags or session in self.members or session.operator

    def join_fault(self, session: Session, key: str | None) -> tuple[str, str] | None:
        """The numeric and sentence that keep `session` out, None when it may come in.

        An invitation opens `i`, `k` and `l`; no invitation opens a ban.
        """
        if self.lists is not None and self.lists.bans(session):
            return numerics.ERR_BANNEDFROMCHAN, "Cannot join channel (+b): you are banned"
        if "R" in self.flags and session.account is None:
            return numerics.ERR_NEEDREGGEDNICK, "Cannot join channel (+R): log in to an account first"
        return None if session.person in self.invited else self._door_fault(session, key)

    def _door_fault(self, session: Session, key: str | None) -> tuple[str, str] | None:
        if "i" in self.flags and (self.lists is None or not self.lists.lets_in(session)):
            return numerics.ERR_INVITEONLYCHAN, "Cannot join channel (+i): you have to be invited"
        if self.key is not None and key != self.key:
            return numerics.ERR_BADCHANNELKEY, "Cannot join channel (+k): the key is wrong or missing"
        if self.limit is not None and sum(1 for _ in self.people()) >= self.limit:
            return numerics.ERR_CHANNELISFULL, "Cannot join channel (+l): it is full"
        return None

    def mode_words(self, *, with_key: bool) -> list[str]:
        """The modes as MODE shows them: letters, then their parameters (the key as `*` for others)."""
        letters, params = "+" + "".join(sorted(self.flags)), list[str]()
        if self.key is not None:
            letters += "k"
            params.append(self.key if with_key else "*")
        if self.limit is not None:
            letters += "l"
            params.append(str(self.limit))
        return [letters, *params]

    def visible_members(self, asker: Session) -> Iterator[Session]:
        """The people whom `asker` may see, each once: invisible ones only from inside."""
        inside = asker in self.members or asker.operator
        return (member for member in self.people() if inside or not member.invisible)
