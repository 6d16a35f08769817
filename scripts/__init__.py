"""What the Makefile's targets do; no part of the product imports this."""
