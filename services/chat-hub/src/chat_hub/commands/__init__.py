"""The commands of the hub, one module a topic, gathered in one table."""

from chat_hub.commands import (
    account,
    authenticate,
    batch,
    capability,
    channels,
    chathistory,
    files,
    information,
    link,
    listing,
    markread,
    membership,
    messages,
    metadata,
    moderation,
    modes,
    monitor,
    operators,
    people,
    presence,
    redact,
    registration,
    rename,
    statistics,
    who,
)
from chat_hub.commands.table import Command

COMMANDS: dict[str, Command] = {
    command.name: command
    for topic in (
        account,
        authenticate,
        batch,
        capability,
        channels,
        chathistory,
        files,
        information,
        link,
        presence,
        membership,
        messages,
        metadata,
        moderation,
        modes,
        operators,
        people,
        rename,
        statistics,
        who,
        monitor,
        listing,
        markread,
        redact,
        registration,
    )
    for command in topic.COMMANDS
}
