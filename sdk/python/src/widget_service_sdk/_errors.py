"""The errors of the SDK.

* ConnectorError
  x ConnectorBoundaryError (ValueError): the call is malformed; nothing was sent
  x ConnectorNetworkError: the service cannot be reached, or the connection broke
  x ConnectorTimeoutError (TimeoutError): no complete answer within the timeout
  x ConnectorExecuteError: the service answered, but not with a result
    + ConnectorNotFoundError: there is no such connector
    + ConnectorAuthenticationError: the connector's credentials do not work
    + ConnectorUpstreamError: the destination answered 3xx, 4xx or 5xx, or could not be reached by the service

``str(error)`` is one line: what failed, for which permalink, why, and the request id. It never holds a token.
"""

from typing import Any


class ConnectorError(Exception):
    """Whatever goes wrong in a call.

    ``permalink`` is that of the connector, or None if the call did not get so far.
    """

    def __init__(self, message: str, *, permalink: str | None = None) -> None:
        super().__init__(message)
        self.permalink = permalink


class ConnectorBoundaryError(ConnectorError, ValueError):
    """A malformed call or setting, found before sending; ``reason`` says what is wrong and what would be right."""

    def __init__(self, reason: str, *, permalink: str | None = None) -> None:
        message = reason if permalink is None else f'connector "{permalink}" was not called: {reason}'
        super().__init__(message, permalink=permalink)
        self.reason = reason


class ConnectorNetworkError(ConnectorError):
    """The service cannot be reached, or its answer broke off; ``cause`` is the exception of the layer below, if any."""

    def __init__(self, message: str, *, permalink: str | None = None, cause: BaseException | None = None) -> None:
        super().__init__(message, permalink=permalink)
        self.cause = cause


class ConnectorTimeoutError(ConnectorError, TimeoutError):
    """The answer was not complete within ``timeout`` milliseconds, counted from the start of the call."""

    def __init__(self, message: str, *, permalink: str | None = None, timeout: float | None = None) -> None:
        super().__init__(message, permalink=permalink)
        self.timeout = timeout


class ConnectorExecuteError(ConnectorError):
    """The service's answer is an error, or is not what an answer must be.

    ``status`` is that of the answer. ``code``, ``detail``, ``scope`` and ``params`` come from the envelope, ``reason``
    and ``failure_scope`` from the older shape of error answers; what the answer does not hold is None. ``code`` is
    ``INVALID_RESPONSE`` if a successful answer is not JSON. ``request_id`` finds the execution in the service's log.
    """

    def __init__(
        self,
        message: str,
        *,
        permalink: str | None = None,
        status: int | None = None,
        code: str | None = None,
        detail: str | None = None,
        scope: str | None = None,
        params: Any = None,
        request_id: str | None = None,
        reason: str | None = None,
        failure_scope: str | None = None,
    ) -> None:
        super().__init__(message, permalink=permalink)
        self.status = status
        self.code = code
        self.detail = detail
        self.scope = scope
        self.params = params
        self.request_id = request_id
        self.reason = reason
        self.failure_scope = failure_scope


class ConnectorNotFoundError(ConnectorExecuteError):
    """There is no connector with this permalink (or no service at this URL)."""


class ConnectorAuthenticationError(ConnectorExecuteError):
    """The connector's credentials do not work: the destination answered 401, a token was refused, a key is bad."""


class ConnectorUpstreamError(ConnectorExecuteError):
    """The destination answered 3xx, 4xx or 5xx, or the service could not reach it.

    ``body`` is the destination's answer, parsed, if that is JSON; else None.
    """

    def __init__(self, message: str, *, body: Any = None, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.body = body
