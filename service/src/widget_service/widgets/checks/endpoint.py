"""Requests to hosts elsewhere: what they may not carry, and what of it is never sent."""

from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.problems import Problem

_FORBIDDEN_HEADERS = frozenset({"authorization", "cookie", "set-cookie"})
_FORBIDDEN_PREFIXES = ("proxy-", "x-forwarded-")


def check_options_endpoint(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with a request for options, which everybody who edits a page can read."""
    headers = entry.part("headers")
    for name in headers.raw if headers else ():
        if name.lower() in _FORBIDDEN_HEADERS or name.lower().startswith(_FORBIDDEN_PREFIXES):
            yield entry.problem(
                "headers",
                name,
                code="forbidden_header",
                message="may not be sent: everybody who edits a page could read it",
                expected="no such header; a connector can hold a credential",
            )
    yield from check_endpoint(entry)


def check_endpoint(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with the body of a request."""
    if entry.has("body") and entry.raw.get("method") != "POST":
        message = "is sent with POST only"
        yield entry.problem("body", code="no_effect", message=message, expected='"method": "POST"', severity="warning")
