"""What a sync would change: the registry's definitions against those that are stored. Decides; changes nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from widget_service.connectors.literal_credentials import without_literals
from widget_service.registry.permalinks import permalink_of
from widget_service.templating.masking import MASK


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

    `ABSENT` stands for a field that is not there. A credential that stands in a definition as plain text is shown by
    the mask; ``is_hidden`` says that a change cannot be seen for that.
    """

    path: str
    before: Any
    after: Any
    is_hidden: bool = False


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
        changes = list(_differences(_Side.of(self.before), _Side.of(self.after), ""))
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
    methods: Mapping[str, str] = field(default_factory=dict)
    """The method of each connector that the registry has, which the steps of composites may run."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.created or self.updated or self.deleted)

    def as_dict(self) -> dict[str, Any]:
        """``{"created": [permalink], "updated": [{"permalink", "changes": [change]}], …}``.

        Each change is ``{"path", "before"?, "after"?, "hidden"?}``; ``hidden`` is true where both sides are masked.
        """
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
        methods={
            definition.permalink: definition.raw.get("method") or "GET"
            for definition in wanted
            if definition.kind is Kind.CONNECTOR
        },
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """A value of one definition, and the same as it may be shown."""

    value: Any
    shown: Any

    @classmethod
    def of(cls, definition: Definition) -> "_Side":
        return cls(definition.raw, without_literals(definition.raw))

    def part(self, key: str | int) -> "_Side":
        """Return a member or an item; what is not there, and what is hidden as a whole, has none to show."""
        return _Side(_part(self.value, key), self.shown if self.shown is MASK else _part(self.shown, key))


def _differences(before: _Side, after: _Side, path: str) -> Iterator[FieldChange]:
    one, other = before.value, after.value
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in [*other, *(name for name in one if name not in other)]:
            yield from _differences(before.part(name), after.part(name), f"{path}.{name}" if path else name)
    elif isinstance(one, list) and isinstance(other, list):
        for index in range(max(len(one), len(other))):
            yield from _differences(before.part(index), after.part(index), f"{path}[{index}]")
    elif one is ABSENT or other is ABSENT or _text(one) != _text(other):
        is_hidden = not (one is ABSENT or other is ABSENT) and _text(before.shown) == _text(after.shown)
        yield FieldChange(path, before.shown, after.shown, is_hidden)


def _part(value: Any, key: str | int) -> Any:
    if isinstance(key, int):
        return value[key] if key < len(value) else ABSENT
    return value.get(key, ABSENT)


def _text(value: Any) -> str:
    """``1`` and ``true`` are equal in Python and different in JSON."""
    return json.dumps(value, sort_keys=True)


def _change_as_dict(change: FieldChange) -> dict[str, Any]:
    sides = (("before", change.before), ("after", change.after))
    told = {"path": change.path, **{name: value for name, value in sides if value is not ABSENT}}
    return {**told, "hidden": True} if change.is_hidden else told
