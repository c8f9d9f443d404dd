"""Stored definitions are compiled when they are first called, and stay compiled while they do not change."""

import json

import pytest

from unit.widget_service.connectors.definitions import connector
from widget_service.connectors.stored import StoredComposite, StoredComposites, StoredConnector, StoredConnectors
from widget_service.errors import ServiceError


def stored(permalink: str, digest: str = "1", **fields) -> StoredConnector:
    definition = connector(name=permalink, permalink=permalink, **fields)
    return StoredConnector(permalink, digest, json.dumps(definition))


def test_a_connector_is_compiled_at_its_first_call_and_once():
    connectors = StoredConnectors([stored("a"), stored("b")])
    assert (len(connectors), list(connectors), "a" in connectors, "c" in connectors) == (2, ["a", "b"], True, False)
    assert connectors.get("c") is None
    assert connectors["a"] is connectors["a"]
    assert connectors._stored["b"]._compiled is None


def test_what_did_not_change_stays_compiled():
    before = StoredConnectors([stored("a"), stored("b"), stored("c")])
    kept, changed = before["a"], before["b"]
    after = StoredConnectors([stored("a"), stored("b", "2", method="POST")], before)
    assert after["a"] is kept
    assert after["b"] is not changed
    assert after["b"].method == "POST"
    assert list(after) == ["a", "b"]


def test_composites_are_compiled_at_their_first_call_too():
    steps = [{"name": "one", "url": "https://api.example.com/"}]
    definition = json.dumps({"name": "Both", "permalink": "both", "steps": steps})
    composites = StoredComposites([StoredComposite("both", "1", definition), StoredComposite("bad", "1", "{}")])
    assert not composites.is_compiled("both")
    compiled = composites["both"]
    assert [step.name for step in compiled.steps] == ["one"]
    assert StoredComposites([StoredComposite("both", "1", definition)], composites)["both"] is compiled
    with pytest.raises(ServiceError, match="'bad'"):
        composites.get("bad")


@pytest.mark.parametrize("definition", ["{", "[]", "{}", json.dumps(connector(permalink="a", headers="no list"))])
def test_a_definition_that_cannot_be_used_says_so(definition):
    connectors = StoredConnectors([StoredConnector("a", "1", definition)])
    with pytest.raises(ServiceError) as caught:
        connectors.get("a")
    assert caught.value.code == "CONNECTOR_MISCONFIGURED"
    assert "'a'" in caught.value.detail
