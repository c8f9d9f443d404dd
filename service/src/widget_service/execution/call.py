"""Stage 6: the call of the destination, through its limits and the guarded client, more than once where that may be."""

import asyncio
from collections.abc import Iterable
from random import random
from urllib.parse import quote

from widget_service.egress import UpstreamClient, UpstreamRequest
from widget_service.errors import ServiceError
from widget_service.execution.execution import Execution, QueryPair
from widget_service.execution.limits.destinations import DestinationLimits, Slot
from widget_service.execution.limits.retries import pause_after_answer, pause_after_failure
from widget_service.settings import Settings
from widget_service.time_limits import now

_LEAST_TIMEOUT_S = 0.05
_QUERY_SAFE = "-._~!$'()*,;:@/?[]"


class _AllBut:
    """A set of all names but the few that are harmless wherever a redirect leads."""

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    def __contains__(self, name: object) -> bool:
        return name not in self._names


_SENSITIVE = _AllBut("accept", "accept-language")


async def call(execution: Execution, client: UpstreamClient, settings: Settings, limits: DestinationLimits) -> None:
    """Send the resolved request and set the answer, its body not read yet.

    Raises what `UpstreamClient.send` raises (``DESTINATION_NOT_ALLOWED`` and the ``UPSTREAM_…`` errors), and what
    `DestinationLimits.enter` raises.
    """
    connector = execution.connector
    if not execution.until:
        execution.until = now() + (connector.timeout_s or settings.upstream_timeout_s)
    if execution.slot is None:
        execution.slot = await _enter(execution, limits)
    attempt = 1
    while (pause_s := await _attempt(execution, client, settings, execution.slot, attempt)) is not None:
        await asyncio.sleep(pause_s)
        attempt += 1


async def _enter(execution: Execution, limits: DestinationLimits) -> Slot:
    connector = execution.connector
    return await limits.enter(
        tenant_id=execution.snapshot.tenant_id,
        permalink=connector.permalink,
        max_concurrency=connector.max_concurrency,
        origin=origin_of(execution.request.base_url),
        until=execution.until,
    )


async def _attempt(
    execution: Execution, client: UpstreamClient, settings: Settings, slot: Slot, attempt: int
) -> float | None:
    """Send the request once. Return None where the answer counts, else the seconds before the next attempt."""
    connector, method, retry = execution.connector, execution.request.method, execution.connector.retry
    execution.attempts += 1
    try:
        answer = await client.send(_request(execution, settings, _time_left_s(execution.until - now())))
    except ServiceError as error:
        slot.failed(error, was_patient=connector.timeout_s is None)
        pause_s = pause_after_failure(retry, method, attempt, error, random)
        if pause_s is None or now() + pause_s >= execution.until:
            raise
        return pause_s
    slot.answered()
    execution.upstream = answer
    if retry is None:
        return None
    retry_after = next((value for name, value in answer.headers if name.lower() == "retry-after"), None)
    pause_s = pause_after_answer(retry, method, attempt, answer.status, retry_after, random)
    if pause_s is None or now() + pause_s >= execution.until:
        return None
    await answer.aclose()
    return pause_s


def _time_left_s(seconds: float) -> float:
    """A token request, a wait or an earlier attempt has used some of the time."""
    return max(seconds, _LEAST_TIMEOUT_S)


def _request(execution: Execution, settings: Settings, headers_timeout_s: float) -> UpstreamRequest:
    request = execution.request
    return UpstreamRequest(
        method=request.method,
        url=request.base_url + encode_query(request.query),
        headers=request.headers,
        body=request.body,
        sensitive_headers=_SENSITIVE,
        connect_timeout_s=settings.upstream_connect_timeout_s,
        headers_timeout_s=headers_timeout_s,
        idle_timeout_s=settings.upstream_idle_timeout_s,
        body_timeout_s=settings.upstream_body_timeout_s,
        upload=execution.upload,
        tls=execution.tls,
        made_for=execution,
    )


def encode_query(pairs: Iterable[QueryPair]) -> str:
    """Return ``?key=value&…`` percent-encoded (RFC 3986 §3.4), or nothing; a space becomes ``%20``."""
    text = "&".join([_encode(key) if value is None else f"{_encode(key)}={_encode(value)}" for key, value in pairs])
    return f"?{text}" if text else ""


def _encode(text: str) -> str:
    return quote(text, safe=_QUERY_SAFE, errors="surrogateescape")


def origin_of(base_url: str) -> str:
    """Return what stands before the path."""
    end = base_url.find("/", 8)
    return base_url if end < 0 else base_url[:end]
