"""The client of Social Live Chat: a window and a command line over one protocol core."""
