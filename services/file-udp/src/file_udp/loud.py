"""A greenlet that dies silently is a stopped service: its error ends the process."""

import gevent


def raise_in_main(greenlet: gevent.Greenlet) -> None:
    """For `Greenlet.link_exception`: raise the error of `greenlet` in the main greenlet."""
    gevent.get_hub().handle_system_error(*greenlet.exc_info)
