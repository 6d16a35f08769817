"""MODE: asking for and changing the modes of channels and of oneself."""

from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.names import is_channel

from chat_hub import limits
from chat_hub.channel import FLAGS, PARAMETER_MODES, RANK_BITS, Channel
from chat_hub.commands.channels import channel_or_refuse, operated_channel
from chat_hub.commands.table import Command
from chat_hub.replies import RefusedError, Request


def handle_mode(request: Request) -> None:
    """MODE <target> [<modes> [<parameter>…]]."""
    if is_channel(request.params[0]):
        _channel_mode(request)
    else:
        _user_mode(request)


def _user_mode(request: Request) -> None:
    session, hub = request.session, request.hub
    if fold(request.params[0]) != fold(session.shown_nick):
        if hub.find(request.params[0]) is None:
            raise RefusedError(numerics.ERR_NOSUCHNICK, request.params[0], text="No such nick")
        raise RefusedError(numerics.ERR_USERSDONTMATCH, text="Cant change mode for other users")
    wanted = request.param(1)
    if wanted is None:
        request.numeric(numerics.RPL_UMODEIS, "+" + session.person.mode_letters())
        return
    before = set(session.person.mode_letters())
    unknown = _apply_user_modes(request, wanted[: limits.MODE_LETTERS_PER_COMMAND])
    if unknown:
        request.numeric(numerics.ERR_UMODEUNKNOWNFLAG, text="Unknown MODE flag")
    after = set(session.person.mode_letters())
    added, gone = "".join(sorted(after - before)), "".join(sorted(before - after))
    change = (f"+{added}" if added else "") + (f"-{gone}" if gone else "")
    if change:
        event = hub.event(session, "MODE", session.shown_nick, text=change, now=request.now)
        hub.send_person(session, event, skip=session)
        request.event(event)


def _apply_user_modes(request: Request, letters: str) -> bool:
    """Apply what is known; whether something was not. `o` can only be given up."""
    session, census = request.session, request.hub.census
    on, unknown = True, False
    for letter in letters:
        match letter:
            case "+" | "-":
                on = letter == "+"
            case "i":
                census.set_invisible(session, on=on)
            case "w":
                session.person.wallops = on
            case "o" if not on:
                census.set_operator(session, on=False)
            case "o":
                pass  # RFC 2812 section 3.1.5: "... the attempt SHOULD be ignored"
            case _:
                unknown = True
    return unknown


def _channel_mode(request: Request) -> None:
    channel = channel_or_refuse(request, request.params[0])
    if request.param(1) is None:
        words = channel.mode_words(with_key=request.session in channel.members)
        request.numeric(numerics.RPL_CHANNELMODEIS, channel.name, *words)
        request.numeric(numerics.RPL_CREATIONTIME, channel.name, str(channel.created_at))
        return
    operated_channel(request, channel.name)
    change = _ModeChange(request, channel)
    change.run(request.params[1][: limits.MODE_LETTERS_PER_COMMAND], list(request.params[2:]))
    if not change.words[0]:
        return
    event = request.hub.event(request.session, "MODE", channel.name, *change.words, now=request.now)
    request.hub.send_all(channel.members, event, skip=request.session)
    request.event(event)


class _ModeChange:
    """One MODE of a channel: applies letter by letter and keeps what really changed."""

    def __init__(self, request: Request, channel: Channel) -> None:
        self._request = request
        self._channel = channel
        self._sign = ""
        self._letters = ""
        self._params: list[str] = []

    @property
    def words(self) -> list[str]:
        """What changed, as MODE tells it: letters with signs, then parameters."""
        return [self._letters, *self._params]

    def run(self, letters: str, params: list[str]) -> None:
        """Apply `letters`; those that need a parameter take it from `params`."""
        on, used = True, 0
        for letter in letters:
            if letter in "+-":
                on = letter == "+"
            elif letter in FLAGS:
                self._flag(letter, on=on)
            elif letter in RANK_BITS or letter in PARAMETER_MODES:
                needed = on or letter != "l"
                if needed and (used >= limits.MODES_PER_COMMAND or not params):
                    continue
                used += needed
                self._with_parameter(letter, params.pop(0) if needed else "", on=on)
            else:
                self._request.numeric(
                    numerics.ERR_UNKNOWNMODE,
                    letter,
                    text=f"is unknown mode char to me for {self._channel.name}",
                )

    def _with_parameter(self, letter: str, param: str, *, on: bool) -> None:
        if letter in RANK_BITS:
            self._rank(letter, param, on=on)
        elif letter == "k":
            self._key(param, on=on)
        else:
            self._limit(param, on=on)

    def _flag(self, letter: str, *, on: bool) -> None:
        flags = self._channel.flags
        if (letter in flags) == on:
            return
        (flags.add if on else flags.discard)(letter)
        self._note(letter, on=on)

    def _rank(self, letter: str, nick: str, *, on: bool) -> None:
        target = self._request.hub.find(nick)
        members, bit = self._channel.members, RANK_BITS[letter]
        if target is None:
            self._request.numeric(numerics.ERR_NOSUCHNICK, nick, text="No such nick")
        elif target not in members:
            self._request.numeric(
                numerics.ERR_USERNOTINCHANNEL,
                target.shown_nick,
                self._channel.name,
                text="They aren't on that channel",
            )
        elif bool(members[target] & bit) != on:
            self._channel.set_rank(target, members[target] ^ bit)
            self._note(letter, target.shown_nick, on=on)

    def _key(self, key: str, *, on: bool) -> None:
        channel = self._channel
        if not on:
            if channel.key is not None:
                channel.key = None
                self._note("k", "*", on=False)
            return
        unfit = not key or len(key.encode()) > limits.KEY_BYTES or " " in key or "," in key or key[0] == ":"
        if unfit:
            self._request.numeric(numerics.ERR_INVALIDKEY, channel.name, text="Key is not well-formed")
        elif key != channel.key:
            channel.key = key
            self._note("k", key, on=True)

    def _limit(self, text: str, *, on: bool) -> None:
        channel = self._channel
        if not on:
            if channel.limit is not None:
                channel.limit = None
                self._note("l", on=False)
            return
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(limits.MAX_CHANNEL_LIMIT))
        if not digits or not 1 <= int(text) <= limits.MAX_CHANNEL_LIMIT:
            most = limits.MAX_CHANNEL_LIMIT
            self._request.numeric(
                numerics.ERR_INVALIDMODEPARAM, channel.name, "l", text or "*", text=f"A limit is 1 to {most}"
            )
        elif int(text) != channel.limit:
            channel.limit = int(text)
            self._note("l", text, on=True)

    def _note(self, letter: str, param: str | None = None, *, on: bool) -> None:
        sign = "+" if on else "-"
        self._letters += letter if sign == self._sign else sign + letter
        self._sign = sign
        if param is not None:
            self._params.append(param)


COMMANDS = (Command("MODE", handle_mode, arity=1),)
