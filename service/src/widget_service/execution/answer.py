"""Stage 8: the answer to the caller: status, headers and body of the destination, or the error envelope."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass

from widget_service.caching.headers import members
from widget_service.envelope import NO_STORE, SECURITY_HEADERS, error_body, error_headers
from widget_service.errors import ServiceError
from widget_service.execution.execution import Execution, Pair
from widget_service.execution.headers import is_passed_back, is_passed_on
from widget_service.execution.transform import STATUSES_WITHOUT_CONTENT, can_carry_content, content_type
from widget_service.http import EncodedPair

_CHARSET = re.compile(r"""(;\s*charset\s*=\s*)("[^"]*"|[^;\s]+)""", re.I)

UPSTREAM_STATUS_HEADER = "X-Connector-Upstream-Status"

VARY: Pair = EncodedPair("Vary", "X-Path-Params, Authorization, Cookie, Origin, Accept, Accept-Language")


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


def answer_of(execution: Execution, transformed: bytes | None, begun: AsyncGenerator[bytes] | None = None) -> Answer:
    """Return the destination's answer as the caller gets it: transformed, as it was held, or as it comes.

    ``begun`` is its body where some of that has been read already.
    """
    upstream, connector = execution.upstream, execution.connector
    headers = _passed_back(upstream.headers, connector.response_headers, transformed=transformed is not None)
    media_type = connector.response_content_type or _media_type(upstream.headers, transformed=transformed is not None)
    has_content = can_carry_content(execution.call.method, upstream.status)
    if media_type and (has_content or execution.call.method == "HEAD"):
        headers.append(("Content-Type", media_type))
    if upstream.status >= 300:
        headers.append((UPSTREAM_STATUS_HEADER, str(upstream.status)))
    headers += SECURITY_HEADERS
    headers += (NO_STORE, VARY) if execution.rest_s < 1 else _fresh_for(execution)
    held = execution.upstream_body if transformed is None else transformed
    if held is not None:
        return Answer(upstream.status, headers, body=held)
    if has_content and begun is None and upstream.has_ended:
        return Answer(upstream.status, headers, body=upstream.read_now())
    length = upstream.content_length if connector.response_body is None else None
    if length is not None and upstream.status not in STATUSES_WITHOUT_CONTENT:
        headers.append(("Content-Length", length))
    if not has_content:
        return Answer(upstream.status, headers)
    return Answer(upstream.status, headers, stream=begun or upstream.aiter_bytes(), release=execution.release)


def error_answer(error: ServiceError, request_id: str) -> Answer:
    """Return the error envelope."""
    return Answer(error.status, [*error_headers(error), VARY], body=error_body(error, request_id))


def _fresh_for(execution: Execution) -> list[Pair]:
    """Return what the caller's own cache is told: how long the answer is still fresh, counted from now, for it alone.

    It may be used again for a call that holds the same in all that a caller can vary.
    """
    names = dict.fromkeys(name.strip().lower() for name in VARY[1].split(","))
    names |= dict.fromkeys(name for name in execution.call.headers if name.startswith("x-") and is_passed_on(name))
    names |= dict.fromkeys(header.key.lower() for header in execution.connector.headers if header.overridable)
    names |= dict.fromkeys(members(execution.upstream.headers, "vary"))
    return [
        ("Cache-Control", f"private, max-age={int(execution.rest_s)}"),
        ("Age", "0"),
        ("Vary", ", ".join(name.title() for name in names)),
    ]


def add_rate_headers(answer: Answer, headers: Iterable[Pair]) -> None:
    """Say how the service's own rates stand, unless the answer says so itself, or the destination tells of its own."""
    told = {name.lower() for name, _ in answer.headers} if headers else set()
    answer.headers += [(name, value) for name, value in headers if name.lower() not in told]


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
