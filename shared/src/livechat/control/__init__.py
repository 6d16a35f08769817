"""The control channel between hub and file service: typed messages, mutual authentication, framing; no I/O."""
