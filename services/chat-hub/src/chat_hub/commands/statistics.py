"""STATS, LINKS and ADMIN: what the server tells of its state and of who runs it."""

from collections.abc import Callable

from livechat.irc import numerics

from chat_hub import limits
from chat_hub.commands.table import Command
from chat_hub.replies import RefusedError, Request
from chat_hub.service_nick import NO_SERVICE

_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60


def handle_stats(request: Request) -> None:
    """STATS <letter>: u and o for everybody, k and f for the operators of the server."""
    letter = request.params[0][0]
    answer = _ANSWERS.get(letter)
    if answer is not None:
        if letter in _FOR_OPERATORS and not request.session.operator:
            raise RefusedError(numerics.ERR_NOPRIVILEGES, text="Permission denied: this is for operators")
        answer(request)
    request.numeric(numerics.RPL_ENDOFSTATS, letter, text="End of /STATS report")


def handle_links(request: Request) -> None:
    """LINKS: the only server there is."""
    settings = request.hub.settings
    server = settings.server_name
    request.numeric(numerics.RPL_LINKS, server, server, text=f"0 {settings.network_name}")
    request.numeric(numerics.RPL_ENDOFLINKS, "*", text="End of LINKS list")


def handle_admin(request: Request) -> None:
    """ADMIN [<server>]: whom to ask."""
    settings = request.hub.settings
    asked = request.param(0)
    if asked is not None and asked.lower() != settings.server_name.lower():
        raise RefusedError(numerics.ERR_NOSUCHSERVER, asked, text="No such server")
    if not settings.admin:
        raise RefusedError(
            numerics.ERR_NOADMININFO, settings.server_name, text="No administrative information is available"
        )
    request.numeric(numerics.RPL_ADMINME, settings.server_name, text="Administrative information")
    request.numeric(numerics.RPL_ADMINLOC1, text=settings.network_name)
    request.numeric(numerics.RPL_ADMINEMAIL, text=settings.admin)


def _uptime(request: Request) -> None:
    up_s = int(request.now.mono - request.hub.started.mono)
    days, rest = divmod(up_s, _DAY_S)
    hours, rest = divmod(rest, _HOUR_S)
    minutes, seconds = divmod(rest, _MINUTE_S)
    text = f"Server Up {days} days {hours}:{minutes:02}:{seconds:02}"
    request.numeric(numerics.RPL_STATSUPTIME, text=text)


def _operators(request: Request) -> None:
    """The operators who are here: their names in the settings are nobody's business."""
    for person in request.hub.by_nick.values():
        if person.operator:
            request.numeric(
                numerics.RPL_STATSOLINE, "O", f"{person.user}@{person.host}", "*", person.shown_nick
            )


def _klines(request: Request) -> None:
    """216 K <line> <set at> <until, 0 for good> <by> :<reason>."""
    for line in request.hub.moderation.klines.all(request.now.unix):
        times = str(line.set_at), str(line.expires_at)
        request.numeric(numerics.RPL_STATSKLINE, "K", line.text, *times, line.setter, text=line.reason)


def _file_service(request: Request) -> None:
    """What the file service last said of its work since its start."""
    files = request.hub.files
    stats = files.statistics() if files.service is not None else None
    if stats is None:
        request.numeric(numerics.RPL_STATSDEBUG, text=f"{NO_SERVICE}.")
        return
    for text in (
        f"The file service is up for {stats.uptime_s} s and offers {stats.files} files",
        f"datagrams: {stats.datagrams_in} in, {stats.datagrams_out} out ({stats.bytes_out} bytes)",
        f"questions that were refused: {stats.refused}",
    ):
        request.numeric(numerics.RPL_STATSDEBUG, text=text)


_ANSWERS: dict[str, Callable[[Request], None]] = {
    "u": _uptime, "o": _operators, "k": _klines, "f": _file_service
}  # fmt: skip
_FOR_OPERATORS = frozenset("kf")

COMMANDS = (
    Command("STATS", handle_stats, arity=1, cost=limits.DEAR),
    Command("LINKS", handle_links),
    Command("ADMIN", handle_admin),
)
