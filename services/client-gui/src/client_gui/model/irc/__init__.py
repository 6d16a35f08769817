"""The client's side of IRC: a pure core that takes bytes and `now` and gives bytes and events.

`session` is the core that `net` drives; `login` gets a connection registered; `people` follows the members of
channels; `outgoing` follows our own messages until they are confirmed; `files` reads our FILES command.
docs/protocol/irc.md says what the server does.
"""
