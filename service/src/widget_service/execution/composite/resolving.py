"""Stage 1 of a composite: which one, and the requests that its steps make."""

import asyncio
from collections.abc import Mapping
from typing import Any

from widget_service.connectors.compiling import CompiledConnector
from widget_service.connectors.compiling_composites import CompiledComposite, CompiledStep
from widget_service.connectors.snapshot import Snapshot
from widget_service.connectors.stored import StoredDefinitions
from widget_service.errors import SCOPE_UNEXPECTED, CallerError, ServiceError
from widget_service.execution.composite.errors import in_step
from widget_service.execution.execution import Execution
from widget_service.execution.resolve import check_access

PREFIX = "composite/"
"""What stands before a composite's permalink in the path of a call."""


async def resolve_composite(execution: Execution) -> CompiledComposite:
    """Return the composite.

    Raises ``CONNECTOR_NOT_FOUND``, ``METHOD_NOT_ALLOWED``, ``INVALID_PATH_PARAMETERS`` for any path parameter,
    and ``AUTHENTICATION_REQUIRED``.
    """
    call, composites = execution.call, execution.snapshot.composites
    permalink = call.permalink.removeprefix(PREFIX)
    composite: CompiledComposite | None = await _compiled(composites, permalink)
    if composite is None:
        raise CallerError(
            "CONNECTOR_NOT_FOUND",
            f"There is no composite connector '{permalink}'; check the permalink in the registry.",
        )
    if call.method != "POST":
        raise CallerError(
            "METHOD_NOT_ALLOWED",
            f"Composite connectors are called with POST, always; not with {call.method}.",
            headers=[("Allow", "POST")],
        )
    if call.headers.get("x-path-params"):
        raise CallerError(
            "INVALID_PATH_PARAMETERS",
            "Composite connectors take no path parameters; give such values as query parameters or in the payload.",
        )
    if composite.needs_user and execution.caller.user is None:
        raise CallerError(
            "AUTHENTICATION_REQUIRED",
            f"Composite connector '{permalink}' is for users, and anonymous callers are refused; sign in.",
        )
    if not composite.steps:
        raise ServiceError(
            "INTERNAL_ERROR", f"The composite connector '{permalink}' has no steps.", scope=SCOPE_UNEXPECTED
        )
    return composite


async def requests_of(execution: Execution, composite: CompiledComposite) -> list[CompiledConnector]:
    """Return what each step requests: its own, or the stored connector that it runs.

    Raises ``CONNECTOR_MISCONFIGURED`` for a connector that is there no more, and what `check_access`
    raises for the caller.
    """
    found = []
    for step in composite.steps:
        try:
            connector = step.request or await _stored(execution.snapshot, step)
        except ServiceError as error:
            raise in_step(error, step.name, step.index) from None
        if step.request is None:
            check_access(execution.caller, connector)
        found.append(connector)
    return found


async def _stored(snapshot: Snapshot, step: CompiledStep) -> CompiledConnector:
    assert step.connector is not None
    connector: CompiledConnector | None = await _compiled(snapshot.connectors, step.connector)
    if connector is None:
        raise ServiceError(
            "CONNECTOR_MISCONFIGURED",
            f"The step runs the connector '{step.connector}', which there is not; add it, or change the step.",
        )
    return connector


async def _compiled(definitions: Mapping[str, Any], permalink: str) -> Any:
    """A stored definition is compiled at its first call, in a thread: others are served meanwhile."""
    if isinstance(definitions, StoredDefinitions) and not definitions.is_compiled(permalink):
        return await asyncio.to_thread(definitions.get, permalink)
    return definitions.get(permalink)
