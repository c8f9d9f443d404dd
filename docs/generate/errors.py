"""The errors of the wire protocol and of the REST API, of the lists that they are made by."""

import json
from pathlib import Path
from typing import Any

from docs.generate.markdown import code, fenced, listed, page, table
from widget_service.admin.errors import STATUS_BY_CODE as ADMIN_STATUS

PROTOCOL = Path(__file__).resolve().parents[2] / "protocol" / "errors.json"

ABOUT = """\
Every error of the service itself has one envelope, as JSON, and is never kept by caches:"""
ENVELOPE = """\
{
  "success": false,
  "errors": {
    "code": "MISSING_PATH_PARAMETERS",
    "detail": "Path parameters are missing: id.",
    "params": ["id"]
  },
  "request_id": "0b2f6a0e-6d36-4c1c-9f5a-1d1b7b0f6a11"
}"""
REST = """\
`detail` says what to mend, and never holds a secret; `scope`, where there is one, says which part failed. With the
request id, [what became of the call](../how-to/find-out-why-a-call-failed.md) is found. An error of the **destination**
is none of these: its status and body pass through, marked by the header `X-Connector-Upstream-Status`."""
ADMIN_ABOUT = """\
The [REST API](admin-api.md) has the same envelope, with all `problems` of what was sent, each with its `path`."""

ADMIN_MEANINGS = {
    "INVALID_REQUEST": "A query parameter, header or body cannot be read.",
    "AUTHENTICATION_REQUIRED": "There is neither an API token nor a session.",
    "INVALID_TOKEN": "The token is not known, or has expired.",
    "ACCESS_DENIED": "The token's scopes or the role do not suffice; `detail` says what is needed.",
    "CSRF_FAILED": "A change with the session's cookie lacks its CSRF token.",
    "ORIGIN_NOT_ALLOWED": "The request comes from a page of another origin.",
    "NOT_FOUND": "There is nothing of that name.",
    "METHOD_NOT_ALLOWED": "The path is there, the method is not.",
    "CONFLICT": "It contradicts what is there, such as a connector that a registry owns.",
    "PRECONDITION_FAILED": "Somebody else was faster: what is there has another tag than `If-Match`.",
    "REQUEST_TOO_LARGE": "The body is too long.",
    "UNSUPPORTED_MEDIA_TYPE": "The body is not sent as `application/json`.",
    "UNKNOWN_HOST": "The host name is not that of `ADMIN_URL`.",
    "INVALID": "What was sent is understood and wrong; `problems` has all of it.",
    "PRECONDITION_REQUIRED": "A change of what is there needs `If-Match`.",
    "RATE_LIMITED": "Too many tries to log in.",
    "INTERNAL_ERROR": "A mistake of the service's own; its log has it under the request id.",
    "UNAVAILABLE": "The database or the vault cannot be used now.",
}


def make() -> str:
    """Return the page."""
    protocol = json.loads(PROTOCOL.read_text(encoding="utf-8"))
    assert set(ADMIN_MEANINGS) == set(ADMIN_STATUS)
    return page(
        "Errors",
        ABOUT,
        fenced("json", ENVELOPE),
        REST,
        "## Of calls",
        table(("code", "status", "meaning", "scope", "class in the SDKs"), map(_row, protocol["errors"])),
        "## Of the SDKs",
        "These never come from the service:",
        table(("class", "when"), ((code(error["python"]), error["when"]) for error in protocol["clientErrors"])),
        "The destination's own answer of 401 is "
        f"{code(protocol['upstreamAnswer']['401'])}, "
        f"any other of 4xx and 5xx {code(protocol['upstreamAnswer']['otherwise'])}.",
        "## Of the REST API",
        ADMIN_ABOUT,
        table(
            ("code", "status", "meaning"),
            ((code(name), status, ADMIN_MEANINGS[name]) for name, status in ADMIN_STATUS.items()),
        ),
    )


def _row(error: dict[str, Any]) -> tuple[object, ...]:
    classes = dict.fromkeys((error["python"], error["javascript"]))
    return code(error["code"]), error["status"], error["meaning"], listed(error["scopes"]), listed(classes)
