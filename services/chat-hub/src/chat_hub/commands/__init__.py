"""The commands of the hub, one module a topic, gathered in one table."""

from chat_hub.commands import (
    account,
    authenticate,
    capability,
    channels,
    files,
    information,
    link,
    listing,
    membership,
    messages,
    modes,
    monitor,
    operators,
    people,
    presence,
    registration,
    who,
)
from chat_hub.commands.table import Command

COMMANDS: dict[str, Command] = {
    command.name: command
    for topic in (
        account,
        authenticate,
        capability,
        channels,
        files,
        information,
        link,
        presence,
        membership,
        messages,
        modes,
        operators,
        people,
        who,
        monitor,
        listing,
        registration,
    )
    for command in topic.COMMANDS
}
