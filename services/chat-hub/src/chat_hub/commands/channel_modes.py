"""What MODE does to a channel: each letter of a change, who may make it, and what the channel is told.

Reading and writing the letters is `modestring`'s, the rights stand in the tables of `ranks`.
"""

from collections.abc import Callable

from livechat.irc import numerics
from livechat.irc.lines import MAX_LINE_BYTES

from chat_hub import bans, limits, ranks
from chat_hub.bans import MaskLists
from chat_hub.channel import Channel
from chat_hub.masks import parse_mask
from chat_hub.modestring import KNOWN, Change, parse, write
from chat_hub.outgoing import encode
from chat_hub.replies import Request

# Letter -> numeric of an entry, numeric of the end, sentence of the end.
_LIST_NUMERICS = {
    "b": (numerics.RPL_BANLIST, numerics.RPL_ENDOFBANLIST, "End of channel ban list"),
    "e": (numerics.RPL_EXCEPTLIST, numerics.RPL_ENDOFEXCEPTLIST, "End of channel exception list"),
    "I": (numerics.RPL_INVEXLIST, numerics.RPL_ENDOFINVEXLIST, "End of channel invite exception list"),
}
_LEAST_RANK = {**ranks.LISTS, **ranks.KEYS, **ranks.LIMITS, **ranks.FLAGS, **ranks.GIVEN_BY}
_NAMES_OF_RANKS = {
    ranks.HALFOP: "a half-operator of the channel",
    ranks.OP: "a channel operator",
    ranks.FOUNDER: "the founder of the channel",
}


def change_modes(request: Request, channel: Channel, letters: str, params: list[str]) -> None:
    """Apply what MODE asks for as far as it is allowed and possible, and tell what really changed."""
    work = _Work(request, channel)
    for change in parse(letters, params):
        work.apply(change)
    work.tell()


