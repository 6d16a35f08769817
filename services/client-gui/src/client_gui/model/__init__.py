"""Pure state of the client: events in, what the screen shows out. No sockets, threads, clock or Tk."""
