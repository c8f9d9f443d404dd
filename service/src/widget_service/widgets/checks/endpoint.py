"""Requests to hosts elsewhere: what they may not carry, and what of it is never sent."""

from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.problems import Problem
from widget_service.header_values import is_header_name

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
    """Yield what is wrong with the body and the headers of a request."""
    yield from _check_headers(entry)
    if entry.has("body") and entry.raw.get("method") != "POST":
        message = "is sent with POST only"
        yield entry.problem("body", code="no_effect", message=message, expected='"method": "POST"', severity="warning")


def _check_headers(entry: Entry) -> Iterator[Problem]:
    headers = entry.part("headers")
    for name, value in headers.raw.items() if headers else ():
        if not is_header_name(name):
            message, expected = "is no name of a header", "letters, digits and hyphens (RFC 9110 §5.1)"
            yield entry.problem("headers", name, code="pattern", message=message, expected=expected)
        if isinstance(value, str) and any(one != "\t" and (one < " " or one == "\x7f") for one in value):
            message, expected = "holds a control character", "one line of text"
            yield entry.problem("headers", name, code="pattern", message=message, expected=expected)
