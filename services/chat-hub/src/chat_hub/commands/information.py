"""What the server tells of itself: MOTD, RULES, LUSERS, VERSION, TIME, INFO, HELP."""

from livechat.irc import numerics

from chat_hub import helptexts, limits
from chat_hub.clock import server_time
from chat_hub.commands.table import Command
from chat_hub.isupport import isupport_lines
from chat_hub.replies import RefusedError, Request
from chat_hub.version import VERSION

_INFO = (
    f"Social Live Chat ({VERSION}): chat and verified downloads on your own network.",
    "Everybody meets in #lobby. The people in a channel: NAMES #channel.",
    "Files: /msg files list, /msg files get ID, /msg files help.",
)


def handle_motd(request: Request) -> None:
    """MOTD [<server>]."""
    _only_here(request)
    send_motd(request)


def handle_rules(request: Request) -> None:
    """RULES [<server>]: the rules that the data directory holds, 434 without them."""
    _only_here(request)
    if not request.hub.rules:
        raise RefusedError(numerics.ERR_NORULES, text="RULES File is missing")
    server = request.hub.settings.server_name
    request.numeric(numerics.RPL_RULESSTART, text=f"- {server} Server Rules - ")
    for line in request.hub.rules:
        request.numeric(numerics.RPL_RULES, text=f"- {line}")
    request.numeric(numerics.RPL_ENDOFRULES, text="End of /RULES command.")


def handle_lusers(request: Request) -> None:
    """LUSERS."""
    send_lusers(request)


def handle_version(request: Request) -> None:
    """VERSION [<server>]: with the ISUPPORT tokens, as RFC 2812's successors do."""
    _only_here(request)
    settings = request.hub.settings
    request.numeric(numerics.RPL_VERSION, VERSION, settings.server_name, text="Social Live Chat")
    for tokens in isupport_lines(settings):
        request.numeric(numerics.RPL_ISUPPORT, *tokens, text="are supported by this server")


def handle_time(request: Request) -> None:
    """TIME [<server>]."""
    _only_here(request)
    request.numeric(numerics.RPL_TIME, request.hub.settings.server_name, text=server_time(request.now.unix))


def handle_info(request: Request) -> None:
    """INFO."""
    for line in (*_INFO, f"Running since {request.hub.started_text}."):
        request.numeric(numerics.RPL_INFO, text=line)
    request.numeric(numerics.RPL_ENDOFINFO, text="End of INFO list")


def handle_help(request: Request) -> None:
    """HELP [<subject>]."""
    subject = (request.param(0) or "INDEX").upper()[:32]
    lines = helptexts.TEXTS.get(subject)
    if lines is None:
        raise RefusedError(numerics.ERR_HELPNOTFOUND, subject, text="No help available on this topic")
    request.numeric(numerics.RPL_HELPSTART, subject, text=f"Help on {subject}")
    for line in lines:
        request.numeric(numerics.RPL_HELPTXT, subject, text=line)
    request.numeric(numerics.RPL_ENDOFHELP, subject, text="End of help")


def send_motd(request: Request) -> None:
    """The message of the day, or 422 without one."""
    if not request.hub.motd:
        request.numeric(numerics.ERR_NOMOTD, text="MOTD File is missing")
        return
    server = request.hub.settings.server_name
    request.numeric(numerics.RPL_MOTDSTART, text=f"- {server} Message of the day - ")
    for line in request.hub.motd:
        request.numeric(numerics.RPL_MOTD, text=f"- {line}")
    request.numeric(numerics.RPL_ENDOFMOTD, text="End of /MOTD command.")


def send_lusers(request: Request) -> None:
    """How many people, operators and channels there are."""
    hub, census = request.hub, request.hub.census
    people, invisible = census.people, census.invisible
    request.numeric(
        numerics.RPL_LUSERCLIENT,
        text=f"There are {people - invisible} users and {invisible} invisible on 1 servers",
    )
    request.numeric(numerics.RPL_LUSEROP, str(census.operators), text="operator(s) online")
    unknown = len(hub.sessions) - people
    request.numeric(numerics.RPL_LUSERUNKNOWN, str(unknown), text="unknown connection(s)")
    request.numeric(numerics.RPL_LUSERCHANNELS, str(len(hub.channels)), text="channels formed")
    request.numeric(numerics.RPL_LUSERME, text=f"I have {people} clients and 0 servers")
    most = census.most_people
    counts = str(people), str(most)
    users = f"users {people}, max {most}"
    request.numeric(numerics.RPL_LOCALUSERS, *counts, text=f"Current local {users}")
    request.numeric(numerics.RPL_GLOBALUSERS, *counts, text=f"Current global {users}")


def _only_here(request: Request) -> None:
    server = request.param(0)
    if server is not None and server.lower() != request.hub.settings.server_name.lower():
        raise RefusedError(numerics.ERR_NOSUCHSERVER, server, text="No such server")


COMMANDS = (
    Command("MOTD", handle_motd, cost=limits.DEAR),
    Command("RULES", handle_rules, cost=limits.DEAR),
    Command("LUSERS", handle_lusers),
    Command("VERSION", handle_version),
    Command("TIME", handle_time),
    Command("INFO", handle_info),
    Command("HELP", handle_help),
)
