"""Answers of the reverse proxy: passed on as they come, or made of what is kept: whole, in part, or "not modified"."""

import time
from collections.abc import Mapping, Sequence

from widget_service.caching.answers import Answer
from widget_service.caching.dates import format_date
from widget_service.caching.entry import Entry
from widget_service.caching.headers import NOT_STORED, Pair, value_of, without
from widget_service.caching.ranges import part_of
from widget_service.caching.validation import NOT_MODIFIED, is_unmodified
from widget_service.http import Send

_WITHOUT_CONTENT = frozenset({204, 304})
_OF_CONTENT = frozenset({"content-length", "content-type", "content-encoding", "content-language", "content-range"})


async def deliver(send: Send, method: str, answer: Answer) -> None:
    """Pass an answer on, at the pace of its reader."""
    headers = without(answer.headers, NOT_STORED)
    try:
        await _start(send, answer.status, headers)
        if method != "HEAD" and answer.status not in _WITHOUT_CONTENT:
            async for part in answer.aiter_bytes():
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await answer.aclose()


async def deliver_stored(send: Send, method: str, entry: Entry, request: Mapping[str, str]) -> None:
    """Answer a GET or HEAD from what is kept, its conditions and its range (lowercase names) taken into account."""
    headers = [*entry.headers, ("Age", str(int(entry.age_s(time.time()))))]
    if value_of(headers, "date") is None:
        headers.append(("Date", format_date(int(entry.terms.born_at))))
    if entry.status == 200 and is_unmodified(entry, request):
        await _whole(send, NOT_MODIFIED, without(headers, _OF_CONTENT), None)
        return
    try:
        part = part_of(entry, request) if method == "GET" else None
    except ValueError:
        await _whole(send, 416, [("Content-Range", f"bytes */{len(entry.body)}")], b"")
        return
    headers = without(headers, ["content-length"])
    if part is not None:
        headers.append(("Content-Range", f"bytes {part.first}-{part.last}/{len(entry.body)}"))
        await _whole(send, 206, headers, entry.body[part.first : part.last + 1])
    elif entry.status in _WITHOUT_CONTENT:
        await _whole(send, entry.status, headers, None)
    elif method == "HEAD":
        await _whole(send, entry.status, [*headers, ("Content-Length", str(len(entry.body)))], None)
    else:
        await _whole(send, entry.status, headers, entry.body)


async def deliver_text(send: Send, status: int, text: str) -> None:
    """Answer with a sentence of the proxy's own."""
    await _whole(
        send, status, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")], text.encode()
    )


async def _whole(send: Send, status: int, headers: Sequence[Pair], body: bytes | None) -> None:
    length = [] if body is None else [("Content-Length", str(len(body)))]
    await _start(send, status, [*headers, *length])
    await send({"type": "http.response.body", "body": body or b""})


async def _start(send: Send, status: int, headers: Sequence[Pair]) -> None:
    raw = [(name.lower().encode("ascii"), _bytes(value)) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})


def _bytes(value: str) -> bytes:
    """Return what came from the origin as the bytes that it sent, as far as they can be told."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape")
