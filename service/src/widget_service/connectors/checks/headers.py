"""Configured headers: what may be sent, and what only the service itself may set."""

from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.fields import is_templated
from widget_service.connectors.problems import Problem
from widget_service.egress.request_lines import OF_THE_CONNECTION
from widget_service.errors import ConfigurationError
from widget_service.header_values import rendered_header_value

_WITHHELD = OF_THE_CONNECTION | {
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
        if name in OF_THE_CONNECTION:
            yield header.problem(
                "key",
                code="ignored_header",
                message=f"is '{header.text('key')}', which the service sets itself for each connection",
                expected="no such header; this one is never sent",
                severity="warning",
            )
        elif name and name in seen:
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


def check_content_type(entry: Entry) -> Iterator[Problem]:
    """Yield why ``response_content_type``, which is no template, can be no header's value."""
    yield from _check_line(entry, "response_content_type")


def _check_value(header: Entry) -> Iterator[Problem]:
    if not is_templated(header.text("value") or ""):
        yield from _check_line(header, "value")


def _check_line(entry: Entry, name: str) -> Iterator[Problem]:
    try:
        rendered_header_value("", entry.text(name) or "")
    except ConfigurationError:
        yield entry.problem(
            name, code="control_character", message="holds a control character", expected="one line of text"
        )
