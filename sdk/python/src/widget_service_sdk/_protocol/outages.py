"""Calls that got no complete answer, and the errors that this means for their callers.

* Outage
  x Unreachable: there is no connection to the service
  x BrokenOff: there was one, and it ended before the answer was complete
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


class _Broken(Outage):
    """Something below HTTP failed; ``reason`` says what, without the request's values."""

    def __init__(self, reason: str, cause: BaseException | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cause = cause

    def error_for(self, subject: Subject) -> ConnectorNetworkError:
        """A network error that says where the service was looked for, and what to do."""
        message = failure(subject, self._sentence(origin_of(subject.base_url)))
        return ConnectorNetworkError(message, permalink=subject.permalink, cause=self.cause)

    def _sentence(self, where: str) -> str:
        raise NotImplementedError


class Unreachable(_Broken):
    """There is no connection to the service: the request did not get through."""

    def _sentence(self, where: str) -> str:
        hint = "is it running there? check base_url (or WIDGET_SERVICE_URL)"
        return f"{where} cannot be reached: {self.reason}; {hint}"


class BrokenOff(_Broken):
    """The connection was there and ended before the answer was complete: the call may have taken effect."""

    def _sentence(self, where: str) -> str:
        return f"the answer from {where} broke off: {self.reason}; call again if that is safe"


class OutOfTime(Outage):
    """The answer was not complete within ``timeout_ms``, counted from the start of the call."""

    def __init__(self, timeout_ms: float) -> None:
        super().__init__(timeout_ms)
        self.timeout_ms = timeout_ms

    def error_for(self, subject: Subject) -> ConnectorTimeoutError:
        """A timeout error that says which limit was reached, and what to do."""
        where = origin_of(subject.base_url)
        hint = "raise timeout, or see X-Connector-Timing for what is slow"
        message = failure(subject, f"no complete answer from {where} within {self.timeout_ms:g} ms (timeout); {hint}")
        return ConnectorTimeoutError(message, permalink=subject.permalink, timeout=self.timeout_ms)
