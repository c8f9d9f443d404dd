"""Secrets: bound to their tenant, name and version, renewed without being lost, and never in an error."""

import sqlite3
import traceback

import pytest

from widget_service.control.secret_binding import bind_secret
from widget_service.control.secret_use import SecretsNotYours
from widget_service.control.snapshots import SnapshotSource
from widget_service.control.tenants import add_tenant
from widget_service.control.values import (
    list_secrets,
    remove_secret,
    renew_tenant_key,
    rotate_master_key,
    set_secret,
    set_variable,
)
from widget_service.errors import ServiceError
from widget_service.storage import audit, revisions, tenant_keys
from widget_service.storage.actors import Actor
from widget_service.storage.errors import Conflict, InvalidValue, NotFound
from widget_service.vault import UnstorableSecret

ACTOR = "test"
PLANTED = "planted-value-of-a-secret"


@pytest.fixture
def plane(commands):
    with commands.plane() as plane:
        yield plane


def read(plane, name, tenant="default"):
    return SnapshotSource(plane, tenant).read().secrets[name]


def rows(commands, statement, *arguments):
    connection = sqlite3.connect(commands.database)
    with connection:
        found = connection.execute(statement, arguments).fetchall()
    connection.close()
    return found


def put_ciphertext(commands, tenant, name, ciphertext):
    rows(commands, "PRAGMA foreign_keys = OFF")
    rows(commands, "UPDATE named_values SET ciphertext = ? WHERE tenant_id = ? AND name = ?", ciphertext, tenant, name)


def ciphertext(commands, tenant, name):
    return rows(commands, "SELECT ciphertext FROM named_values WHERE tenant_id = ? AND name = ?", tenant, name)[0][0]


@pytest.fixture
def secrets(commands, plane):
    """The same two names in two tenants, the first of them in its second version."""
    add_tenant(plane, "acme", actor=ACTOR)
    for tenant in ("default", "acme"):
        for name in ("one", "two", "one"):
            set_secret(plane, tenant, name, f"{PLANTED} {tenant} {name}", actor=ACTOR)
    return plane


SWAPS = [
    pytest.param(("default", "one"), ("acme", "one"), id="between tenants"),
    pytest.param(("default", "one"), ("default", "two"), id="between names"),
    pytest.param(("default", "two"), ("acme", "one"), id="between both"),
]


def assert_unreadable(plane, tenant, name):
    with pytest.raises(ServiceError) as caught:
        read(plane, name, tenant)
    assert caught.value.code == "INTERNAL_ERROR"
    assert "cannot be decrypted" in caught.value.detail
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert PLANTED not in shown + caught.value.detail + caught.value.log_detail


@pytest.mark.parametrize(("first", "second"), SWAPS)
def test_swapped_ciphertexts_do_not_decrypt(commands, secrets, first, second):
    of_first, of_second = ciphertext(commands, *first), ciphertext(commands, *second)
    put_ciphertext(commands, *first, of_second)
    put_ciphertext(commands, *second, of_first)
    for tenant, name in (first, second):
        assert_unreadable(secrets, tenant, name)


def test_an_earlier_version_does_not_decrypt_as_the_present_one(commands, plane):
    set_secret(plane, "default", "one", PLANTED, actor=ACTOR)
    earlier = ciphertext(commands, "default", "one")
    set_secret(plane, "default", "one", PLANTED, actor=ACTOR)
    put_ciphertext(commands, "default", "one", earlier)
    assert_unreadable(plane, "default", "one")


def test_swapped_keys_of_tenants_do_not_open(commands, secrets):
    from widget_service.vault import UnreadableTenantKey

    blobs = dict(rows(commands, "SELECT tenant_id, blob FROM tenant_keys"))
    rows(commands, "UPDATE tenant_keys SET blob = ? WHERE tenant_id = 'default'", blobs["acme"])
    secrets._opened.clear()
    with pytest.raises(UnreadableTenantKey):
        SnapshotSource(secrets, "default").read()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("1st", PLANTED, InvalidValue),
        ("key", "", InvalidValue),
        ("plain", PLANTED, Conflict),
        ("key", PLANTED + "\ud800", UnstorableSecret),
    ],
)
def test_an_error_holds_no_value(plane, name, value, error):
    set_variable(plane, "default", "plain", "v", actor=ACTOR)
    with pytest.raises(error) as caught:
        set_secret(plane, "default", name, value, actor=ACTOR)
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    below_the_test = [frame.locals for frame in frames if frame.filename != __file__]
    assert below_the_test
    assert PLANTED not in f"{caught.value} {below_the_test}"
    assert list_secrets(plane, "default") == []


