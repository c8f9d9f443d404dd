"""What a transfer asks of whoever runs it."""

from typing import Protocol

import pycurl

from widget_service.egress.driver import OnEnd


class Connections(Protocol):
    """Where a transfer runs."""

    def start(self, handle: pycurl.Curl, on_end: OnEnd) -> None:
        """Begin, soon; ``on_end`` is told of the end."""

    def stop(self, handle: pycurl.Curl) -> None:
        """Break a running transfer off and close its handle."""

    def give_back(self, handle: pycurl.Curl, *, is_plain: bool) -> None:
        """Take the handle of a transfer that has ended; see `Handles.give_back`."""
