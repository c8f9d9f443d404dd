"""What the caller sent, read once from the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from widget_service.execution.caller_body import CallerBody
from widget_service.identity.callers import Identified


@dataclass(slots=True)
class IncomingCall:
    """One call of a connector. ``headers`` have lowercase names; ``query_string`` is as it came.

    ``peer`` is the address of who is connected. ``source`` is a body that has not been read yet; ``body`` is one that
    has. ``identified`` says who calls, where that is known already.
    """

    permalink: str
    method: str
    query_string: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    scheme: str = "http"
    peer: str = ""
    source: CallerBody | None = None
    identified: Identified | None = None

    def query(self) -> list[tuple[str, str]]:
        """The query parameters, repetitions in order; bytes that are no UTF-8 survive as they are."""
        if not self.query_string:
            return []
        return parse_qsl(self.query_string, keep_blank_values=True, errors="surrogateescape")
