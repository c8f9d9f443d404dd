"""The errors that a caller can be answered with.

    ServiceError                      any of them: a code, its status, a sentence that helps
    ├── CallerError                   the call is not what it must be (4xx)
    ├── ConfigurationError            the definition cannot be executed as it stands (422)
    │   └── AuthenticationFailed      signing in to the destination failed (422, 502)
    ├── UpstreamError                 the destination could not be reached or understood (502)
    └── Unavailable                   the service will not take the call now (429, 503)

The list of codes is closed: ``protocol/errors.json``. Programming mistakes stay outside this tree
and become ``INTERNAL_ERROR``, without a word of theirs reaching the caller.
"""

from collections.abc import Sequence
from typing import ClassVar

SCOPE_TEMPLATE = "Configuration (template rendering)"
SCOPE_RESPONSE_TEMPLATE = "Configuration (response template rendering)"
SCOPE_DESTINATION = "Configuration (destination)"
SCOPE_JWT = "Authentication (JWT signing)"
SCOPE_OAUTH = "Authentication (OAuth token)"
SCOPE_DOWNSTREAM = "Downstream (network/external service)"
SCOPE_UNEXPECTED = "Unexpected error"

STATUS_BY_CODE: dict[str, int] = {
    "CONNECTOR_NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 400,
    "MISSING_PATH_PARAMETERS": 400,
    "INVALID_PATH_PARAMETERS": 400,
    "CONNECTOR_MISCONFIGURED": 400,
    "INVALID_REQUEST_HEADER": 400,
    "INVALID_REQUEST_BODY": 400,
    "REQUEST_TOO_LARGE": 413,
    "AUTHENTICATION_REQUIRED": 401,
    "INVALID_TOKEN": 401,
    "ACCESS_DENIED": 403,
    "CSRF_FAILED": 403,
    "ORIGIN_NOT_ALLOWED": 403,
    "UNKNOWN_HOST": 421,
    "TEMPLATE_ERROR": 422,
    "JWT_SIGNING_ERROR": 422,
    "DESTINATION_NOT_ALLOWED": 422,
    "OAUTH_TOKEN_ERROR": 502,
    "UPSTREAM_UNREACHABLE": 502,
    "UPSTREAM_TLS_ERROR": 502,
    "UPSTREAM_TIMEOUT": 502,
    "UPSTREAM_INVALID_RESPONSE": 502,
    "UPSTREAM_RESPONSE_TOO_LARGE": 502,
    "UPSTREAM_REDIRECT": 502,
    "STEP_FAILED": 502,
    "RATE_LIMITED": 429,
    "OVERLOADED": 503,
    "CIRCUIT_OPEN": 503,
    "INTERNAL_ERROR": 500,
}


class ServiceError(Exception):
    """A call that ends in the error envelope.

    ``detail`` reaches the caller: it tells an operator what to mend and never holds a secret or a
    rendered header. ``log_detail`` is for the log alone. ``headers`` are added to the answer.
    ``timed_out`` says that somebody was waited for in vain.
    """

    default_scope: ClassVar[str | None] = None

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        scope: str | None = None,
        params: Sequence[str] | None = None,
        headers: Sequence[tuple[str, str]] = (),
        log_detail: str = "",
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.status = STATUS_BY_CODE[code]
        self.detail = detail
        self.scope = scope if scope is not None else self.default_scope
        self.params = list(params) if params is not None else None
        self.headers = tuple(headers)
        self.log_detail = log_detail
        self.timed_out = code == "UPSTREAM_TIMEOUT"


class CallerError(ServiceError):
    """The caller's request is not what it must be."""


class ConfigurationError(ServiceError):
    """The connector's definition cannot be executed as it stands."""

    default_scope = SCOPE_TEMPLATE
    rule = ""
    """The rule by which a destination was refused, in one word; for who counts."""


class AuthenticationFailed(ConfigurationError):
    """Signing in to the destination failed: a key that cannot sign, a token that was not given."""

    default_scope = SCOPE_JWT


class UpstreamError(ServiceError):
    """The destination could not be reached, or its answer could not be understood."""

    default_scope = SCOPE_DOWNSTREAM
    never_sent = False
    """Whether the request cannot have reached the destination, because no connection was made for it."""
    reason = ""
    """The host and what it did, for a sentence that begins with what the host is."""


def unforeseen() -> ServiceError:
    """Return the error that stands for a mistake of ours; what it was, only the log says."""
    return ServiceError(
        "INTERNAL_ERROR", "Something unforeseen happened; the log has it under this request id.", scope=SCOPE_UNEXPECTED
    )


class Unavailable(ServiceError):
    """The service will not take this call now; ``Retry-After`` says when."""
