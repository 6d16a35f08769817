"""MODE: asking for and changing the modes of channels and of oneself."""

from livechat.irc import numerics
from livechat.irc.casemap import fold
from livechat.irc.names import is_channel

from chat_hub import limits
from chat_hub.commands.channel_modes import change_modes
from chat_hub.commands.channels import channel_or_refuse
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
            case "B":
                session.person.bot = on
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
    change_modes(request, channel, request.params[1], list(request.params[2:]))


COMMANDS = (Command("MODE", handle_mode, arity=1),)
