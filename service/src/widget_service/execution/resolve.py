"""Stage 1: who calls, and which connector."""

from widget_service.connectors.compiling import CompiledConnector
from widget_service.errors import CallerError
from widget_service.execution.execution import Execution
from widget_service.identity.callers import Caller, CallerSource


def resolve(execution: Execution, callers: CallerSource) -> None:
    """Set the caller and the connector.

    Raises ``CONNECTOR_NOT_FOUND``, ``METHOD_NOT_ALLOWED``, and what `CallerSource.identify` and `admit` raise.
    """
    call = execution.call
    execution.caller = call.caller or callers.identify(call.headers, scheme=call.scheme)
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
    admit(execution.caller, connector)
    execution.connector = connector


def admit(caller: Caller, connector: CompiledConnector) -> None:
    """Refuse a caller who may not use the connector: ``AUTHENTICATION_REQUIRED``, ``ACCESS_DENIED``."""
    if connector.needs_user and caller.user is None:
        raise CallerError(
            "AUTHENTICATION_REQUIRED",
            f"Connector '{connector.permalink}' is for users, and anonymous callers are refused; sign in.",
        )
    if connector.claims and not (caller.user and caller.user.has_claims(connector.claims)):
        raise CallerError("ACCESS_DENIED", f"This user may not call the connector '{connector.permalink}'.")
