"""IRC: messages, lines, names and numerics as both ends need them; no I/O."""
