"""Stage 4: signing in to the destination. What authentication sets replaces everything else of that name."""

from widget_service.execution.execution import Execution


async def authenticate(execution: Execution) -> None:
    """Add the connector's credential to the resolved request."""
    if execution.connector.authentication is None:
        return
    execution.credential = credential = await execution.connector.authentication.credential(execution.context)
    request = execution.request
    if credential.place == "query":
        name = credential.key.lower()  # a destination that ignores case must not read a caller's instead
        request.query = [pair for pair in request.query if pair[0].lower() != name]
        request.query.append((credential.key, credential.value))
        return
    name = credential.key.lower()
    request.headers = [pair for pair in request.headers if pair[0].lower() != name]
    request.headers.append((credential.key, credential.value))
