"""Tenants: names, hosts that belong to one of them, and everything going with a tenant."""

import pytest

from widget_service.storage import definitions, registries, tenant_keys, tenants, values
from widget_service.storage.definitions import NewDefinition
from widget_service.storage.errors import Conflict, InvalidValue, NotFound


def test_a_tenant_comes_back_as_it_was_added(database, clock):
    with database.change(actor="anna", action="tenants add") as change:
        added = tenants.add(
            change,
            "widgets-2",
            hosts=["Widgets.Example.com", "widgets.example.com", "münchen.example"],
            origins=["https://www.example.com"],
            allow_anonymous=False,
            settings={"user_key": {"jwks_url": "https://id.example.com/jwks"}},
        )
    with database.read() as read:
        assert tenants.get(read, "widgets-2") == added
        assert [tenant.id for tenant in tenants.all_tenants(read)] == ["acme", "default", "widgets-2"]
    assert added.hosts == ("widgets.example.com", "münchen.example")
    assert (added.allow_anonymous, added.created_at, added.revision) == (False, clock.now, 2)


def test_what_an_update_does_not_name_is_kept(database):
    with database.change(actor="anna", action="set") as change:
        tenants.update(change, "acme", hosts=["acme.example.com"], origins=["https://acme.example.com"])
    with database.change(actor="anna", action="set") as change:
        updated = tenants.update(change, "acme", allow_anonymous=False, settings={"theme": "dark"})
    with database.read() as read:
        assert tenants.get(read, "acme") == updated
    assert updated.hosts == ("acme.example.com",)
    assert updated.origins == ("https://acme.example.com",)
    assert (updated.allow_anonymous, updated.settings, updated.revision) == (False, {"theme": "dark"}, 3)


@pytest.mark.parametrize("name", ["", "Acme", "a b", "-a", "a--b", "a_b", "a\n", "ä", "../x", "a" * 64])
def test_names_that_cannot_name_a_tenant(database, name):
    with pytest.raises(InvalidValue, match="cannot name a tenant"), database.change(actor="a", action="b") as change:
        tenants.add(change, name)


def test_the_longest_name(database):
    with database.change(actor="a", action="b") as change:
        assert tenants.add(change, "a" * 63).id == "a" * 63


def test_a_name_that_is_taken(database):
    with pytest.raises(Conflict, match="'acme' already"), database.change(actor="a", action="b") as change:
        tenants.add(change, "acme")


def test_a_host_belongs_to_one_tenant(database):
    with database.change(actor="a", action="b") as change:
        tenants.update(change, "acme", hosts=["w.example.com"])
    with pytest.raises(Conflict, match="acme has the host w"), database.change(actor="a", action="b") as change:
        tenants.update(change, "default", hosts=["other.example.com", "W.example.com"])
    with pytest.raises(Conflict, match="acme has the host w"), database.change(actor="a", action="b") as change:
        tenants.add(change, "third", hosts=["w.example.com"])
    with database.change(actor="a", action="b") as change:
        tenants.update(change, "acme", hosts=[])
        tenants.update(change, "default", hosts=["w.example.com"])


def test_a_tenant_that_is_not_there_is_told_with_those_that_are(database):
    with pytest.raises(NotFound, match=r"no tenant 'nobody'\. There are: acme, default\."), database.read() as read:
        tenants.get(read, "nobody")


@pytest.mark.parametrize(
    "write",
    [
        lambda change: tenants.update(change, "nobody", hosts=[]),
        lambda change: tenants.delete(change, "nobody"),
        lambda change: values.set_variable(change, "nobody", "region", "eu"),
        lambda change: values.set_secret(change, "nobody", "key", version=1, ciphertext=b"c", key_id="k"),
        lambda change: tenant_keys.add(change, "nobody", "k", master_key_id="m", blob=b"b"),
        lambda change: registries.put(change, "nobody", "r", source="/srv", kind="path", digest="d"),
        lambda change: definitions.put_all(change, "nobody", []),
    ],
)
def test_nothing_is_written_for_a_tenant_that_is_not_there(database, write):
    with pytest.raises(NotFound, match="no tenant 'nobody'"), database.change(actor="a", action="b") as change:
        write(change)


def test_a_tenant_goes_with_everything_of_it_and_with_nothing_of_others(database):
    with database.change(actor="a", action="b") as change:
        for tenant_id in ("acme", "default"):
            tenant_keys.add(change, tenant_id, "k1", master_key_id="m", blob=b"b")
            values.set_secret(change, tenant_id, "key", version=1, ciphertext=b"c", key_id="k1")
            values.set_variable(change, tenant_id, "region", "eu")
            registries.put(change, tenant_id, "r", source="/srv", kind="path", digest="d")
            one = NewDefinition(permalink="one", kind="connector", definition="{}")
            definitions.put(change, tenant_id, one, registry_id="r")
    with database.change(actor="a", action="b") as change:
        tenants.delete(change, "acme")
    with database.read() as read:
        for tenant_id, count in [("acme", 0), ("default", 1)]:
            assert len(tenant_keys.of_tenant(read, tenant_id)) == count
            assert len(values.secrets_of(read, tenant_id)) == count
            assert len(values.variables_of(read, tenant_id)) == count
            assert len(registries.of_tenant(read, tenant_id)) == count
            assert len(definitions.of_tenant(read, tenant_id)) == count
        assert tenants.find(read, "acme") is None
