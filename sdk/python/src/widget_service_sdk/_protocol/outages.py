"""Calls that got no complete answer, and the errors that this means for their callers.

* Outage
  x Unreachable: the request or its answer did not get through
  x OutOfTime: the answer was not complete in time

Transports raise these; callers of the SDK see the ConnectorError that ``error_for`` makes of them.
"""

from .._errors import ConnectorError, ConnectorNetworkError, ConnectorTimeoutError
from .base_url import origin_of
from .messages import failure
from .wire import Subject


class Outage(Exception):
    """There is no complete answer. ``cause`` is the exception of the layer below, if any."""

    cause: BaseException | None = None

    def error_for(self, subject: Subject) -> ConnectorError:
        """What the outage means for a call."""
        raise NotImplementedError


class Unreachable(Outage):
    """The request or its answer did not get through; ``reason`` says why, without the request's values."""

    def __init__(self, reason: str, cause: BaseException | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cause = cause

    def error_for(self, subject: Subject) -> ConnectorNetworkError:
        """A network error that says where the service was looked for."""
        where = origin_of(subject.base_url)
        hint = "does the service run there? base_url or WIDGET_SERVICE_URL says where it is"
        message = failure(subject, f"no answer from {where}: {self.reason}; {hint}")
        return ConnectorNetworkError(message, permalink=subject.permalink, cause=self.cause)


class OutOfTime(Outage):
    """The answer was not complete within ``timeout_ms``, counted from the start of the call."""

    def __init__(self, timeout_ms: float) -> None:
        super().__init__(timeout_ms)
        self.timeout_ms = timeout_ms

    def error_for(self, subject: Subject) -> ConnectorTimeoutError:
        """A timeout error that says which limit was reached."""
        where = origin_of(subject.base_url)
        message = failure(subject, f"no complete answer from {where} within {self.timeout_ms:g} ms (timeout)")
        return ConnectorTimeoutError(message, permalink=subject.permalink, timeout=self.timeout_ms)
