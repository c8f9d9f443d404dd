"""Names across a registry: each permalink once, and every connector that a step runs is there."""

from collections.abc import Collection, Iterable, Iterator

from widget_service.connectors.checks import Entry
from widget_service.connectors.permalink import is_permalink, permalink_from_name
from widget_service.connectors.problems import Finding, Problem, json_path, nearest_name


def permalink_of(raw: object) -> str | None:
    """Return the permalink of a definition as it stands in the file, or as it would be made of its name."""
    if not isinstance(raw, dict):
        return None
    permalink, name = raw.get("permalink"), raw.get("name")
    if isinstance(permalink, str):
        return permalink
    return permalink_from_name(name) if permalink is None and isinstance(name, str) else None


def check_duplicates(entries: Iterable[Entry], manual: Collection[str]) -> Iterator[Problem]:
    """Yield each permalink that an entry before, or a connector made by hand (``manual``), has already."""
    first: dict[str, Entry] = {}
    for entry in entries:
        permalink = entry.subject
        if not permalink:
            continue
        if permalink in first:
            yield entry.found(_duplicate(permalink, first[permalink]), *_where(entry))
        elif permalink in manual:
            yield entry.found(_manual(permalink), *_where(entry))
        first.setdefault(permalink, entry)


def check_step_connectors(
    composites: Iterable[Entry], connectors: Collection[str], composite_permalinks: Collection[str]
) -> Iterator[Problem]:
    """Yield each step that runs a connector which neither the registry nor, as far as known, the tenant has."""
    for composite in composites:
        for step in composite.parts("steps"):
            name = step.text("connector")
            is_there = name in connectors or name in (step.rules.connectors or ())
            if name and is_permalink(name) and not is_there:
                yield step.found(_no_connector(step, name, connectors, composite_permalinks), "connector")


def _where(entry: Entry) -> tuple[str, ...]:
    return ("permalink",) if entry.has("permalink") else ("name",)


def _duplicate(permalink: str, other: Entry) -> Finding:
    return Finding(
        code="duplicate_permalink",
        message=f"gives the permalink '{permalink}', which {json_path(other.location)} has already",
        expected="a permalink of its own for each connector and composite",
    )


def _manual(permalink: str) -> Finding:
    return Finding(
        code="duplicate_permalink",
        message=f"gives the permalink '{permalink}', which a connector made by hand has already",
        expected="another permalink here, or no connector made by hand: delete or rename that one first",
    )


def _no_connector(step: Entry, name: str, connectors: Collection[str], composites: Collection[str]) -> Finding:
    if name in composites:
        message, expected = f"is '{name}', a composite", "a connector; a composite cannot run another"
        return Finding(code="unknown_connector", message=message, expected=expected)
    known = {*connectors, *(step.rules.connectors or ())}
    near = nearest_name(name, known)
    expected = f"'{near}'?" if near else "the permalink of a connector in this file or of a stored one"
    if step.rules.connectors is None:
        message = f"is '{name}', which is no connector of this file"
        return Finding(code="unknown_connector", message=message, expected=expected, severity="warning")
    return Finding(code="unknown_connector", message=f"is '{name}', which is no connector", expected=expected)
