"""What a caller is told of a step that failed: which one, and nothing that another step has brought."""

from widget_service.errors import SCOPE_RESPONSE_TEMPLATE, SCOPE_TEMPLATE, ServiceError, UpstreamError

SCOPE_HTTP = "Downstream (HTTP error)"


class HeldTooMuch(UpstreamError):
    """The answers of all steps together are larger than is held. It ends the execution, whatever a step says."""


def in_step(error: ServiceError, name: str, index: int) -> ServiceError:
    """Return the error as that of a step, ``index`` from 0: the same code, and a scope that names the step."""
    scope = SCOPE_TEMPLATE if error.scope == SCOPE_RESPONSE_TEMPLATE else error.scope
    place = f"Composite step '{name}' (index {index})"
    placed = ServiceError(
        error.code,
        error.detail,
        scope=f"{place}: {scope}" if scope else place,
        params=error.params,
        headers=error.headers,
        log_detail=error.log_detail,
    )
    placed.timed_out = error.timed_out
    return placed


def answered_error(status: int) -> ServiceError:
    """Return the error of a step whose destination answered with an error."""
    return UpstreamError("STEP_FAILED", f"The destination of the step answered {status}.", scope=SCOPE_HTTP)


def held_too_much(limit: int) -> HeldTooMuch:
    """Return the error of the step whose answer does not fit with those before it."""
    return HeldTooMuch(
        "UPSTREAM_RESPONSE_TOO_LARGE",
        f"The answers of the steps up to this one are longer than {limit} bytes together, which is what is held.",
    )
