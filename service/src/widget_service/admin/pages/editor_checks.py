"""What the editor is told while somebody writes: every problem, and of a composite which step runs when."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from widget_service.admin.pages.page import Page, Visit
from widget_service.connectors.compiling_composites import compile_composite
from widget_service.connectors.definition import CompositeDefinition
from widget_service.connectors.problems import Problem
from widget_service.connectors.schema import registry_schema
from widget_service.control.editing import DefinitionRefused, check_definition
from widget_service.execution.composite.drawing import turns_of
from widget_service.identity.rights import READ
from widget_service.registry.permalinks import permalink_of
from widget_service.registry.sync import Kind
from widget_service.storage import definitions
from widget_service.storage.changes import Read


def check(visit: Visit) -> Response:
    """Answer with every problem of a definition that is not saved, as JSON.

    ``{"problems": [...], "turns": [{"name", "turn", "told"}] or null}``; there are turns of composites without errors.
    """
    raw, fault = read_definition(visit.form.get("definition", ""))
    if raw is None:
        return JSONResponse({"problems": [syntax_problem(fault).as_dict()], "turns": None})
    kind = kind_of(raw)
    permalink = visit.query.get("permalink") or permalink_of(dict(raw)) or "unsaved"
    with visit.context.plane.database.read() as read:
        try:
            report = check_definition(visit.context.plane, read, visit.tenant_id, permalink, raw, kind)
        except DefinitionRefused as refused:
            return JSONResponse({"problems": [problem.as_dict() for problem in refused.problems], "turns": None})
        turns = _turns(read, visit.tenant_id, report.composites[0]) if kind is Kind.COMPOSITE else None
    return JSONResponse({"problems": [problem.as_dict() for problem in report.problems], "turns": turns})


def show_schema(_: Visit) -> Response:
    """Answer with the schema of definitions, for completion."""
    return JSONResponse(registry_schema())


def read_definition(text: str) -> tuple[dict[str, Any] | None, str]:
    """Return the definition, or None and what is wrong with the text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        return None, str(error)
    return (found, "") if isinstance(found, dict) else (None, "a definition is an object")


def syntax_problem(fault: str) -> Problem:
    """Return the problem of a text that is no definition."""
    return Problem(path="$", code="json", message=f"is no JSON: {fault}", expected="one JSON object")


def kind_of(raw: Mapping[str, Any]) -> Kind:
    """Return what a definition is of that is not kept yet."""
    return Kind.COMPOSITE if "steps" in raw else Kind.CONNECTOR


def _turns(read: Read, tenant_id: str, composite: CompositeDefinition) -> list[dict[str, Any]]:
    found = turns_of(compile_composite(composite).steps, lambda permalink: _method(read, tenant_id, permalink))
    return [{"name": each.name, "turn": each.rank, "told": each.told} for each in found]


def _method(read: Read, tenant_id: str, permalink: str) -> str | None:
    row = definitions.find(read, tenant_id, permalink)
    return None if row is None else str(json.loads(row.definition).get("method") or "GET").upper()


PAGES = (
    Page(method="POST", path="/check", show=check, access=READ),
    Page(path="/schema", show=show_schema),
)
