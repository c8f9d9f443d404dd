"""What a token endpoint answered, read strictly (RFC 6749 §5). No I/O."""

import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from widget_service.authentication.grant import TokenGrant
from widget_service.authentication.tokens.showing import holds_secret
from widget_service.authentication.tokens.token import Token

MAX_ANSWER_BYTES = 256 * 1024
MAX_TOKEN_CHARACTERS = 32 * 1024
MAX_TTL_S = 30 * 24 * 3600.0
"""A token that lasts for longer is asked for again all the same."""

_MAX_SHOWN = 200
_TOO_MANY_REQUESTS = 429
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER = re.compile(r"\s*(-?[0-9]{1,18}(?:\.[0-9]{0,18})?)\s*")
_ERROR_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_TOKENS = ("access_token", "refresh_token", "id_token")
_OTHER_TYPES = frozenset({"mac", "dpop", "pop"})


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; header names are lowercase."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """A token that was given; ``refresh_token`` is there when the server has replaced the one that was sent."""

    token: Token
    refresh_token: str | None = field(default=None, repr=False)


class TokenRefused(Exception):
    """No token was given. The message may be shown.

    ``retry_after_s`` is the server's wish, where it has one. ``is_of_endpoint`` says that the endpoint itself fails,
    and not what it was asked; ``is_silent`` that it said nothing: no connection, or no answer in time; ``timed_out``
    that it was the latter.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        is_of_endpoint: bool = False,
        is_silent: bool = False,
        timed_out: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.is_of_endpoint = is_of_endpoint
        self.is_silent = is_silent
        self.timed_out = timed_out


def read_answer(answer: Answer, grant: TokenGrant, *, host: str, now: float, hidden: Sequence[str] = ()) -> Granted:
    """Return what was granted at ``now``; raise `TokenRefused`. ``hidden`` was sent, and is not to be shown."""
    values = _values(answer)
    if not 200 <= answer.status < 300 or (values and values.get("error")):
        given = [value for name in _TOKENS if isinstance(value := (values or {}).get(name), str)]
        told = _told(values or {}, (*grant.hidden, *hidden, *given))
        raise TokenRefused(
            f"The token endpoint {host} answered {answer.status}{told}.",
            retry_after_s=_retry_after_s(answer.headers.get("retry-after"), now),
            is_of_endpoint=answer.status >= 500 or answer.status == _TOO_MANY_REQUESTS,
        )
    if values is None:
        raise TokenRefused(f"The token endpoint {host} answered with something that is no JSON object.")
    token = _token_value(values, host)
    lifetime_s = _lifetime_s(values.get("expires_in"), grant.default_ttl_s)
    return Granted(Token(token, now, now + lifetime_s), _refresh_token(values.get("refresh_token"), grant))


def _values(answer: Answer) -> dict[str, Any] | None:
    """Return the answer's values, whatever it says its type is; None where there are none."""
    if answer.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(answer.body.decode("utf-8", "replace")))
    try:
        values = orjson.loads(answer.body.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError:
        return None
    return values if isinstance(values, dict) else None


def _token_value(values: dict[str, Any], host: str) -> str:
    value, kind = values.get("access_token"), values.get("token_type")
    if not isinstance(value, str) or not value.strip():
        raise TokenRefused(f"The token endpoint {host} answered without an access_token.")
    value = value.strip()
    if _CONTROL.search(value) or not _is_utf8(value) or len(value) > MAX_TOKEN_CHARACTERS:
        raise TokenRefused(f"The token endpoint {host} answered with an access_token that no header can carry.")
    if isinstance(kind, str) and kind.lower() in _OTHER_TYPES:
        raise TokenRefused(f"The token endpoint {host} gives tokens of type {kind}; the service sends bearer tokens.")
    return value


def _lifetime_s(value: Any, default_s: float) -> float:
    """Return the seconds that a token lives: digits as text count, what is no number is as if it were missing."""
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        value = float(match[1]) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        value = default_s
    return min(max(float(value), 0.0), MAX_TTL_S)


def _refresh_token(value: Any, grant: TokenGrant) -> str | None:
    if not isinstance(value, str) or not value.strip() or not _is_utf8(value) or value == grant.text("refresh_token"):
        return None
    return value


def _told(values: dict[str, Any], hidden: Sequence[str]) -> str:
    """Return the endpoint's own words where they are safe to show: short, printable, and no secret in them."""
    error, description = values.get("error"), values.get("error_description")
    if not isinstance(error, str) or not _ERROR_CODE.fullmatch(error) or not _is_safe(error, hidden):
        return ""
    shown = f" ({description.strip()})" if isinstance(description, str) and _is_safe(description, hidden) else ""
    return f": {error}{shown}"


def _is_safe(text: str, hidden: Sequence[str]) -> bool:
    text = text.strip()
    return 0 < len(text) <= _MAX_SHOWN and text.isprintable() and not holds_secret(text, hidden)


def _retry_after_s(value: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After, written as a number or a date (RFC 9110 §10.2.3)."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
