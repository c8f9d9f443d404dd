"""The editor of a definition: making and saving one, and what to do when two save at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.responses import Response

from widget_service.admin.api.preconditions import etag
from widget_service.admin.errors import AdminError
from widget_service.admin.pages.connectors import unchanged
from widget_service.admin.pages.editor_checks import kind_of, read_definition, syntax_problem
from widget_service.admin.pages.history import find_definition
from widget_service.admin.pages.page import Page, Visit
from widget_service.admin.pages.palette import palette
from widget_service.connectors.problems import Problem
from widget_service.control.captures import captures_of
from widget_service.control.definitions import Listed, get_definition, list_definitions, list_permalinks
from widget_service.control.editing import DefinitionRefused, put_definition
from widget_service.control.history import definition_history
from widget_service.identity.rights import WRITE
from widget_service.registry.permalinks import permalink_of
from widget_service.registry.sync import Definition, FieldChange, Kind, Update
from widget_service.storage.errors import NotFound

NEW: Final[Mapping[Kind, Mapping[str, Any]]] = {
    Kind.CONNECTOR: {"name": "", "url": "https://", "method": "GET"},
    Kind.COMPOSITE: {"name": "", "steps": [{"name": "first", "url": "https://"}]},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What the editor shows: ``text`` is the definition, ``saved`` what is stored, ``theirs`` what others did.

    ``begun_with`` is the tag of what the text was made from, where that is not what is stored now.
    """

    text: str
    kind: Kind
    permalink: str = ""
    saved: Listed | None = None
    problems: tuple[Problem, ...] = ()
    refusal: str = ""
    theirs: Listed | None = None
    is_dirty: bool = False
    begun_with: str | None = None


def show_new(visit: Visit) -> Response:
    """Show the editor for a new definition, or for a copy of one."""
    copied = visit.query.get("copy", "")
    if not copied:
        kind = Kind.COMPOSITE if visit.query.get("kind") == Kind.COMPOSITE else Kind.CONNECTOR
        return _shown(visit, Edited(text=_text(NEW[kind]), kind=kind))
    original = get_definition(visit.context.plane, visit.tenant_id, copied)
    taken = set(list_permalinks(visit.context.plane, visit.tenant_id))
    permalink = next(name for number in range(len(taken) + 1) if (name := _copy_name(copied, number)) not in taken)
    raw = {
        **original.seen_by(visit.actor),
        "name": f"{original.raw.get('name', copied)} (copy)",
        "permalink": permalink,
    }
    return _shown(visit, Edited(text=_text(raw), kind=Kind(original.kind), is_dirty=True))


def show(visit: Visit) -> Response:
    """Show the editor for what is stored."""
    found = get_definition(visit.context.plane, visit.tenant_id, visit.part("permalink"))
    return _shown(
        visit,
        Edited(text=_text(found.seen_by(visit.actor)), kind=Kind(found.kind), permalink=found.permalink, saved=found),
    )


def make(visit: Visit) -> Response:
    """Save a new definition."""
    return _save(visit, "")


def save(visit: Visit) -> Response:
    """Save what was edited, if it is still what it was."""
    return _save(visit, visit.part("permalink"))


def _save(visit: Visit, permalink: str) -> Response:
    text = visit.form.get("definition", "")
    raw, fault = read_definition(text)
    saved = find_definition(visit, permalink) if permalink else None
    kind = Kind(saved.kind) if saved else kind_of(raw or {})
    tag = visit.form.get("etag", "")
    edited = Edited(text=text, kind=kind, permalink=permalink, saved=saved, is_dirty=True, begun_with=tag)
    if raw is None:
        return _shown(visit, replace(edited, problems=(syntax_problem(fault),)), 422)
    wanted = permalink or permalink_of(dict(raw)) or "unsaved"
    try:
        put_definition(
            visit.context.plane,
            visit.tenant_id,
            wanted,
            raw,
            kind=kind,
            actor=visit.actor,
            check=unchanged(tag),
        )
    except DefinitionRefused as refused:
        return _shown(visit, replace(edited, problems=tuple(refused.problems)), 422)
    except AdminError as error:
        theirs = find_definition(visit, wanted)
        if error.code != "PRECONDITION_FAILED":
            raise
        seen = etag(theirs.digest) if theirs else ""
        return _conflict(visit, replace(edited, refusal="conflict", theirs=theirs, begun_with=seen))
    return visit.redirect(visit.link(f"/connectors/{wanted}", done="Saved. Calls use it from now on."))


def _conflict(visit: Visit, edited: Edited) -> Response:
    """Both are shown: what was sent stays in the editor, and going on replaces what is there now."""
    if not edited.permalink and edited.theirs is not None:
        taken = Problem(
            path="$.permalink",
            code="taken",
            message=f"'{edited.theirs.permalink}' is there already",
            expected="another permalink or name",
        )
        return _shown(visit, Edited(text=edited.text, kind=edited.kind, problems=(taken,), is_dirty=True), 409)
    return _shown(visit, edited, 412)


def _shown(visit: Visit, edited: Edited, status: int = 200) -> Response:
    saved, is_synced = edited.saved, edited.saved is not None and edited.saved.registry_id is not None
    tag = edited.begun_with if edited.begun_with is not None else etag(saved.digest) if saved else ""
    captures = captures_of(visit.context.plane, visit.tenant_id, visit.context.plane.database.now())
    return visit.render(
        "editor.html",
        status=status,
        edited=edited,
        tag=tag,
        is_synced=is_synced,
        may_edit=WRITE.allows(visit.principal) and not is_synced,
        palette=palette(visit, is_composite=edited.kind is Kind.COMPOSITE),
        connectors=_connectors(visit) if edited.kind is Kind.COMPOSITE else (),
        problems=[problem.as_dict() for problem in edited.problems],
        changes=_differences(edited),
        there_now=edited.theirs.seen_by(visit.actor) if edited.theirs else {},
        captured_until=captures.get(edited.permalink),
        writer=_writer(visit, edited),
    )


def _connectors(visit: Visit) -> list[str]:
    """What a step can run."""
    found = list_definitions(visit.context.plane, visit.tenant_id)
    return [each.permalink for each in found if each.kind == Kind.CONNECTOR]


def _differences(edited: Edited) -> list[FieldChange]:
    """How what was sent differs from what is there now, where somebody else saved in between."""
    raw, _ = read_definition(edited.text)
    if not edited.refusal or raw is None:
        return []
    there = edited.theirs
    before = Definition(edited.permalink, edited.kind, there.raw if there else {})
    after = Definition(edited.permalink, edited.kind, {**raw, "permalink": edited.permalink})
    return Update(before, after).changes


def _writer(visit: Visit, edited: Edited) -> Any:
    if not edited.refusal:
        return None
    try:
        return definition_history(visit.context.plane, visit.tenant_id, edited.permalink)[0].of
    except NotFound:
        return None


def _text(raw: Mapping[str, Any]) -> str:
    return json.dumps(raw, indent=2, ensure_ascii=False)


def _copy_name(permalink: str, number: int) -> str:
    return f"{permalink[:240]}-copy" + (f"-{number + 1}" if number else "")


PAGES = (
    Page(path="/new-connector", show=show_new, access=WRITE),
    Page(method="POST", path="/new-connector", show=make, access=WRITE),
    Page(path="/connectors/{permalink}", show=show),
    Page(method="POST", path="/connectors/{permalink}", show=save, access=WRITE),
)
