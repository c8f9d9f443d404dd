"""From a call and the client's settings to a request that any transport can send."""

from .._errors import ConnectorBoundaryError
from .base_url import origin_of
from .calls import Call
from .encoding import form_encoded
from .json_text import dump_json
from .settings import Settings
from .wire import Request, Subject


def build_request(settings: Settings, call: Call) -> Request:
    """``{METHOD} {base URL}/connectors/{permalink}/execute?{query}``, or the same under ``connectors/composite``.

    Raises ConnectorBoundaryError if the payload cannot be written as JSON.
    """
    headers = settings.wire_headers()
    headers.update(call.headers)
    if call.path_params:
        headers["x-path-params"] = ("X-Path-Params", form_encoded(call.path_params))
    kind = "connectors/composite" if call.composite else "connectors"
    query = f"?{form_encoded(call.query_params)}" if call.query_params else ""
    return Request(
        subject=subject_of(settings, call.permalink, call.method),
        method=call.method,
        url=f"{settings.base_url}/{kind}/{call.permalink}/execute{query}",
        headers=list(headers.values()),
        body=None if call.sent_payload is None else json_body(call.sent_payload, call.permalink),
        timeout_ms=call.timeout_ms or settings.timeout_ms,
        has_token=bool(settings.token),
    )


def subject_of(settings: Settings, permalink: str, method: str) -> Subject:
    """What reading the answer to a call of this permalink needs."""
    secrets = tuple(token for token in (settings.token, settings.csrf_token) if token)
    return Subject(permalink, settings.base_url, secrets, method)


def credentials_mode(url: str, page_origin: str | None, *, has_token: bool) -> str:
    """``credentials`` of a ``fetch``: cookies go to the page's own origin; elsewhere, only if there is no token."""
    if origin_of(url) == page_origin:
        return "same-origin"
    return "omit" if has_token else "include"


def json_body(payload: object, permalink: str | None = None) -> bytes:
    """The body of a request. Raises ConnectorBoundaryError for what JSON cannot write."""
    try:
        return dump_json(payload)
    except ValueError as error:
        reason = f"the payload cannot be written as JSON: {error}"
        raise ConnectorBoundaryError(reason, permalink=permalink) from None