class _Work:
    """One MODE of a channel: applies letter by letter and keeps what really changed."""

    def __init__(self, request: Request, channel: Channel) -> None:
        self._request = request
        self._channel = channel
        self._rank = channel.rank(request.session)
        self._done: list[Change] = []
        self._asked: set[str] = set()
        self._refused: set[int] = set()

    def apply(self, change: Change) -> None:
        """Make one change, or say why not."""
        letter = change.letter
        if letter not in KNOWN:
            name = self._channel.name
            self._say(numerics.ERR_UNKNOWNMODE, letter, text=f"is unknown mode char to me for {name}")
        elif change.lacks_parameter and letter in ranks.LISTS:
            self._list(letter)
        elif change.lacks_parameter and letter not in ranks.KEYS:
            self._unfit(letter, "*", "This mode needs a parameter")
        elif self._allowed(change):
            _APPLY[letter](self, change)

    def tell(self) -> None:
        """Tell the channel what changed, in as many lines as it takes."""
        request, name = self._request, self._channel.name
        room = MAX_LINE_BYTES - len(encode(request.session.prefix, "MODE", (name, "")))
        for words in write(self._done, room):
            event = request.hub.event(request.session, "MODE", name, *words, now=request.now)
            request.hub.history.modes_changed(self._channel, event)
            request.hub.send_all(self._channel.members, event, skip=request.session)
            request.event(event)
            request.hub.audit.note(request.session, "MODE", name, " ".join(words), request.now)

    # -- rights -------------------------------------------------------------------------------------------

    def _allowed(self, change: Change) -> bool:
        least = _LEAST_RANK[change.letter]
        if self._rank >= least or self._gives_up(change):
            return True
        if least not in self._refused:  # once for each rank that is missing
            self._refused.add(least)
            self._no_right(f"You have to be {_NAMES_OF_RANKS[least]} to change {change.letter}")
        return False

    def _gives_up(self, change: Change) -> bool:
        """Everybody may give up a rank of their own."""
        if change.on or change.letter not in ranks.RANK_BITS:
            return False
        target = self._request.hub.find(change.param or "")
        return target is not None and target.person is self._request.session.person

    # -- one letter each -----------------------------------------------------------------------------------

    def flag(self, change: Change) -> None:
        """A mode without a parameter."""
        flags = self._channel.flags
        if (change.letter in flags) != change.on:
            (flags.add if change.on else flags.discard)(change.letter)
            if change.on and change.letter == "i":
                self._channel.close_door()
            self._done.append(Change(change.on, change.letter))

    def rank(self, change: Change) -> None:
        """A rank of a member."""
        nick, channel = change.param or "", self._channel
        target = self._request.hub.find(nick)
        bit = ranks.RANK_BITS[change.letter]
        if target is None:
            self._say(numerics.ERR_NOSUCHNICK, nick, text="No such nick")
        elif target not in channel.members:
            self._say(
                numerics.ERR_USERNOTINCHANNEL,
                target.shown_nick,
                channel.name,
                text="They aren't on that channel",
            )
        elif bool(channel.members[target] & bit) != change.on:
            own = target.person is self._request.session.person
            if not change.on and not own and not self._may_demote(channel.members[target]):
                self._no_right(f"{target.nick} has a higher rank than you")
                return
            channel.set_rank(target, channel.members[target] ^ bit)
            self._done.append(Change(change.on, change.letter, target.shown_nick))

    def key(self, change: Change) -> None:
        """The key; taking it away needs no parameter, and a wrong one does no harm."""
        channel, key = self._channel, change.param or ""
        if not change.on:
            if channel.key is not None:
                channel.key = None
                self._done.append(Change(False, "k", "*"))
        elif not key or len(key.encode()) > limits.KEY_BYTES or " " in key or "," in key or key[0] == ":":
            self._say(numerics.ERR_INVALIDKEY, channel.name, text="Key is not well-formed")
        elif key != channel.key:
            channel.key = key
            channel.close_door()
            self._done.append(Change(True, "k", key))

    def limit(self, change: Change) -> None:
        """The limit of people."""
        channel, text = self._channel, change.param or ""
        if not change.on:
            if channel.limit is not None:
                channel.limit = None
                self._done.append(Change(False, "l"))
            return
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(limits.MAX_CHANNEL_LIMIT))
        if not digits or not 1 <= int(text) <= limits.MAX_CHANNEL_LIMIT:
            self._unfit("l", text, f"A limit is 1 to {limits.MAX_CHANNEL_LIMIT}")
        elif int(text) != channel.limit:
            channel.limit = int(text)
            channel.close_door()
            self._done.append(Change(True, "l", str(int(text))))

    def mask(self, change: Change) -> None:
        """A line of a list."""
        given, letter = change.param or "", change.letter
        mask = parse_mask(given)
        if mask is None:
            self._unfit(letter, given, "This is no mask: nick!user@host, a:account or m:mask")
        elif change.on:
            self._add(letter, mask.text)
        elif (lists := self._channel.lists) is not None and (gone := lists.remove(letter, mask)) is not None:
            self._done.append(Change(False, letter, gone.text))

    # -----------------------------------------------------------------------------------------------------

    def _add(self, letter: str, text: str) -> None:
        channel, request = self._channel, self._request
        most = request.hub.settings.bounds.list_entries
        if channel.lists is None:
            channel.lists = MaskLists()
        entry = bans.entry(text, request.session.shown_nick, int(request.now.unix))
        if entry is None:
            self._unfit(letter, text, "This mask is too long")
        elif len(channel.lists) >= most:
            self._say(
                numerics.ERR_BANLISTFULL,
                channel.name,
                letter,
                text=f"The lists of a channel have at most {most} masks",
            )
        elif channel.lists.add(letter, entry):
            self._done.append(Change(True, letter, text))

    def _list(self, letter: str) -> None:
        """Show a list: bans to all who may know of the channel, exceptions to those who may change them."""
        channel = self._channel
        if letter in self._asked:
            return
        self._asked.add(letter)
        if letter != "b" and self._rank < ranks.LISTS[letter]:
            self._no_right(f"You have to be {_NAMES_OF_RANKS[ranks.HALFOP]} to see this list")
            return
        numeric, end, sentence = _LIST_NUMERICS[letter]
        for entry in channel.lists.entries(letter) if channel.lists is not None else ():
            self._say(numeric, channel.name, entry.mask.text, entry.setter, str(entry.set_at))
        self._say(end, channel.name, text=sentence)

    def _may_demote(self, target_rank: int) -> bool:
        return ranks.may_act_on(self._rank, target_rank)

    def _no_right(self, text: str) -> None:
        if self._request.session not in self._channel.members:
            self._say(numerics.ERR_NOTONCHANNEL, self._channel.name, text="You're not on that channel")
        else:
            self._say(numerics.ERR_CHANOPRIVSNEEDED, self._channel.name, text=text)

    def _unfit(self, letter: str, param: str, text: str) -> None:
        self._say(numerics.ERR_INVALIDMODEPARAM, self._channel.name, letter, param or "*", text=text)

    def _say(self, numeric: str, *params: str, text: str | None = None) -> None:
        self._request.numeric(numeric, *params, text=text)


_APPLY: dict[str, Callable[[_Work, Change], None]] = {
    **dict.fromkeys(ranks.FLAGS, _Work.flag),
    **dict.fromkeys(ranks.RANK_BITS, _Work.rank),
    **dict.fromkeys(ranks.KEYS, _Work.key),
    **dict.fromkeys(ranks.LIMITS, _Work.limit),
    **dict.fromkeys(ranks.LISTS, _Work.mask),
}
