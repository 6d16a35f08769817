"""MONITOR: which nicks a client watches (IRCv3 Monitor)."""

from collections.abc import Iterable

from livechat.irc import numerics
from livechat.irc.names import nick_fault

from chat_hub import limits
from chat_hub.commands.table import Command
from chat_hub.replies import RefusedError, Request
from chat_hub.text import pack

_ROOM_BYTES = 360  # for targets in one line: 512 less the longest server name and nick


def handle_monitor(request: Request) -> None:
    """MONITOR + <nick>{,<nick>} | - <nick>{,<nick>} | C | L | S: one modifier for each command."""
    modifier = request.params[0].upper()
    handler = _MODIFIERS.get(modifier)
    if handler is None or (modifier in "+-" and request.param(1) is None):
        raise RefusedError(
            numerics.ERR_NEEDMOREPARAMS, "MONITOR", text="Use MONITOR + nicks, - nicks, C, L or S"
        )
    handler(request)


def _add(request: Request) -> None:
    """Watch more: "'target' MUST be a valid nick", others are left out; 734 names what there is no room for."""
    monitors = request.hub.attendance.monitors
    added, refused = list[str](), list[str]()
    for nick in _targets(request):
        if nick_fault(nick) is None:
            (added if monitors.add(request.session, nick) else refused).append(nick)
    _states(request, added)
    if refused:
        for line in pack_targets(refused):
            most = str(request.hub.settings.bounds.monitored_nicks)
            request.numeric(numerics.ERR_MONLISTFULL, most, line, text="Monitor list is full.")


def _remove(request: Request) -> None:
    for nick in _targets(request):
        request.hub.attendance.monitors.remove(request.session, nick)


def _clear(request: Request) -> None:
    request.hub.attendance.monitors.forget(request.session)


def _list(request: Request) -> None:
    for line in pack_targets(request.hub.attendance.monitors.list_of(request.session)):
        request.numeric(numerics.RPL_MONLIST, text=line)
    request.numeric(numerics.RPL_ENDOFMONLIST, text="End of MONITOR list")


def _status(request: Request) -> None:
    _states(request, request.hub.attendance.monitors.list_of(request.session))


def _states(request: Request, nicks: Iterable[str]) -> None:
    """730 for those who are there, 731 for the others."""
    online, offline = [], []
    for nick in nicks:
        person = request.hub.find(nick)
        if person is not None:
            online.append(person.prefix)
        elif request.hub.is_service(nick):
            online.append(request.hub.files.nick)
        else:
            offline.append(nick)
    for numeric, targets in ((numerics.RPL_MONONLINE, online), (numerics.RPL_MONOFFLINE, offline)):
        for line in pack_targets(targets):
            request.numeric(numeric, text=line)


def _targets(request: Request) -> list[str]:
    return [nick for nick in request.params[1].split(",") if nick]


def pack_targets(targets: Iterable[str]) -> Iterable[str]:
    """`targets` separated by commas, in as few texts as fit into lines."""
    return (line.replace(" ", ",") for line in pack(targets, _ROOM_BYTES))


_MODIFIERS = {"+": _add, "-": _remove, "C": _clear, "L": _list, "S": _status}

COMMANDS = (Command("MONITOR", handle_monitor, arity=1, cost=limits.DEAR),)
