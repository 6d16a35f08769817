"""Channels under new names, and the way from their old ones for a while (IRCv3 draft/channel-rename); pure."""

from livechat.irc.casemap import fold

from chat_hub import limits
from chat_hub.channel import Channel


class Renames:
    """Old names that lead to a channel, at most `RENAMED_CHANNELS`; beyond, the oldest is forgotten."""

    def __init__(self, channels: dict[str, Channel]) -> None:
        self._channels = channels
        self._old: dict[str, tuple[Channel, float]] = {}

    def rename(self, channel: Channel, name: str, now_s: float) -> None:
        """Give `channel` the name `name`, which nobody else has: members, modes, topic and lists stay."""
        before, after = channel.folded, fold(name)
        channel.name, channel.folded, channel.renamed_at_s = name, after, now_s
        if before == after:
            return
        del self._channels[before]
        self._channels[after] = channel
        for member in channel.people():
            del member.channels[before]
            member.channels[after] = channel
        self._old.pop(after, None)
        self._old[before] = channel, now_s
        if len(self._old) > limits.RENAMED_CHANNELS:
            del self._old[next(iter(self._old))]

    def leads_to(self, name: str, now_s: float) -> Channel | None:
        """The channel that had `name` and is still there; None for others and when it is long ago."""
        if not self._old or (found := self._old.get(fold(name))) is None:
            return None
        channel, since_s = found
        gone = self._channels.get(channel.folded) is not channel
        if gone or now_s - since_s >= limits.RENAMED_S:
            del self._old[fold(name)]
            return None
        return channel
