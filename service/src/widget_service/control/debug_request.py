"""The resolved request as one header: ASCII JSON of a bounded length."""

import json
from collections.abc import Mapping
from typing import Any, Final

NAME: Final = "X-Debug-Request"
MAX_LENGTH: Final = 4096
MEMBERS: Final = (
    "url",
    "method",
    "headers",
    "query_parameters",
    "authentication",
    "request_body",
    "response_body",
    "response_content_type",
)


def debug_request(resolved: Mapping[str, Any]) -> str:
    """Return the header's value for a request without secrets; with ``"truncated": true`` where it was cut to fit."""
    whole = {name: resolved.get(name) for name in MEMBERS}
    text = _text(whole)
    if len(text) <= MAX_LENGTH:
        return text
    for length, count in ((1024, 50), (512, 30), (256, 20), (128, 15), (64, 10), (32, 5), (16, 3), (8, 1), (0, 0)):
        text = _text({**{name: _cut(value, length, count) for name, value in whole.items()}, "truncated": True})
        if len(text) <= MAX_LENGTH:
            break
    return text


def _cut(value: Any, length: int, count: int) -> Any:
    """Return a value with texts of ``length`` characters and lists of ``count`` members at most."""
    if isinstance(value, str):
        return value if len(value) <= length else value[:length] + "…"
    if isinstance(value, dict):
        return {name: _cut(inner, length, count) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cut(inner, length, count) for inner in value[:count]]
    return value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
