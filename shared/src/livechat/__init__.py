"""What the services and the client of Social Live Chat share.

The protocol cores live here (`irc`, `transfer`, `control`, `ticket`): they take bytes and `now` and give
bytes and events. Sockets, clocks, threads and files stay out, but for two edges that every process needs
alike: `logs` (standard error) and `keyfile` (the key that the services share).
"""

__version__ = "0.1.0"
