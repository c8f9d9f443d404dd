"""What a sync would change: the registry's definitions against those that are stored. Decides; changes nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from widget_service.registry.permalinks import permalink_of


class Kind(StrEnum):
    """What a stored definition is."""

    CONNECTOR = "connector"
    COMPOSITE = "composite"


LISTS: Final = {"connectors": Kind.CONNECTOR, "composite_connectors": Kind.COMPOSITE}
"""The members of a registry and what they hold."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as it stands in a file or in the database: JSON, with its permalink."""

    permalink: str
    kind: Kind
    raw: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The same for definitions that say the same, in whatever order."""
        return sha256(self.canonical_json.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def canonical_json(self) -> str:
        """The definition as JSON, its members sorted."""
        return json.dumps({"kind": self.kind, **self.raw}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a definition: ``path`` such as ``headers[0].value``, and its JSON value before and after.

    `ABSENT` stands for a field that is not there.
    """

    path: str
    before: Any
    after: Any


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Final[Any] = _Absent()


@dataclass(frozen=True, slots=True)
class Update:
    """A definition that changes."""

    before: Definition
    after: Definition

    @property
    def changes(self) -> list[FieldChange]:
        """The fields that change, in the order of the new definition."""
        changes = list(_differences(self.before.raw, self.after.raw, ""))
        if self.before.kind is not self.after.kind:
            changes.insert(0, FieldChange("(kind)", self.before.kind.value, self.after.kind.value))
        return changes


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync changes. Definitions are in the order of the file, deleted ones by their permalink."""

    created: Sequence[Definition] = ()
    updated: Sequence[Update] = ()
    deleted: Sequence[Definition] = ()
    unchanged: int = field(default=0)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.created or self.updated or self.deleted)

    def as_dict(self) -> dict[str, Any]:
        """``{"created": [permalink], "updated": [{"permalink", "changes": [{"path", "before"?, "after"?}]}], …}``."""
        return {
            "created": [definition.permalink for definition in self.created],
            "updated": [
                {"permalink": update.after.permalink, "changes": [_change_as_dict(change) for change in update.changes]}
                for update in self.updated
            ],
            "deleted": [definition.permalink for definition in self.deleted],
            "unchanged": self.unchanged,
        }


def definitions_of(registry: Mapping[str, Any]) -> list[Definition]:
    """Return the definitions of a registry that was found to have no errors, in the order of the file."""
    found = []
    for name, kind in LISTS.items():
        for raw in registry.get(name) or ():
            permalink = permalink_of(raw)
            assert permalink is not None, "a registry without errors has a permalink everywhere"
            found.append(Definition(permalink, kind, {**raw, "permalink": permalink}))
    return found


def plan_sync(stored: Sequence[Definition], wanted: Sequence[Definition]) -> Plan:
    """Return what makes ``stored``, the definitions of one source, into ``wanted``. The permalink is the identity."""
    before = {definition.permalink: definition for definition in stored}
    after = {definition.permalink: definition for definition in wanted}
    common = [permalink for permalink in after if permalink in before]
    updated = [
        Update(before[permalink], after[permalink])
        for permalink in common
        if before[permalink].canonical_json != after[permalink].canonical_json
    ]
    return Plan(
        created=[definition for definition in wanted if definition.permalink not in before],
        updated=updated,
        deleted=[before[permalink] for permalink in sorted(before.keys() - after.keys())],
        unchanged=len(common) - len(updated),
    )


def _differences(before: Any, after: Any, path: str) -> Iterator[FieldChange]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*after, *(name for name in before if name not in after)]:
            inner = f"{path}.{name}" if path else name
            yield from _differences(before.get(name, ABSENT), after.get(name, ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from _differences(_item(before, index), _item(after, index), f"{path}[{index}]")
    elif before is ABSENT or after is ABSENT or _text(before) != _text(after):
        yield FieldChange(path, before, after)


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else ABSENT


def _text(value: Any) -> str:
    """``1`` and ``true`` are equal in Python and different in JSON."""
    return json.dumps(value, sort_keys=True)


def _change_as_dict(change: FieldChange) -> dict[str, Any]:
    sides = (("before", change.before), ("after", change.after))
    return {"path": change.path, **{name: value for name, value in sides if value is not ABSENT}}
