"""Registries: what was applied last, and definitions that go with their registry."""

import pytest

from widget_service.storage import definitions, registries
from widget_service.storage.definitions import NewDefinition
from widget_service.storage.errors import InvalidValue, NotFound


def put(database, registry_id="garden", **fields):
    values = {"source": "/srv/garden", "kind": "path", "digest": "d1", **fields}
    with database.change(actor="anna", action="apply") as change:
        return registries.put(change, "default", registry_id, **values)


def test_a_registry_says_what_was_applied_last(database, clock):
    put(database)
    at = clock.pass_(60)
    again = put(database, source="https://git.example.com/garden.git", kind="git", digest="d2")
    with database.read() as read:
        assert registries.find(read, "default", "garden") == again
        assert registries.of_tenant(read, "default") == [again]
        assert registries.of_tenant(read, "acme") == []
    assert (again.source, again.kind, again.digest) == ("https://git.example.com/garden.git", "git", "d2")
    assert (again.applied_at, again.revision) == (at, 3)


def test_a_registry_goes_with_its_definitions_and_leaves_the_others(database):
    put(database, "garden")
    put(database, "forest")
    with database.change(actor="anna", action="apply") as change:
        for permalink, registry_id in [("rose", "garden"), ("oak", "forest"), ("by-hand", None)]:
            new = NewDefinition(permalink=permalink, kind="connector", definition="{}")
            definitions.put(change, "default", new, registry_id=registry_id)
    with database.change(actor="anna", action="registries rm") as change:
        registries.delete(change, "default", "garden")
    with database.read() as read:
        assert set(definitions.permalinks_of(read, "default")) == {"by-hand", "oak"}
        assert registries.find(read, "default", "garden") is None


def test_a_registry_that_is_not_there(database):
    with pytest.raises(NotFound, match="no registry 'garden'"), database.change(actor="a", action="b") as change:
        registries.delete(change, "default", "garden")


@pytest.mark.parametrize("registry_id", ["", "a\nb", "a\0", "x" * 256])
def test_what_cannot_name_a_registry(database, registry_id):
    with pytest.raises(InvalidValue, match="cannot name a registry"):
        put(database, registry_id)
