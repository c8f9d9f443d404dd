"""Definitions made by hand: checked as a registry's are, and changed one at a time."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from widget_service.connectors.literal_credentials import masks_in, without_literals
from widget_service.connectors.problems import Problem
from widget_service.control.definitions import Listed, as_new, listed
from widget_service.control.plane import ControlPlane
from widget_service.control.secret_use import Wanted, check_secret_use
from widget_service.registry.sync import LISTS, Kind, definitions_of
from widget_service.registry.validate import Report, validate_connectors
from widget_service.storage import definitions, tenants, values
from widget_service.storage.actors import Who
from widget_service.storage.changes import Read
from widget_service.storage.definitions import StoredDefinition
from widget_service.storage.errors import Conflict

Check = Callable[[StoredDefinition | None], None]
"""Is called inside the transaction with what is there; what it raises takes the change back."""


class DefinitionRefused(Exception):
    """A definition with errors; ``problems`` has all of them, with paths in the definition itself."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("The definition has errors; nothing was changed.")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Edited:
    """What was stored, what it was before, and the warnings."""

    definition: Listed
    before: Listed | None
    warnings: list[Problem]


def any_state(_: StoredDefinition | None) -> None:
    """The check of who does not mind what is there."""


def put_definition(
    plane: ControlPlane,
    tenant_id: str,
    permalink: str,
    raw: Mapping[str, Any],
    *,
    kind: Kind = Kind.CONNECTOR,
    actor: Who,
    check: Check = any_state,
) -> Edited:
    """Add or replace a definition made by hand; raise `DefinitionRefused`, and `Conflict` for one of a registry."""
    with plane.database.read() as read:
        report = check_definition(plane, read, tenant_id, permalink, raw, kind)
    with plane.database.change(actor=actor, action=f"{kind}.set", tenant_id=tenant_id) as change:
        before = _editable(change, tenant_id, permalink, kind)
        check(before)
        definition = definitions_of({_list_of(kind): [{**raw, "permalink": permalink}]})[0]
        check_secret_use(change, tenant_id, change.by, Wanted(put=(definition,)))
        stored = definitions.put(change, tenant_id, as_new(definition))
        change.summary = {"permalink": permalink}
        change.note(before=_told(before), after=without_literals(definition.raw))
    return Edited(listed(stored), None if before is None else listed(before), report.problems)


def delete_definition(
    plane: ControlPlane,
    tenant_id: str,
    permalink: str,
    *,
    kind: Kind = Kind.CONNECTOR,
    actor: Who,
    check: Check = any_state,
) -> None:
    """Delete a definition made by hand; raise `NotFound`, and `Conflict` for one of a registry."""
    with plane.database.change(actor=actor, action=f"{kind}.rm", tenant_id=tenant_id) as change:
        before = _editable(change, tenant_id, permalink, kind)
        if before is not None:
            check(before)
        definitions.delete_all(change, tenant_id, [permalink])
        change.summary = {"permalink": permalink}
        change.note(before=_told(before))


def check_definition(
    plane: ControlPlane, read: Read, tenant_id: str, permalink: str, raw: Mapping[str, Any], kind: Kind
) -> Report:
    """Return the report about a definition alone among those of the tenant; raise `DefinitionRefused` for errors."""
    tenants.get(read, tenant_id)
    settings = plane.settings
    report = validate_connectors(
        {_list_of(kind): [{**raw, "permalink": raw.get("permalink", permalink)}]},
        allow_insecure=settings.allow_insecure_upstreams,
        allowed_private_networks=settings.allowed_private_networks,
        max_timeout_ms=int(settings.upstream_timeout_s * 1000),
        secrets=[secret.name for secret in values.secrets_of(read, tenant_id)],
        variables=[variable.name for variable in values.variables_of(read, tenant_id)],
        connectors=[
            row.permalink
            for row in definitions.of_tenant(read, tenant_id)
            if row.kind == "connector" and row.permalink != permalink
        ],
    )
    prefix = f"$.{_list_of(kind)}[0]"
    problems = [replace(problem, path="$" + problem.path.removeprefix(prefix)) for problem in report.problems]
    problems += masks_in(raw)
    if raw.get("permalink", permalink) != permalink:
        problems.append(
            Problem(
                path="$.permalink",
                code="permalink",
                message=f"differs from the permalink '{permalink}' under which it is to be kept",
                expected=f"'{permalink}', or nothing; to rename a connector, make another and delete this one",
            )
        )
    if any(problem.is_error for problem in problems):
        raise DefinitionRefused(problems)
    return Report(problems, report.connectors, report.composites)


def _editable(read: Read, tenant_id: str, permalink: str, kind: Kind) -> StoredDefinition | None:
    tenants.get(read, tenant_id)
    found = definitions.find(read, tenant_id, permalink)
    if found is None:
        return None
    if found.registry_id is not None:
        raise Conflict(
            f"'{permalink}' comes from the registry '{found.registry_id}' and is read-only here: change it there, and "
            "sync. To try a change, duplicate it under another permalink."
        )
    if found.kind != kind:
        raise Conflict(f"There is a {found.kind} with the permalink '{permalink}' already; choose another.")
    return found


def _list_of(kind: Kind) -> str:
    return next(name for name, held in LISTS.items() if held is kind)


def _told(row: StoredDefinition | None) -> Any:
    return None if row is None else without_literals(json.loads(row.definition))
