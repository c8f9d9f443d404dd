"""What went wrong with a destination, as the error that the caller is answered with."""

from enum import IntEnum

from widget_service.egress.policy import Refused
from widget_service.errors import SCOPE_DESTINATION, ConfigurationError, ServiceError, UpstreamError


class Phase(IntEnum):
    """How far a transfer has come."""

    CONNECTING = 0
    SENT = 1
    HEADERS = 2
    BODY = 3


# Numbers are libcurl's CURLcode: several have no name in pycurl.
_TIMEOUT = 28
_TLS = frozenset({35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98})
_NEVER_REACHED = frozenset({2, 3, 5, 6, 7, 27, 45, 89, 97})
# Ended by the client (a second sending was prevented, say); nothing received; sending failed; receiving failed.
_BROKEN_CONNECTION = frozenset({42, 52, 55, 56})
_REASONS = {
    1: "did not answer in HTTP/1.1 or HTTP/2",
    6: "has a name that cannot be resolved",
    7: "does not accept connections",
    8: "answered with headers that contradict each other, or with a status line that is none",
    18: "ended its answer before it was complete",
    42: "closed a connection that was used before, and what was asked may not be asked twice",
    52: "closed the connection without an answer",
    58: "is called with a client certificate or key that cannot be used; tls must hold a pair in PEM",
    60: "has a certificate that is not valid for it (name, date or issuer)",
    61: "sent a body that is not in the coding its header names, or in one that was not asked for",
    77: "is called with certificate authorities that cannot be read; tls.ca must hold certificates in PEM",
    100: "sent headers that are too large",
}


def failure_of(code: int, phase: Phase, host: str, message: str = "") -> UpstreamError:
    """Return the error for a CURLcode, told apart by how far the transfer had come. ``message`` is for the log."""
    error = _failure_of(code, phase, host, message)
    error.never_sent = phase is Phase.CONNECTING
    return error


def _failure_of(code: int, phase: Phase, host: str, message: str) -> UpstreamError:
    log_detail = f"{host}: curl error {code} while {phase.name.lower()}: {message}"
    if code == _TIMEOUT:
        waited = "did not accept the connection in time" if phase is Phase.CONNECTING else "did not answer in time"
        return _failure("UPSTREAM_TIMEOUT", host, waited, log_detail)
    if code in _TLS and phase is Phase.CONNECTING:
        return _failure(
            "UPSTREAM_TLS_ERROR", host, _REASONS.get(code, "does not complete the TLS handshake"), log_detail
        )
    if code in _NEVER_REACHED or (code in _BROKEN_CONNECTION and phase < Phase.HEADERS) or phase is Phase.CONNECTING:
        return _failure("UPSTREAM_UNREACHABLE", host, _REASONS.get(code, "broke the connection off"), log_detail)
    if code in _BROKEN_CONNECTION:
        return _failure("UPSTREAM_INVALID_RESPONSE", host, "broke its answer off", log_detail)
    reason = _REASONS.get(code, "sent an answer that is not well-formed")
    return _failure("UPSTREAM_INVALID_RESPONSE", host, reason, log_detail)


def unreachable(host: str, reason: str, log_detail: str) -> UpstreamError:
    """Return the error for a destination that no connection was made to."""
    error = _failure("UPSTREAM_UNREACHABLE", host, reason, log_detail)
    error.never_sent = True
    return error


def too_slow(host: str, reason: str, *, never_sent: bool = False) -> UpstreamError:
    """Return the error for a time that ran out; ``reason`` says which."""
    error = _failure("UPSTREAM_TIMEOUT", host, reason)
    error.never_sent = never_sent
    return error


def too_large(host: str, reason: str) -> UpstreamError:
    """Return the error for a body beyond a limit; ``reason`` says which."""
    return _failure("UPSTREAM_RESPONSE_TOO_LARGE", host, f"gave an answer that {reason}")


def malformed(host: str, reason: str) -> UpstreamError:
    """Return the error for an answer that cannot be understood."""
    return _failure("UPSTREAM_INVALID_RESPONSE", host, reason)


def not_followed(host: str, status: int, reason: str) -> UpstreamError:
    """Return the error for a redirect that is not followed."""
    return _failure("UPSTREAM_REDIRECT", host, f"answered with the redirect {status}, {reason}")


def not_allowed(refused: Refused) -> ServiceError:
    """Return the error for a destination that the policy refuses. Which rule it was, only the log learns."""
    error = ConfigurationError(
        "DESTINATION_NOT_ALLOWED",
        "The connector leads to a destination that this service does not call. An https URL to a public host is "
        "called; the service's log says which rule refuses this one.",
        scope=SCOPE_DESTINATION,
        log_detail=str(refused),
    )
    error.rule = refused.rule.name.lower()
    return error


def _failure(code: str, host: str, reason: str, log_detail: str = "") -> UpstreamError:
    error = UpstreamError(code, f"The destination {host} {reason}.", log_detail=log_detail)
    error.reason = f"{host} {reason}"
    return error
