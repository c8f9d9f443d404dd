"""Configured headers: what may be sent, and what only the service itself may set."""

from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.fields import is_templated
from widget_service.connectors.problems import Problem
from widget_service.errors import ConfigurationError
from widget_service.header_values import rendered_header_value

CONNECTION_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Set by the HTTP client for each connection (RFC 9110 §7.2, §7.6.1, §8.6; RFC 9112 §6)."""

_WITHHELD = CONNECTION_HEADERS | {
    "age",
    "alt-svc",
    "cache-control",
    "clear-site-data",
    "content-encoding",
    "content-security-policy",
    "content-security-policy-report-only",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "nel",
    "origin-agent-cluster",
    "permissions-policy",
    "pragma",
    "referrer-policy",
    "report-to",
    "reporting-endpoints",
    "server-timing",
    "service-worker-allowed",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "timing-allow-origin",
    "vary",
    "www-authenticate",
    "x-connector-timing",
    "x-connector-upstream-status",
    "x-content-type-options",
    "x-debug-request",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-request-id",
    "x-xss-protection",
}
_WITHHELD_PREFIX = "access-control-"


def is_always_withheld(name: str) -> bool:
    """Whether a header of a destination's answer may never reach the caller, whatever the connector says."""
    return name.lower() in _WITHHELD or name.lower().startswith(_WITHHELD_PREFIX)


def check_headers(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with the ``headers`` of a connector or step, beside their types and limits."""
    seen: set[str] = set()
    for header in entry.parts("headers"):
        name = (header.text("key") or "").lower()
        if name in CONNECTION_HEADERS:
            yield header.problem(
                "key",
                code="forbidden_header",
                message=f"is '{header.text('key')}', which the service sets for each connection",
                expected="no such header; remove it",
            )
        if name and name in seen:
            yield header.problem(
                "key",
                code="duplicate_header",
                message=f"names '{header.text('key')}' a second time; both are sent",
                expected="one header; several values are joined by commas",
                severity="warning",
            )
        seen.add(name)
        yield from _check_value(header)


def check_response_headers(entry: Entry) -> Iterator[Problem]:
    """Yield the names in ``response_headers`` that are never passed back."""
    names = entry.raw.get("response_headers")
    for index, name in enumerate(names if isinstance(names, list) else ()):
        if isinstance(name, str) and is_always_withheld(name):
            yield entry.problem(
                "response_headers",
                index,
                code="forbidden_header",
                message=f"is '{name}', which is never passed back",
                expected="names of headers that carry data of the answer",
            )


def _check_value(header: Entry) -> Iterator[Problem]:
    value = header.text("value")
    if value is None or is_templated(value):
        return
    try:
        rendered_header_value("", value)
    except ConfigurationError:
        yield header.problem(
            "value", code="control_character", message="holds a control character", expected="one line of text"
        )
