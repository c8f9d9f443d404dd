"""Stage 1a: who calls, and which tenant the call concerns."""

from structlog.contextvars import bind_contextvars

from widget_service.execution.execution import Execution
from widget_service.identity.callers import CallerSource


async def identify(execution: Execution, callers: CallerSource) -> None:
    """Set the caller and the tenant's snapshot; raise what `CallerSource.identify` raises.

    Whatever is logged on the way of this call says the tenant from now on.
    """
    call = execution.call
    identified = call.identified or await callers.identify(call.headers, scheme=call.scheme, peer=call.peer)
    bind_contextvars(tenant=identified.snapshot.tenant_id)
    execution.identified = identified
    execution.caller, execution.snapshot = identified.caller, identified.snapshot
