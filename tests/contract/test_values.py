"""Secrets and variables: one space of names, kinds that never change, versions that only grow."""

import pytest

from widget_service.storage import tenant_keys, values
from widget_service.storage.errors import Conflict, InvalidValue, NotFound
from widget_service.storage.values import Secret, Variable


@pytest.fixture
def keys(database):
    """The tenant's keys: ``k2`` is the current one, ``k1`` an older one."""
    with database.change(actor="anna", action="keys") as change:
        tenant_keys.add(change, "default", "k1", master_key_id="m1", blob=b"wrapped 1")
        tenant_keys.add(change, "default", "k2", master_key_id="m1", blob=b"wrapped 2")


def set_variable(database, name, value):
    with database.change(actor="anna", action="variables set") as change:
        return values.set_variable(change, "default", name, value)


def set_secret(database, name, ciphertext, version=1, key_id="k2", **fields):
    with database.change(actor="anna", action="secrets set") as change:
        return values.set_secret(
            change, "default", name, version=version, ciphertext=ciphertext, key_id=key_id, **fields
        )


@pytest.mark.parametrize("value", ["eu", " ", "Grüße 🌱\n\t'\"", "x" * 100_000])
def test_a_variable_comes_back_as_it_was_set(database, value):
    stored = set_variable(database, "region", value)
    with database.read() as read:
        assert values.find(read, "default", "region") == stored
        assert values.variables_of(read, "default") == [stored]
        assert values.secrets_of(read, "default") == []
    assert (stored.value, stored.version) == (value, 1)


def test_a_new_value_is_a_new_version(database, clock):
    made = clock.now
    set_variable(database, "region", "eu")
    at = clock.pass_(60)
    stored = set_variable(database, "region", "us")
    assert (stored.version, stored.value, stored.created_at, stored.updated_at) == (2, "us", made, at)


CIPHERTEXTS = [b"\x01", bytes(range(256)), b"\0" * 100_000]


@pytest.mark.parametrize("ciphertext", CIPHERTEXTS, ids=["one byte", "all bytes", "long"])
def test_a_secret_comes_back_as_it_was_set(database, keys, ciphertext):
    stored = set_secret(database, "api_key", ciphertext, origins=["https://api.example.com"])
    with database.read() as read:
        assert values.find(read, "default", "api_key") == stored
        assert values.secrets_of(read, "default") == [stored]
        assert values.variables_of(read, "default") == []
    assert (stored.ciphertext, stored.key_id, stored.version) == (ciphertext, "k2", 1)
    assert stored.origins == ("https://api.example.com",)
    assert "ciphertext" not in repr(stored)


def test_a_secret_is_encrypted_for_the_version_that_it_becomes(database, keys):
    with database.change(actor="anna", action="secrets set") as change:
        assert values.next_version(change, "default", "api_key") == 1
    set_secret(database, "api_key", b"first", version=1)
    with database.read() as read:
        assert values.next_version(read, "default", "api_key") == 2
    assert set_secret(database, "api_key", b"second", version=2).version == 2


@pytest.mark.parametrize("version", [0, 1, 3])
def test_whoever_was_slower_is_told(database, keys, version):
    set_secret(database, "api_key", b"first")
    with pytest.raises(Conflict, match="Somebody has set the secret api_key meanwhile"):
        set_secret(database, "api_key", b"late", version=version)
    with database.read() as read:
        assert values.find(read, "default", "api_key").ciphertext == b"first"


def test_encrypting_anew_keeps_version_origins_and_time(database, keys, clock):
    old = set_secret(database, "api_key", b"by k1", key_id="k1", origins=["https://api.example.com"])
    clock.pass_(60)
    with database.change(actor="anna", action="rotate") as change:
        anew = values.reencrypt_secret(change, "default", "api_key", version=1, ciphertext=b"by k2", key_id="k2")
    assert (anew.ciphertext, anew.key_id, anew.version, anew.origins) == (b"by k2", "k2", 1, old.origins)
    assert (anew.updated_at, anew.revision) == (old.updated_at, database.revision())
    with pytest.raises(Conflict, match="no version 2"), database.change(actor="anna", action="rotate") as change:
        values.reencrypt_secret(change, "default", "api_key", version=2, ciphertext=b"x", key_id="k2")


def test_binding_a_secret_keeps_its_value(database, keys):
    set_secret(database, "api_key", b"c")
    with database.change(actor="anna", action="secrets set") as change:
        bound = values.bind_secret(change, "default", "api_key", ["https://a.example.com"])
    assert (bound.origins, bound.ciphertext, bound.version) == (("https://a.example.com",), b"c", 1)
    with pytest.raises(NotFound, match="no secret 'other'"), database.change(actor="anna", action="x") as change:
        values.bind_secret(change, "default", "other", [])


def test_the_kind_of_a_name_cannot_be_changed(database, keys):
    set_secret(database, "api_key", b"c")
    set_variable(database, "region", "eu")
    with pytest.raises(Conflict, match="api_key is a secret"):
        set_variable(database, "api_key", "plain")
    with pytest.raises(Conflict, match="region is a variable"):
        set_secret(database, "region", b"c", version=2)


def test_deleting_names_the_kind(database, keys):
    set_secret(database, "api_key", b"c")
    set_variable(database, "region", "eu")
    for name, kind in [("api_key", "variable"), ("region", "secret"), ("other", "secret")]:
        with pytest.raises(NotFound, match=f"no {kind} '{name}'"), database.change(actor="a", action="rm") as change:
            values.delete(change, "default", name, kind)
    with database.change(actor="anna", action="rm") as change:
        values.delete(change, "default", "api_key", "secret")
        values.delete(change, "default", "region", "variable")
    with database.read() as read:
        assert values.secrets_of(read, "default") + values.variables_of(read, "default") == []


def test_names_count_their_case(database, keys):
    set_variable(database, "Region", "1")
    set_variable(database, "region", "2")
    with database.read() as read:
        assert [variable.value for variable in values.variables_of(read, "default")] == ["1", "2"]


@pytest.mark.parametrize("name", ["", "1a", "a-b", "a b", "ä", "a\n", "a" * 256])
def test_what_cannot_name_a_value(database, keys, name):
    with pytest.raises(InvalidValue, match="cannot name a secret or a variable"):
        set_variable(database, name, "eu")
    with pytest.raises(InvalidValue, match="cannot name a secret or a variable"):
        set_secret(database, name, b"c")


@pytest.mark.parametrize(("value", "says"), [("", "empty"), ("a\0b", "NUL"), ("a\udc80", "surrogate")])
def test_values_that_cannot_be_kept(database, value, says):
    with pytest.raises(InvalidValue, match=says):
        set_variable(database, "region", value)


def test_a_secret_without_ciphertext_or_by_an_unknown_key(database, keys):
    with pytest.raises(InvalidValue, match="ciphertext of api_key is empty"):
        set_secret(database, "api_key", b"")
    with pytest.raises(Conflict, match="has no key 'k9'"):
        set_secret(database, "api_key", b"c", key_id="k9")


def test_tenants_do_not_see_each_other_s_values(database, keys):
    set_variable(database, "region", "eu")
    set_secret(database, "api_key", b"c")
    with database.read() as read:
        assert values.find(read, "acme", "region") is None
        assert values.secrets_of(read, "acme") + values.variables_of(read, "acme") == []
    with database.change(actor="anna", action="set") as change:
        assert values.set_variable(change, "acme", "api_key", "free there").version == 1
    with database.read() as read:
        assert isinstance(values.find(read, "default", "api_key"), Secret)
        assert isinstance(values.find(read, "acme", "api_key"), Variable)
