"""Executing a connector by a running service."""

from typing import Any

from widget_service.cli.refusals import refuse, wrong_usage
from widget_service.cli.remote import RemoteRefused, remote_at
from widget_service.control.trial import TrialCall


def execute_there(call: TrialCall, tenant: str, url: str, token: str | None) -> dict[str, Any]:
    """Return the report of a call; what the service refuses ends the command."""
    try:
        payload = call.body.decode("utf-8")
    except UnicodeDecodeError:
        wrong_usage("With --url, the payload must be text in UTF-8.")
    body: dict[str, Any] = {
        "permalink": call.permalink,
        "method": call.method,
        "query": _pairs(call.query),
        "path_parameters": _pairs(call.path_parameters),
        "headers": _pairs(call.headers),
        "user": None if call.user is None else {**call.user.as_dict(), "claims": dict(call.user.claims)},
    }
    if payload:
        body |= {"payload": payload, "payload_is_text": True}
    try:
        return remote_at(url, token).execute(tenant, body)
    except RemoteRefused as refused:
        refuse(str(refused))


def _pairs(pairs: Any) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs]
