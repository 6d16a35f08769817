"""The window: the only package that touches Tk. A widget shows state and never holds it."""
