"""What a sync would change: by permalink, field by field."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.registry.sync import ABSENT, Definition, FieldChange, Kind, definitions_of, plan_sync

A = {"name": "A", "url": "https://a.example/1", "headers": [{"key": "X", "value": "1"}, {"key": "Y", "value": "2"}]}


def connector(**fields) -> Definition:
    raw = {**A, "permalink": "a", **fields}
    return Definition(raw["permalink"], Kind.CONNECTOR, raw)


def test_a_registry_is_its_definitions_with_their_permalinks():
    registry = {
        "connectors": [{"name": "My API"}, {"name": "B", "permalink": "own"}],
        "composite_connectors": [{"name": "C", "steps": []}],
    }
    assert [(d.permalink, d.kind.value, d.raw["permalink"]) for d in definitions_of(registry)] == [
        ("my-api", "connector", "my-api"),
        ("own", "connector", "own"),
        ("c", "composite", "c"),
    ]
    assert definitions_of({}) == []
    assert definitions_of({"connectors": None}) == []


def test_created_updated_deleted_unchanged():
    stored = [connector(), connector(permalink="b"), connector(permalink="c"), connector(permalink="d")]
    wanted = [connector(permalink="e"), connector(permalink="c", url="https://c.example"), connector()]
    plan = plan_sync(stored, wanted)
    assert [d.permalink for d in plan.created] == ["e"]
    assert [u.after.permalink for u in plan.updated] == ["c"]
    assert [d.permalink for d in plan.deleted] == ["b", "d"]
    assert plan.unchanged == 1
    assert not plan.is_empty
    assert plan.as_dict() == {
        "created": ["e"],
        "updated": [
            {
                "permalink": "c",
                "changes": [{"path": "url", "before": "https://a.example/1", "after": "https://c.example"}],
            }
        ],
        "deleted": ["b", "d"],
        "unchanged": 1,
    }


def test_the_order_of_members_is_no_change():
    reordered = Definition("a", Kind.CONNECTOR, dict(reversed(connector().raw.items())))
    assert plan_sync([connector()], [reordered]).is_empty
    assert connector().digest == reordered.digest


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"method": "POST"}, [FieldChange("method", ABSENT, "POST")]),
        ({"headers": A["headers"][:1]}, [FieldChange("headers[1]", A["headers"][1], ABSENT)]),
        (
            {"headers": [{"key": "X", "value": "9"}, A["headers"][1]]},
            [FieldChange("headers[0].value", "1", "9")],
        ),
        ({"headers": None}, [FieldChange("headers", A["headers"], None)]),
        ({"tags": [1]}, [FieldChange("tags", ABSENT, [1])]),
    ],
)
def test_fields_that_change(fields, changes):
    (update,) = plan_sync([connector()], [connector(**fields)]).updated
    assert update.changes == changes


def test_numbers_and_booleans_differ():
    (update,) = plan_sync([connector(x=1)], [connector(x=True)]).updated
    assert [(change.path, change.before, change.after) for change in update.changes] == [("x", 1, True)]


def test_a_connector_that_becomes_a_composite_is_updated():
    composite = Definition("a", Kind.COMPOSITE, connector().raw)
    (update,) = plan_sync([connector()], [composite]).updated
    assert update.changes == [FieldChange("(kind)", "connector", "composite")]


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
_definitions = st.dictionaries(st.sampled_from("pqrs"), st.dictionaries(st.sampled_from("xyz"), _json, max_size=3))


def listed(by_permalink) -> list[Definition]:
    return [Definition(name, Kind.CONNECTOR, raw) for name, raw in by_permalink.items()]


@given(before=_definitions, after=_definitions)
def test_carrying_a_plan_out_gives_what_is_wanted(before, after):
    plan = plan_sync(listed(before), listed(after))
    state = copy.deepcopy(before)
    for definition in plan.deleted:
        del state[definition.permalink]
    for definition in (*plan.created, *(update.after for update in plan.updated)):
        state[definition.permalink] = definition.raw
    assert state == after
    assert plan_sync(listed(after), listed(after)).is_empty
    assert plan.unchanged + len(plan.created) + len(plan.updated) == len(after)
    for update in plan.updated:
        assert update.changes
