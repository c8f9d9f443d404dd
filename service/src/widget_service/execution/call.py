"""Stage 6: the call of the destination, through the guarded client."""

import asyncio
from collections.abc import Iterable
from urllib.parse import quote

from widget_service.egress import UpstreamClient, UpstreamRequest
from widget_service.execution.execution import Execution, QueryPair
from widget_service.settings import Settings

_LEAST_TIMEOUT_S = 0.1
_QUERY_SAFE = "-._~!$'()*,;:@/?[]"


async def call(execution: Execution, client: UpstreamClient, settings: Settings) -> None:
    """Send the resolved request and set the answer, its body not read yet.

    Raises what `UpstreamClient.send` raises: ``DESTINATION_NOT_ALLOWED`` and the ``UPSTREAM_…`` errors.
    """
    request = execution.request
    execution.upstream = await client.send(
        UpstreamRequest(
            method=request.method,
            url=request.base_url + encode_query(request.query),
            headers=request.headers,
            body=request.body,
            sensitive_headers=frozenset(name.lower() for name, _ in request.headers) - _HARMLESS,
            connect_timeout_s=settings.upstream_connect_timeout_s,
            headers_timeout_s=_headers_timeout_s(execution, settings),
        )
    )


def _headers_timeout_s(execution: Execution, settings: Settings) -> float:
    """Return what is left of the time: a token request, or a first try that was refused, has used some of it."""
    if execution.grant is None:
        return settings.upstream_timeout_s
    return max(round(execution.until - asyncio.get_running_loop().time(), 1), _LEAST_TIMEOUT_S)


_HARMLESS = frozenset({"accept", "accept-language"})


def encode_query(pairs: Iterable[QueryPair]) -> str:
    """Return ``?key=value&…`` percent-encoded (RFC 3986 §3.4), or nothing; a space becomes ``%20``."""
    text = "&".join([_encode(key) if value is None else f"{_encode(key)}={_encode(value)}" for key, value in pairs])
    return f"?{text}" if text else ""


def _encode(text: str) -> str:
    return quote(text, safe=_QUERY_SAFE, errors="surrogateescape")
