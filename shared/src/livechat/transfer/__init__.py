"""The transfer protocol (docs/protocol/transfer.md): codec, sealing, both endpoints; no I/O."""
