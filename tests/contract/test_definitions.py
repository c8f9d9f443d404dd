"""Definitions: kept as given, owned by one registry or by hand, and followed by their digests."""

from dataclasses import replace

import pytest

from widget_service.storage import definitions, registries
from widget_service.storage.definitions import NewDefinition
from widget_service.storage.errors import Conflict, InvalidValue, NotFound


def new(permalink, text="{}", **fields):
    return NewDefinition(permalink=permalink, kind=fields.pop("kind", "connector"), definition=text, **fields)


def put(database, *wanted, tenant_id="default", registry_id=None):
    with database.change(actor="anna", action="put", tenant_id=tenant_id) as change:
        return definitions.put_all(change, tenant_id, wanted, registry_id=registry_id)


def permalinks(database, tenant_id="default"):
    with database.read() as read:
        return [definition.permalink for definition in definitions.of_tenant(read, tenant_id)]


@pytest.fixture
def registry(database):
    """Two registries of the tenant; the first one's id."""
    with database.change(actor="anna", action="apply") as change:
        for registry_id in ("garden", "forest"):
            registries.put(change, "default", registry_id, source=f"/srv/{registry_id}", kind="path", digest="d")
    return "garden"


TEXTS = ["{}", '{ "name" : "A",\n\t"name": "B" }', '{"name": "Grüße 🌱 \\ud800"}', "x" * 1_000_000]


@pytest.mark.parametrize("text", TEXTS, ids=["empty", "as typed", "unicode", "long"])
def test_the_text_is_kept_as_given(database, text):
    put(database, new("one", text, kind="composite", secrets=("b", "a"), variables=("region",)))
    with database.read() as read:
        stored = definitions.find(read, "default", "one")
    assert stored.definition == text
    assert (stored.kind, stored.secrets, stored.variables) == ("composite", ("b", "a"), ("region",))
    assert (stored.tenant_id, stored.registry_id) == ("default", None)


def test_replacing_keeps_when_it_was_made(database, clock):
    made = clock.now
    put(database, new("one", "{}"), new("two", "{}"))
    changed = clock.pass_(60)
    assert put(database, new("one", '{"a": 1}'), new("two", "{}")) == {"one"}
    with database.read() as read:
        one, two = definitions.of_tenant(read, "default")
    assert (one.created_at, one.updated_at, one.revision, one.definition) == (made, changed, 3, '{"a": 1}')
    assert (two.created_at, two.updated_at, two.revision) == (made, made, 2)


@pytest.mark.parametrize(
    "difference",
    [{"definition": "{ }"}, {"kind": "composite"}, {"secrets": ("key",)}, {"variables": ("region",)}],
    ids=lambda difference: next(iter(difference)),
)
def test_every_difference_is_stored(database, difference):
    put(database, new("one"))
    wanted = replace(new("one"), **difference)
    assert put(database, wanted) == {"one"}
    assert put(database, wanted) == set()


def test_the_same_permalink_in_two_tenants_is_two_definitions(database):
    put(database, new("one", '"default"'))
    put(database, new("one", '"acme"'), tenant_id="acme")
    with database.change(actor="anna", action="rm") as change:
        definitions.delete_all(change, "default", ["one"])
    with database.read() as read:
        assert definitions.find(read, "default", "one") is None
        assert definitions.find(read, "acme", "one").definition == '"acme"'


@pytest.mark.parametrize("permalink", ["", "One", "a b", "-a", "a_b", "a\n", "a" * 256])
def test_what_is_no_permalink(database, permalink):
    with pytest.raises(InvalidValue, match="no permalink"):
        put(database, new("sound"), new(permalink))
    assert permalinks(database) == []


@pytest.mark.parametrize("text", ['{"a": "\0"}', '{"a": "\ud800"}'], ids=["NUL", "half a pair"])
def test_text_that_no_database_keeps(database, text):
    with pytest.raises(InvalidValue, match="The definition of one holds"):
        put(database, new("one", text))


@pytest.mark.parametrize(
    ("owner", "other", "says"),
    [
        (None, "garden", "made by hand"),
        ("garden", None, "comes from the registry 'garden'"),
        ("garden", "forest", "comes from the registry 'garden'"),
    ],
)
def test_nobody_but_its_owner_changes_a_definition(database, registry, owner, other, says):
    put(database, new("one"), registry_id=owner)
    with pytest.raises(Conflict, match=says):
        put(database, new("zero"), new("one", '{"a": 1}'), registry_id=other)
    with pytest.raises(Conflict, match=says), database.change(actor="anna", action="rm") as change:
        definitions.delete_all(change, "default", ["one"], registry_id=other)
    with database.read() as read:
        assert [definition.definition for definition in definitions.of_tenant(read, "default")] == ["{}"]


def test_a_registry_that_is_not_there(database):
    with pytest.raises(NotFound, match="no registry 'garden'"):
        put(database, new("one"), registry_id="garden")


def test_definitions_by_where_they_come_from(database, registry):
    put(database, new("by-hand"))
    put(database, new("rose"), new("daisy"), registry_id="garden")
    put(database, new("oak"), registry_id="forest")
    with database.read() as read:
        by_source = {
            source: [definition.permalink for definition in definitions.of_registry(read, "default", source)]
            for source in (None, "garden", "forest", "nowhere")
        }
    assert by_source == {None: ["by-hand"], "garden": ["daisy", "rose"], "forest": ["oak"], "nowhere": []}


def test_deleting_what_is_not_there_deletes_nothing(database):
    put(database, new("one"))
    with pytest.raises(NotFound, match="no connector 'two'"), database.change(actor="a", action="rm") as change:
        definitions.delete_all(change, "default", ["one", "two"])
    assert permalinks(database) == ["one"]
