"""Stage 8: the answer to the caller: status, headers and body of the destination, or the error envelope."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass

from widget_service.envelope import NO_STORE, SECURITY_HEADERS, error_body, error_headers
from widget_service.errors import ServiceError
from widget_service.execution.execution import Execution, Pair
from widget_service.execution.headers import is_passed_back
from widget_service.execution.transform import STATUSES_WITHOUT_CONTENT, can_carry_content, content_type

_CHARSET = re.compile(r"""(;\s*charset\s*=\s*)("[^"]*"|[^;\s]+)""", re.I)

UPSTREAM_STATUS_HEADER = "X-Connector-Upstream-Status"

VARY: Pair = ("Vary", "X-Path-Params, Authorization, Cookie, Origin, Accept, Accept-Language")


@dataclass(slots=True)
class Answer:
    """What is sent to the caller; a ``stream`` is sent as it comes when there is no ``body``.

    ``release`` gives back what a stream holds; whoever sends the answer awaits it at the end.
    """

    status: int
    headers: list[Pair]
    body: bytes | None = None
    stream: AsyncGenerator[bytes] | None = None
    release: Callable[[], Awaitable[None]] | None = None


def answer_of(execution: Execution, transformed: bytes | None) -> Answer:
    """Return the destination's answer as the caller gets it."""
    upstream, connector = execution.upstream, execution.connector
    headers = _passed_back(upstream.headers, connector.response_headers, transformed=transformed is not None)
    media_type = connector.response_content_type or _media_type(upstream.headers, transformed=transformed is not None)
    has_content = can_carry_content(execution.call.method, upstream.status)
    if media_type and (has_content or execution.call.method == "HEAD"):
        headers.append(("Content-Type", media_type))
    if upstream.status >= 300:
        headers.append((UPSTREAM_STATUS_HEADER, str(upstream.status)))
    headers += [*SECURITY_HEADERS, NO_STORE, VARY]
    if transformed is not None:
        return Answer(upstream.status, headers, body=transformed)
    if has_content and upstream.has_ended:
        return Answer(upstream.status, headers, body=upstream.read_now())
    length = upstream.content_length if connector.response_body is None else None
    if length is not None and upstream.status not in STATUSES_WITHOUT_CONTENT:
        headers.append(("Content-Length", length))
    if not has_content:
        return Answer(upstream.status, headers)
    return Answer(upstream.status, headers, stream=upstream.aiter_bytes(), release=execution.release)


def error_answer(error: ServiceError, request_id: str) -> Answer:
    """Return the error envelope."""
    return Answer(error.status, [*error_headers(error), VARY], body=error_body(error, request_id))


def _media_type(headers: list[Pair], *, transformed: bool) -> str:
    """What a template rendered is UTF-8, whatever the destination's own text was in."""
    media_type = content_type(headers)
    return _CHARSET.sub(r"\1utf-8", media_type) if transformed else media_type


def _passed_back(headers: Iterable[Pair], more: frozenset[str], *, transformed: bool) -> list[Pair]:
    return [
        (name, value)
        for name, value in headers
        if is_passed_back(lowercase := name.lower(), transformed=transformed) or lowercase in more
    ]
