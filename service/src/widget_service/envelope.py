"""The error envelope, and the headers that every answer of data carries."""

import re
from random import getrandbits

import orjson

from widget_service.errors import ServiceError
from widget_service.http import EncodedPair

NO_STORE = EncodedPair("Cache-Control", "no-store")

# A body must not run as a page of this origin, whoever wrote it.
SECURITY_HEADERS: tuple[tuple[str, str], ...] = (
    EncodedPair("X-Content-Type-Options", "nosniff"),
    EncodedPair("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
)

_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+=~-]{0,127}")


def request_id_of(given: str | None) -> str:
    """Return the caller's own request id when it is a sane one, else a new UUID."""
    if given is not None and _SANE_REQUEST_ID.fullmatch(given):
        return given
    digits = f"{getrandbits(128):032x}"  # a UUID of version 4 (RFC 9562 §5.4): unique, and no secret
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[getrandbits(2)]}{digits[17:20]}-{digits[20:]}"


def error_body(error: ServiceError, request_id: str) -> bytes:
    """Return ``{"success": false, "errors": {"code", "detail", "scope"?, "params"?}, "request_id"}``."""
    errors: dict[str, object] = {"code": error.code, "detail": error.detail}
    if error.scope:
        errors["scope"] = error.scope
    if error.params is not None:
        errors["params"] = error.params
    return orjson.dumps({"success": False, "errors": errors, "request_id": request_id})


def error_headers(error: ServiceError) -> list[tuple[str, str]]:
    """Return the headers of an answer that carries the envelope."""
    return [("Content-Type", "application/json"), *error.headers, *SECURITY_HEADERS, NO_STORE]
