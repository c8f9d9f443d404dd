"""Permalinks of a registry that somebody else in the tenant has already: it is refused, and told what to do."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from widget_service.connectors.problems import Problem, json_path
from widget_service.registry.load import Document
from widget_service.registry.permalinks import permalink_of
from widget_service.registry.sync import LISTS
from widget_service.storage.definitions import StoredDefinition


def permalinks_in(registry: Mapping[str, Any]) -> frozenset[str]:
    """Return the permalinks that a registry gives, whatever else is wrong with it."""
    return frozenset(permalink for _, permalink in _entries(registry))


def collisions(document: Document, others: Iterable[StoredDefinition]) -> list[Problem]:
    """Return an error for each entry whose permalink one of the ``others`` has."""
    owners = {row.permalink: row for row in others}
    found = [_taken(where, owners[permalink]) for where, permalink in _entries(document.value) if permalink in owners]
    return document.located(found)


def _entries(registry: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield where each permalink comes from (the member, or the name that it is made of), and the permalink."""
    for name in LISTS:
        items = registry.get(name)
        for index, raw in enumerate(items if isinstance(items, list) else ()):
            permalink = permalink_of(raw)
            if permalink:
                yield (name, index, "permalink" if raw.get("permalink") is not None else "name"), permalink


def _taken(where: tuple[str | int, ...], owner: StoredDefinition) -> Problem:
    if owner.registry_id is None:
        whose = f"a {owner.kind} made by hand"
        remedy = "another permalink here, or delete the other: widget-service connectors rm " + owner.permalink
    else:
        whose = f"the {owner.kind} of the registry '{owner.registry_id}'"
        remedy = "another permalink in one of the two registries, and a sync of that one first"
    return Problem(
        path=json_path(where),
        code="duplicate_permalink",
        message=f"gives the permalink '{owner.permalink}', which {whose} has already",
        expected=remedy,
        subject=owner.permalink,
    )
