"""Tenants' keys: one is current, all are kept while a secret needs them."""

import pytest

from widget_service.storage import tenant_keys, values
from widget_service.storage.errors import Conflict, NotFound


@pytest.fixture
def keys(database, clock):
    for key_id in ("k1", "k2"):
        clock.pass_(1)
        with database.change(actor="anna", action="keys") as change:
            tenant_keys.add(change, "default", key_id, master_key_id="m1", blob=key_id.encode())


def test_the_last_one_added_is_current(database, keys):
    with database.read() as read:
        of_tenant = tenant_keys.of_tenant(read, "default")
        assert [(key.id, key.is_current, key.blob) for key in of_tenant] == [("k2", True, b"k2"), ("k1", False, b"k1")]
        assert tenant_keys.current(read, "default") == of_tenant[0]
        assert tenant_keys.current(read, "acme") is None
        assert tenant_keys.of_tenant(read, "acme") == []
        assert "blob" not in repr(of_tenant[0])


def test_wrapping_anew_keeps_the_key(database, keys):
    with database.change(actor="anna", action="rotate") as change:
        for key in tenant_keys.all_keys(change):
            tenant_keys.rewrap(change, key.tenant_id, key.id, master_key_id="m2", blob=b"anew " + key.blob)
    with database.read() as read:
        anew = [(key.id, key.master_key_id, key.blob, key.is_current) for key in tenant_keys.all_keys(read)]
    assert anew == [("k2", "m2", b"anew k2", True), ("k1", "m2", b"anew k1", False)]


def test_a_key_that_a_secret_needs_is_kept(database, keys):
    with database.change(actor="anna", action="set") as change:
        values.set_secret(change, "default", "api_key", version=1, ciphertext=b"c", key_id="k1")
    with pytest.raises(Conflict, match="encrypted by the key 'k1'"), database.change(actor="a", action="rm") as change:
        tenant_keys.delete(change, "default", "k1")
    with database.change(actor="anna", action="rm") as change:
        values.delete(change, "default", "api_key", "secret")
        tenant_keys.delete(change, "default", "k1")
    with database.read() as read:
        assert [key.id for key in tenant_keys.of_tenant(read, "default")] == ["k2"]


def test_ids_that_are_taken_or_not_there(database, keys):
    with pytest.raises(Conflict, match="a key 'k1' already"), database.change(actor="a", action="b") as change:
        tenant_keys.add(change, "default", "k1", master_key_id="m", blob=b"b")
    for act in (
        lambda change: tenant_keys.rewrap(change, "acme", "k1", master_key_id="m", blob=b"b"),
        lambda change: tenant_keys.delete(change, "acme", "k1"),
    ):
        with pytest.raises(NotFound, match="'acme' has no key 'k1'"), database.change(actor="a", action="b") as change:
            act(change)
