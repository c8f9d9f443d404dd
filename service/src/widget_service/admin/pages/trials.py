"""Test Connection on pages, and the guided start that ends with an executed connector."""

import asyncio
import json
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from widget_service.admin.api.resources.trials import NewTrial, TrialResult, tried
from widget_service.admin.errors import AdminError, told
from widget_service.admin.pages.charts import waterfall
from widget_service.admin.pages.connectors import unchanged
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.editing import put_definition
from widget_service.identity.rights import EXECUTE, Access
from widget_service.registry.permalinks import permalink_of

MAKE_AND_RUN = Access(frozenset({"write", "execute"}))
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


async def run(visit: Visit) -> Response:
    """Execute what the editor has, and show all that is told of it, as a part of its page."""
    try:
        result = await _tried(visit, _wanted(visit))
    except Exception as error:
        answer = told(error)
        if answer is None:
            raise
        return visit.render("trial_refused.html", status=answer.status, error=answer)
    return visit.render("trial.html", **_told(result))


def show_start(visit: Visit) -> Response:
    """Show the guided start."""
    return _start(visit, {"name": "", "url": "https://", "method": "GET"})


async def try_start(visit: Visit) -> Response:
    """Execute what the guided start describes; where that is wanted, save it and execute what is kept."""
    given = {name: visit.form.get(name, "").strip() for name in ("name", "url", "method")}
    raw = _definition(given)
    try:
        if visit.form.get("save") == "yes":
            permalink = permalink_of(raw) or "unsaved"
            await asyncio.to_thread(_save_new, visit, permalink, raw)
            result = await _tried(visit, NewTrial.model_validate({"permalink": permalink}))
            return _start(visit, given, result=result, saved=permalink)
        return _start(visit, given, result=await _tried(visit, NewTrial.model_validate({"definition": raw})))
    except Exception as error:
        answer = told(error)
        if answer is None:
            raise
        return _start(visit, given, error=answer, status=answer.status)


def _save_new(visit: Visit, permalink: str, raw: dict[str, Any]) -> None:
    put_definition(visit.context.plane, visit.tenant_id, permalink, raw, actor=visit.actor, check=unchanged(""))


def _start(
    visit: Visit,
    given: dict[str, str],
    *,
    result: TrialResult | None = None,
    saved: str = "",
    error: AdminError | None = None,
    status: int = 200,
) -> Response:
    shown = _told(result) if result is not None else {"result": None}
    settings = visit.context.settings
    origin = settings.public_url or f"http://{settings.host}:{settings.port}"
    address = f"{origin}{settings.path_prefix}/connectors/{saved}/execute"
    return visit.render(
        "first_connector.html",
        status=status,
        given=given,
        saved=saved,
        error=error,
        address=address,
        methods=_METHODS,
        **shown,
    )


def _definition(given: dict[str, str]) -> dict[str, Any]:
    method = {"method": given["method"]} if given["method"] in _METHODS[1:] else {}
    return {"name": given["name"], "url": given["url"], **method}


async def _tried(visit: Visit, wanted: NewTrial) -> TrialResult:
    return await tried(visit.context, visit.tenant_id, wanted, visit.principal, visit.actor)


def _told(result: TrialResult) -> dict[str, Any]:
    failed = {stage["name"] for stage in result.stages if stage["failed"]}
    stages = waterfall([(stage["name"], stage["ms"]) for stage in result.stages])
    return {"result": result, "stages": stages, "failed": failed}


def _wanted(visit: Visit) -> NewTrial:
    form = visit.form
    what: dict[str, Any] = {}
    if form.get("permalink"):
        what["permalink"] = form["permalink"]
    else:
        what["definition"] = _json(form.get("definition", ""), "The definition")
    given: dict[str, Any] = {
        **what,
        "query": _pairs(form.get("query", "")),
        "path_parameters": _pairs(form.get("path_parameters", "")),
        **_payload(form.get("payload", "")),
    }
    if form.get("user", "").strip():
        given["user"] = _json(form["user"], "The user")
    try:
        return NewTrial.model_validate(given)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise AdminError("INVALID", f"The test cannot be sent so: {faults}") from None


def _payload(text: str) -> dict[str, Any]:
    """JSON is sent as JSON; whatever else as the text that it is."""
    if not text.strip():
        return {}
    try:
        return {"payload": json.loads(text)}
    except (ValueError, RecursionError):
        return {"payload": text, "payload_is_text": True}


def _pairs(text: str) -> list[dict[str, str]]:
    parts = [line.partition("=") for line in text.splitlines() if line.strip()]
    return [{"key": name.strip(), "value": value.strip()} for name, _, value in parts]


def _json(text: str, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AdminError("INVALID", f"{what} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise AdminError("INVALID", f"{what} must be a JSON object.")
    return found


PAGES = (
    Page(method="POST", path="/test", show=run, access=EXECUTE),
    Page(path="/first-connector", show=show_start, access=MAKE_AND_RUN),
    Page(method="POST", path="/first-connector", show=try_start, access=MAKE_AND_RUN),
)
