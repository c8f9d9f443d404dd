"""What a header's name and value may hold, whoever wrote them (RFC 9110 §5.1, §5.5)."""

import re
from functools import lru_cache

from widget_service.errors import CallerError, ConfigurationError

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@lru_cache(maxsize=1024)
def is_header_name(name: str) -> bool:
    """Whether ``name`` is a token (RFC 9110 §5.6.2)."""
    return _TOKEN.fullmatch(name) is not None


def rendered_header_value(name: str, value: str) -> str:
    """Return a configured header's rendered value, trimmed; refuse control characters inside it."""
    value = value.strip()
    if not value.isprintable() and _CONTROL.search(value):
        raise ConfigurationError(
            "TEMPLATE_ERROR",
            f"Header '{name}': the rendered value holds a control character (a line break, for example); "
            "a header value must be one line of text.",
        )
    return value


def caller_header_value(name: str, value: str) -> str:
    """Return a caller's header value, trimmed; refuse control characters inside it."""
    value = value.strip()
    if not value.isprintable() and _CONTROL.search(value):
        raise CallerError("INVALID_REQUEST_HEADER", f"Header '{name}' holds a control character.", params=[name])
    return value
