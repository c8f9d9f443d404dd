"""Stage 1: who calls, and which connector."""

from widget_service.errors import CallerError
from widget_service.execution.execution import Execution
from widget_service.identity.callers import CallerSource


def resolve(execution: Execution, callers: CallerSource) -> None:
    """Set the caller and the connector.

    Raises ``CONNECTOR_NOT_FOUND``, ``METHOD_NOT_ALLOWED``, ``AUTHENTICATION_REQUIRED`` and what
    `CallerSource.identify` raises.
    """
    call = execution.call
    execution.caller = callers.identify(call.headers, scheme=call.scheme)
    connector = execution.snapshot.connectors.get(call.permalink)
    if connector is None and call.permalink.startswith("composite/"):
        raise CallerError("CONNECTOR_MISCONFIGURED", "Composite connectors are not executed by this version.")
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
    if connector.needs_user and execution.caller.user is None:
        raise CallerError(
            "AUTHENTICATION_REQUIRED",
            f"Connector '{connector.permalink}' is for users, and anonymous callers are refused; sign in.",
        )
    if connector.claims and not (execution.caller.user and execution.caller.user.has_claims(connector.claims)):
        raise CallerError("ACCESS_DENIED", f"This user may not call the connector '{connector.permalink}'.")
    execution.connector = connector
