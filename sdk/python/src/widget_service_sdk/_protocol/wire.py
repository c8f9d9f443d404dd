"""What travels: a request, an answer, and what both are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_WAIT_MS = 2**31 - 1
"""24.8 days: sockets refuse a longer timeout, and a browser's timer would fire at once."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a call is about: all that reading its answer needs. ``secrets`` are masked in messages."""

    permalink: str
    base_url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Request:
    """A request for any transport: header values are text (to be sent as UTF-8), ``body`` is JSON in UTF-8."""

    subject: Subject
    method: str
    url: str
    headers: list[tuple[str, str]] = field(repr=False)
    body: bytes | None = field(repr=False)
    timeout_ms: float
    has_token: bool

    @property
    def timeout_s(self) -> float:
        """The timeout in seconds, cut to what every clock can wait for."""
        return min(self.timeout_ms, LONGEST_WAIT_MS) / 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, read to its end. ``headers`` looks names up in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without its parameters, for messages."""
        return self.headers.get("content-type", "").partition(";")[0].strip() or "no content type"

    @property
    def request_id(self) -> str | None:
        """What finds the execution in the service's log, if the answer says it."""
        return self.headers.get("x-request-id")
