"""Snapshots of a tenant: read anew, compiled once, secrets opened only when they are read."""

import pytest

from support.commands import ORDERS, PLANTS
from widget_service.control.registries import apply_registry
from widget_service.control.snapshots import SnapshotSource
from widget_service.control.values import set_secret, set_variable
from widget_service.storage.errors import NotFound

ACTOR = "test"


@pytest.fixture
def plane(commands):
    with commands.plane() as plane:
        yield plane


def test_a_snapshot_has_what_the_tenant_has(commands, plane):
    apply_registry(plane, "default", commands.registry(PLANTS, ORDERS), actor=ACTOR)
    set_secret(plane, "default", "api_key", "v4lue", actor=ACTOR, origins=["https://api.example.com"])
    set_secret(plane, "default", "free", "w", actor=ACTOR)
    set_variable(plane, "default", "region", "eu", actor=ACTOR)
    snapshot = SnapshotSource(plane, "default").read()
    assert snapshot.tenant_id == "default"
    assert set(snapshot.connectors) == {"plants", "orders"}
    assert dict(snapshot.variables) == {"region": "eu"}
    assert dict(snapshot.secrets) == {"api_key": "v4lue", "free": "w"}
    assert snapshot.secret_origins == {"api_key": frozenset({"https://api.example.com"})}
    assert "v4lue" not in repr(snapshot) + repr(snapshot.secrets) + str(snapshot.secrets)
    assert "nobody" not in snapshot.secrets
    with pytest.raises(KeyError):
        snapshot.secrets["nobody"]


def test_what_did_not_change_stays_compiled(commands, plane):
    source = SnapshotSource(plane, "default")
    apply_registry(plane, "default", commands.registry(PLANTS, ORDERS), actor=ACTOR)
    before = source.read()
    plants, orders = before.connectors["plants"], before.connectors["orders"]
    apply_registry(plane, "default", commands.registry(PLANTS, {**ORDERS, "method": "PUT"}), actor=ACTOR)
    after = source.read()
    assert after.connectors["plants"] is plants
    assert (orders.method, after.connectors["orders"].method) == ("POST", "PUT")
    assert before.connectors["orders"] is orders


def test_a_tenant_that_is_not_there_is_told(plane):
    with pytest.raises(NotFound):
        SnapshotSource(plane, "nobody").read()
