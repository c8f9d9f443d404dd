"""``/connectors/test``: a definition is executed, saved or not, and all of it is told without a secret."""

import asyncio
import json
from typing import Any, Final

from pydantic import Field, model_validator

from widget_service.admin.api.models import Model, ProblemModel
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError
from widget_service.control.debug_request import NAME, debug_request
from widget_service.control.drafts import Draft, run_test_call
from widget_service.control.trial import TrialCall
from widget_service.control.trial_report import report_of
from widget_service.identity.rights import EXECUTE, Principal
from widget_service.identity.users import User
from widget_service.storage.actors import Actor

MAX_AT_ONCE: Final = 8
"""Test calls that a process runs at a time: each has a client of its own."""

_AFTER: Final = [("Retry-After", "1")]

_running = 0


class Pair(Model):
    """A name with its value; a name may come more than once."""

    key: str = Field(min_length=1, max_length=255)
    value: str = Field(max_length=8192)


class TrialUser(Model):
    """Who calls, as templates see it."""

    id: str = Field(min_length=1, max_length=255)
    email: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    profile_fields: dict[str, Any] = Field(default_factory=dict)
    claims: dict[str, Any] = Field(default_factory=dict)


class NewTrial(Model):
    """What is tested, and what a caller would send."""

    permalink: str | None = Field(None, max_length=255, description="A saved connector or composite.")
    definition: dict[str, Any] | None = Field(
        None, description="One that is not saved, as in `connectors_registry.json`; with `steps` a composite."
    )
    method: str | None = Field(
        None, pattern="^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$", description="By default the connector's own."
    )
    query: list[Pair] = Field(default_factory=list, max_length=100)
    path_parameters: list[Pair] = Field(default_factory=list, max_length=100)
    headers: list[Pair] = Field(default_factory=list, max_length=100)
    payload: Any = Field(None, description="Sent as JSON; or a text, where `payload_is_text`.")
    payload_is_text: bool = False
    user: TrialUser | None = Field(None, description="Null for an anonymous caller.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewTrial":
        if (self.permalink is None) == (self.definition is None):
            raise ValueError("either permalink or definition must be given")
        if self.payload_is_text and not isinstance(self.payload, str):
            raise ValueError("payload must be a text where payload_is_text")
        return self


class TrialResult(Model):
    """What became of a test call. No member holds a secret: the text of its template stands in its place, or a mask."""

    permalink: str
    status: int = Field(description="Of the answer that a caller gets.")
    error: dict[str, str] | None = Field(description="`code` and `detail` of an answer that is an error.")
    headers: list[list[str]] = Field(description="Those of the answer, as pairs.")
    body: str = Field(description="After the response template: what the caller gets.")
    request_id: str
    stages: list[dict[str, Any]] = Field(description="In their order: `name`, `ms`, `failed`.")
    total_ms: float
    request: dict[str, Any] = Field(description="The resolved request, and `from` where each value came.")
    curl: str | None = Field(description="A command for a shell that makes the same request.")
    destination: dict[str, Any] | None = Field(description="Its answer before the response template.")
    steps: list[dict[str, Any]] | None = Field(None, description="Of a composite.")
    problems: list[ProblemModel] = Field(description="Warnings about a definition that is not saved.")


async def test_connector(call: Call) -> Reply:
    """Execute a definition and tell all of it."""
    result = await tried(call.context, call.tenant_id, call.body, call.principal, call.actor)
    return Reply(result, headers=((NAME, debug_request(result.request)),))


async def tried(
    context: AdminContext, tenant_id: str, wanted: NewTrial, principal: Principal, actor: Actor
) -> TrialResult:
    """Execute what is wanted, if the principal may, and return all that is told of it; few at a time."""
    global _running
    if wanted.definition is not None and "write" not in principal.scopes:
        raise AdminError("ACCESS_DENIED", "To test a definition that is not saved needs the scope write too.")
    if _running >= MAX_AT_ONCE:
        raise AdminError("RATE_LIMITED", f"{MAX_AT_ONCE} test calls run already; try again.", headers=_AFTER)
    _running += 1
    try:
        return await _tried(context, tenant_id, wanted, actor)
    finally:
        _running -= 1


async def _tried(context: AdminContext, tenant_id: str, wanted: NewTrial, actor: Actor) -> TrialResult:
    what = Draft(wanted.definition) if wanted.definition is not None else wanted.permalink or ""
    trial, prepared = await run_test_call(
        context.plane, tenant_id, what, _trial_call(wanted), by=actor, host_map=context.host_map
    )
    report = await asyncio.to_thread(report_of, trial)
    problems = [ProblemModel.model_validate(problem.as_dict()) for problem in prepared.warnings]
    told = {**report, "permalink": prepared.permalink, "problems": problems}
    return TrialResult(**told, total_ms=round(trial.execution.timing.total_ms, 2))


def _trial_call(wanted: NewTrial) -> TrialCall:
    headers = [(pair.key, pair.value) for pair in wanted.headers]
    body = b""
    if wanted.payload_is_text:
        body = str(wanted.payload).encode("utf-8", "surrogatepass")
    elif wanted.payload is not None:
        body = json.dumps(wanted.payload, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))
    return TrialCall(
        permalink="",
        method=wanted.method,
        query=[(pair.key, pair.value) for pair in wanted.query],
        path_parameters=[(pair.key, pair.value) for pair in wanted.path_parameters],
        headers=headers,
        body=body,
        user=None if wanted.user is None else User.from_dict(wanted.user.model_dump()),
    )


ROUTES = (
    Route(
        method="POST",
        path="/connectors/test",
        name="test_connector",
        call=test_connector,
        access=EXECUTE,
        summary="Execute a connector or composite, saved or not, and tell all of it.",
        description="The destination is really called, through the same pipeline as for a call from outside, without "
        "the cache; nothing is kept. Secrets are told by the text of their template. The header `X-Debug-Request` "
        "repeats the resolved request as ASCII JSON of 4 KiB at most, with `truncated: true` where it was cut. A "
        "definition that is not saved needs the scope `write` too, and `secrets` where it sends a secret to where it "
        "is not sent now.",
        body=NewTrial,
        answers=TrialResult,
        errors=("RATE_LIMITED",),
        example={
            "definition": {
                "name": "Example",
                "url": "https://api.example.com/plants/{{ pathParams.id }}",
                "path_parameters": [{"key": "id"}],
            },
            "path_parameters": [{"key": "id", "value": "7"}],
            "query": [{"key": "q", "value": "fern"}],
            "user": {"id": "42", "email": "anna@example.com"},
        },
    ),
)
