"""Bodies as they are kept: JSON as JSON, so that a difference can be read, other text as text, the rest in Base64."""

import base64
import binascii
import json
from typing import Any

from widget_service.execution.hiding import scrubbed
from widget_service.templating.masking import MASK, Scrubber

_TOKEN_MEMBERS = frozenset({"access_token", "refresh_token", "id_token", "client_secret"})
_BYTES_MASK = b"******"


class UnreadableBody(ValueError):
    """What is kept is no body; the text says what is wrong."""


def parsed_json(body: bytes) -> Any:
    """Return the JSON value of a body; raise ``ValueError`` where it is none, or has a number that JSON has not."""
    return json.loads(body.decode("utf-8"), parse_constant=_refuse)


def kept_body(body: bytes, hidden: Scrubber) -> dict[str, Any]:
    """Return ``{"json": …}``, ``{"text": …}`` or ``{"base64": …}`` without what is hidden; ``{}`` for no body."""
    if not body:
        return {}
    try:
        return {"json": _without_numbers(scrubbed(parsed_json(body), hidden), hidden)}
    except (ValueError, RecursionError):
        pass
    try:
        return {"text": hidden.scrub(body.decode("utf-8"))}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(hidden.scrub_bytes(body, _BYTES_MASK)).decode()}


def served_body(kept: Any) -> bytes:
    """Return the bytes of what `kept_body` made; raise `UnreadableBody`."""
    if not isinstance(kept, dict):
        raise UnreadableBody("the response is no object")
    if "json" in kept:
        return json_bytes(kept["json"])
    text, coded = kept.get("text", ""), kept.get("base64", "")
    if not isinstance(text, str) or not isinstance(coded, str):
        raise UnreadableBody("'text' and 'base64' must be texts")
    try:
        return text.encode() + base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableBody("'base64' is not Base64") from None


def json_bytes(value: Any) -> bytes:
    """Return a value as a body of ASCII alone, which is right whatever charset its header names."""
    return json.dumps(value, separators=(",", ":")).encode()


def tokens_in(body: bytes) -> list[str]:
    """Return the credentials that a body hands out, known by the names of their members (RFC 6749 §5.1)."""
    try:
        return list(_tokens(parsed_json(body)))
    except (ValueError, RecursionError):
        return []


def _tokens(value: Any) -> list[str]:
    if isinstance(value, list):
        return [token for item in value for token in _tokens(item)]
    if not isinstance(value, dict):
        return []
    own = [item for name, item in value.items() if name in _TOKEN_MEMBERS and isinstance(item, str)]
    return own + [token for item in value.values() for token in _tokens(item)]


def _without_numbers(value: Any, hidden: Scrubber) -> Any:
    """A secret of digits may come back as a number."""
    if isinstance(value, dict):
        return {name: _without_numbers(item, hidden) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_numbers(item, hidden) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and hidden.scrub(str(value)) != str(value):
        return MASK
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
