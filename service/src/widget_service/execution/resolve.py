"""Stage 1b: which connector, and whether the caller may use it."""

from widget_service.connectors.compiling import CompiledConnector
from widget_service.errors import CallerError
from widget_service.execution.execution import Execution
from widget_service.identity.callers import Caller


def resolve(execution: Execution) -> None:
    """Set the connector; raise ``CONNECTOR_NOT_FOUND``, ``METHOD_NOT_ALLOWED``, and what `check_access` raises."""
    call = execution.call
    connector = execution.snapshot.connectors.get(call.permalink)
    if connector is None:
        raise CallerError(
            "CONNECTOR_NOT_FOUND", f"There is no connector '{call.permalink}'; check the permalink in the registry."
        )
    if call.method != connector.method:
        raise CallerError(
            "METHOD_NOT_ALLOWED",
            f"Connector '{connector.permalink}' is called with {connector.method}, not {call.method}.",
            headers=[("Allow", connector.method)],
        )
    check_access(execution.caller, connector)
    execution.connector = connector


def check_access(caller: Caller, connector: CompiledConnector) -> None:
    """Refuse a caller who may not use the connector: ``AUTHENTICATION_REQUIRED``, ``ACCESS_DENIED``."""
    if connector.needs_user and caller.user is None:
        raise CallerError(
            "AUTHENTICATION_REQUIRED",
            f"Connector '{connector.permalink}' is for users, and anonymous callers are refused; sign in.",
        )
    if connector.claims and not (caller.user and caller.user.has_claims(connector.claims)):
        raise CallerError("ACCESS_DENIED", f"This user may not call the connector '{connector.permalink}'.")