def test_setting_a_secret_needs_its_tenant(plane):
    with pytest.raises(NotFound):
        set_secret(plane, "nobody", "key", "v", actor=ACTOR)
    with pytest.raises(NotFound):
        remove_secret(plane, "default", "key", actor=ACTOR)


def test_a_binding_is_changed_and_lifted_and_the_value_stays(plane):
    set_secret(plane, "default", "key", PLANTED, actor=ACTOR, origins=["https://a.example.com"])
    for origins in (["https://b.example.com", "https://B.example.com:443/"], []):
        bound = bind_secret(plane, "default", "key", origins, actor=ACTOR)
        assert bound.origins == tuple(origins[:1])
        assert read(plane, "key") == PLANTED
    with plane.database.read() as state:
        entry = list(audit.entries(state.connection))[-1]
    assert entry.action == "secret.bind"
    assert entry.details["before"] == {"origins": ["https://b.example.com"]}
    assert entry.details["after"] == {"origins": []}


@pytest.mark.parametrize(
    ("name", "origin", "error"),
    [
        ("none", "https://a.example.com", NotFound),
        ("plain", "https://a.example.com", NotFound),
        ("key", "nowhere", InvalidValue),
    ],
)
def test_only_a_secret_is_bound_and_only_to_origins(plane, name, origin, error):
    set_secret(plane, "default", "key", PLANTED, actor=ACTOR)
    set_variable(plane, "default", "plain", "v", actor=ACTOR)
    with pytest.raises(error):
        bind_secret(plane, "default", name, [origin], actor=ACTOR)


def test_a_binding_is_not_changed_without_the_right_to_secrets(plane):
    set_secret(plane, "default", "key", PLANTED, actor=ACTOR, origins=["https://a.example.com"])
    with pytest.raises(SecretsNotYours):
        bind_secret(plane, "default", "key", [], actor=Actor("admin:eve", may_use_secrets=False))
    assert list_secrets(plane, "default")[0].origins == ("https://a.example.com",)


def test_the_history_knows_a_value_again_and_does_not_tell_it(plane):
    for value in (PLANTED, PLANTED, "other"):
        set_secret(plane, "default", "key", value, actor=ACTOR)
    with plane.database.read() as state:
        digests = [change.summary["digest"] for change in revisions.history(state, limit=3)]
    assert digests[1] == digests[2] != digests[0]
    assert PLANTED not in str(digests)


def test_a_tenants_key_is_renewed_without_losing_a_secret(plane):
    for name in ("one", "two"):
        set_secret(plane, "default", name, name, actor=ACTOR)
    with plane.database.read() as state:
        [before] = tenant_keys.of_tenant(state, "default")
    assert renew_tenant_key(plane, "default", actor=ACTOR) == 2
    with plane.database.read() as state:
        [after] = tenant_keys.of_tenant(state, "default")
    assert before.id != after.id
    assert {name: read(plane, name) for name in ("one", "two")} == {"one": "one", "two": "two"}
    assert [secret.version for secret in list_secrets(plane, "default")] == [1, 1]


def test_a_secret_that_cannot_be_read_stops_the_renewal_and_nothing_is_lost(commands, plane):
    from widget_service.vault import UnreadableSecret

    for name in ("one", "two"):
        set_secret(plane, "default", name, name, actor=ACTOR)
    put_ciphertext(commands, "default", "two", b"damaged" * 9)
    with pytest.raises(UnreadableSecret, match="two"):
        renew_tenant_key(plane, "default", actor=ACTOR)
    assert read(plane, "one") == "one"


def test_rotation_without_another_master_key_changes_nothing(plane):
    before = plane.database.revision()
    assert rotate_master_key(plane, actor=ACTOR) == 0
    assert plane.database.revision() == before
