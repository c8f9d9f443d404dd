"""``/executions``: what became of calls."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import cursor_key, page_of_rows
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.errors import AdminError
from widget_service.control.executions import (
    get_execution,
    list_executions,
)
from widget_service.executions.record import Record, time_of
from widget_service.identity.rights import READ
from widget_service.storage.executions import Wanted

_ANONYMOUS = "anonymous"
_MAX_ID = 2**63 - 1
_ID_DIGITS = 19


class Times(Model):
    """Where the time of a call went, in milliseconds."""

    total_ms: float
    internal_ms: float = Field(description="All but the wait for the destination.")
    setup_ms: float
    auth_ms: float
    cache_ms: float
    external_ms: float
    transform_ms: float


class Execution(Model):
    """A call that is kept."""

    id: str
    at: Moment
    permalink: str
    kind: Literal["connector", "composite"]
    method: str
    status: int
    code: str | None = Field(description="The error's code, where the answer is the service's own.")
    caller: str | None = Field(description="The user's id, null for an anonymous caller.")
    request_id: str
    host: str | None = Field(description="The destination, where it was called.")
    times: Times
    cache: str = Field(description="As `Server-Timing` tells it.")
    request_bytes: int | None
    response_bytes: int | None = Field(description="Null where it was not known when the answer began.")
    attempts: int = Field(description="How often the destination was asked.")


class ExecutionWithDetails(Execution):
    """A call with its details."""

    steps: list[dict[str, Any]] | None = Field(description="Of a composite, as `X-Connector-Timing` tells them.")
    capture: dict[str, Any] | None = Field(
        description="The resolved request and the bodies, where these were to be kept; needs the scope `execute`."
    )


class ExecutionsQuery(PageQuery):
    """Which calls are asked for."""

    permalink: str | None = Field(None, max_length=255, description="Those of one connector.")
    status: str | None = Field(
        None, pattern=r"^[1-5]([0-9][0-9]|xx)$", description="A status, or a class of them: 404, 5xx."
    )
    code: str | None = Field(None, max_length=64, description="Those that ended in this error.")
    caller: str | None = Field(None, max_length=255, description="A user's id; `anonymous` for calls of nobody.")
    request_id: str | None = Field(None, max_length=255, description="As in `X-Request-ID`.")
    since: Moment | None = Field(None, description="Not those before this moment.")
    until: Moment | None = Field(None, description="Those before this moment.")


def list_all(call: Call) -> Reply:
    """Answer with a page of calls."""
    query: ExecutionsQuery = call.query
    before = cursor_key(query, int)
    found = list_executions(call.context.plane, call.tenant_id, _wanted(query), before=before, limit=query.limit + 1)
    return Reply(page_of_rows(found, query, key=lambda each: each.id, shown=_shown))


def show(call: Call) -> Reply:
    """Answer with one call."""
    found = get_execution(call.context.plane, call.tenant_id, _identifier(call.path["id"]))
    details = found.details or {}
    kept = details.get("capture") if "execute" in call.principal.scopes else None
    return Reply(ExecutionWithDetails(**_shown(found).model_dump(), steps=details.get("steps"), capture=kept))


def _identifier(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS and int(text) <= _MAX_ID):
        raise AdminError("NOT_FOUND", "There is no such call: its id is a number.")
    return int(text)


def _wanted(query: ExecutionsQuery) -> Wanted:
    return Wanted(
        permalink=query.permalink,
        status=None if query.status is None else _statuses(query.status),
        code=query.code,
        caller="" if query.caller == _ANONYMOUS else query.caller or None,
        request_id=query.request_id,
        since=_seconds(query.since),
        until=_seconds(query.until),
    )


def _seconds(moment: datetime | None) -> float | None:
    """A moment without a time zone is one of UTC; those that no id can hold are as good as the nearest."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds(), 0.0), 8_000_000_000.0)


def _statuses(text: str) -> tuple[int, int]:
    return (int(text), int(text)) if text.isdigit() else (int(text[0]) * 100, int(text[0]) * 100 + 99)


def _shown(record: Record) -> Execution:
    return Execution(
        id=str(record.id),
        at=datetime.fromtimestamp(time_of(record.id), UTC),
        permalink=record.permalink,
        kind="composite" if record.kind == "composite" else "connector",
        method=record.method,
        status=record.status,
        code=record.code,
        caller=record.caller,
        request_id=record.request_id,
        host=record.host,
        times=Times(
            total_ms=record.total_ms,
            internal_ms=round(max(record.total_ms - record.external_ms, 0.0), 2),
            setup_ms=record.setup_ms,
            auth_ms=record.auth_ms,
            cache_ms=record.cache_ms,
            external_ms=record.external_ms,
            transform_ms=record.transform_ms,
        ),
        cache=record.cache,
        request_bytes=record.request_bytes,
        response_bytes=record.response_bytes,
        attempts=record.attempts,
    )


ROUTES = (
    Route(
        method="GET",
        path="/executions",
        name="list_executions",
        call=list_all,
        access=READ,
        summary="List calls, the youngest first.",
        description="Each process keeps so many a second, and as many again that ended in errors; `/statistics` counts "
        "all. They are written about a second after the answer.",
        query=ExecutionsQuery,
        answers=Page[Execution],
    ),
    Route(
        method="GET",
        path="/executions/{id}",
        name="show_execution",
        call=show,
        access=READ,
        summary="Show a call.",
        answers=ExecutionWithDetails,
    ),
)
