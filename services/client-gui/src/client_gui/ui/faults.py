"""What happens when a callback of the window fails: it is a bug, told loudly, and the window lives on."""

import tkinter as tk
from types import TracebackType

from loguru import logger


def report(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    """The hook that Tk calls (`report_callback_exception`)."""
    if isinstance(fault, tk.TclError) and "application has been destroyed" in str(fault):
        return  # a callback that was on its way when the window closed
    logger.opt(exception=(kind, fault, trace)).error("A callback of the window has failed")
