"""The header lines of a request, as libcurl takes them: what is given goes out as it is, and nothing beside it."""

import re
from collections.abc import Iterable

from widget_service.header_values import is_header_name

Pair = tuple[str, str]

OF_THE_CONNECTION = frozenset(
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
"""Never taken from a request: the client frames the message and names the host (RFC 9110 §7.2, RFC 9112 §6)."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def request_lines(headers: Iterable[Pair], *, has_body: bool) -> list[bytes]:
    """Return one line a header; raise ``ValueError`` for one that would be read as something else."""
    lines = [b"Expect:"]  # libcurl leaves out what has no value: it would wait for "100 Continue" with large bodies
    has_type = False
    for name, value in headers:
        lowercase = name.lower()
        if lowercase in OF_THE_CONNECTION:
            continue
        has_type = has_type or lowercase == "content-type"
        lines.append(_line(name, value))
    if has_body and not has_type:
        lines.append(b"Content-Type:")  # libcurl would call the body a form
    return lines


def _line(name: str, value: str) -> bytes:
    if not is_header_name(name):
        raise ValueError("a header has a name that is no token (RFC 9110 §5.6.2)")
    if not value.isprintable() and _CONTROL.search(value):
        raise ValueError(f"the header {name} holds a control character")
    value = value.strip(" \t")
    # With a semicolon, libcurl sends the header without a value; with nothing at all, it would not send it.
    text = f"{name}: {value}" if value else f"{name};"
    return text.encode("utf-8", "surrogateescape")
