"""The commands of the hub, one module a topic, gathered in one table."""

from chat_hub.commands import (
    capability,
    channels,
    files,
    information,
    link,
    membership,
    messages,
    modes,
    operators,
    people,
    presence,
    registration,
)
from chat_hub.commands.table import Command

COMMANDS: dict[str, Command] = {
    command.name: command
    for topic in (
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
        registration,
    )
    for command in topic.COMMANDS
}
