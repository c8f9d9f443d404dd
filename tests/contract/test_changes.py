"""A change is stored as a whole, under one number; a read sees one state."""

import pytest

from widget_service.storage import definitions, revisions, tenants, values
from widget_service.storage.database import Database
from widget_service.storage.definitions import NewDefinition
from widget_service.storage.errors import Conflict

ONE = NewDefinition(permalink="one", kind="connector", definition='{"name": "One"}')


def test_everything_that_a_change_touches_has_its_number_and_its_moment(database, clock):
    at = clock.pass_(60)
    with database.change(actor="anna", action="set up", tenant_id="default") as change:
        definition = definitions.put(change, "default", ONE)
        variable = values.set_variable(change, "default", "region", "eu")
        tenant = tenants.update(change, "default", hosts=["a.example.com"])
    assert {definition.revision, variable.revision, tenant.revision, database.revision()} == {2}
    assert {definition.created_at, definition.updated_at, variable.created_at, variable.updated_at} == {at}


@pytest.mark.parametrize("error", [RuntimeError("a mistake"), Conflict("refused"), KeyboardInterrupt(), SystemExit(1)])
def test_an_exception_takes_all_of_a_change_back(database, error):
    def fail_half_way(change):
        definitions.put(change, "default", ONE)
        values.set_variable(change, "default", "region", "eu")
        assert definitions.find(change, "default", "one") is not None
        raise error

    with pytest.raises(type(error)), database.change(actor="anna", action="x") as change:
        fail_half_way(change)
    with database.read() as read:
        assert definitions.of_tenant(read, "default") == []
        assert values.variables_of(read, "default") == []
    assert database.revision() == 1


def test_a_change_that_touches_nothing_leaves_no_trace(database):
    with database.change(actor="anna", action="set") as change:
        values.set_variable(change, "default", "region", "eu")
        definitions.put(change, "default", ONE)
    with database.change(actor="anna", action="set again") as change:
        values.set_variable(change, "default", "region", "eu")
        definitions.put(change, "default", ONE)
        tenants.update(change, "default", allow_anonymous=True)
        definitions.delete_all(change, "default", [])
        assert not change.has_touched
        change.summary["lost"] = True
    assert database.revision() == 2


def test_a_deletion_has_a_number_too(database):
    with database.change(actor="anna", action="set") as change:
        values.set_variable(change, "default", "region", "eu")
        definitions.put(change, "default", ONE)
    deletions = [
        lambda change: values.delete(change, "default", "region", "variable"),
        lambda change: definitions.delete_all(change, "default", ["one"]),
        lambda change: tenants.delete(change, "acme"),
    ]
    for number, deletion in enumerate(deletions, start=3):
        with database.change(actor="anna", action="rm") as change:
            deletion(change)
        assert database.revision() == number


def test_the_number_of_a_change_that_was_taken_back_is_never_stored_twice(database):
    taken_back = []

    def fail(change):
        taken_back.append(change.touch())
        raise RuntimeError

    with pytest.raises(RuntimeError), database.change(actor="anna", action="x") as change:
        fail(change)
    with database.change(actor="anna", action="y") as change:
        stored = change.touch()
    with database.read() as read:
        numbers = [revision.number for revision in revisions.history(read)]
    assert taken_back == [2]
    assert stored >= 2
    assert numbers == [stored, 1]


def test_a_read_sees_one_state_whatever_others_change_meanwhile(database, url):
    other = Database.open(url)
    with database.read() as read:
        assert values.find(read, "default", "region") is None
        with other.change(actor="bob", action="set") as change:
            values.set_variable(change, "default", "region", "eu")
        assert values.find(read, "default", "region") is None
        assert revisions.current(read) == 1
    with database.read() as read:
        assert values.find(read, "default", "region") is not None
    other.close()


def test_what_is_under_way_is_seen_by_nobody_else(database):
    with database.change(actor="anna", action="set") as change:
        values.set_variable(change, "default", "region", "eu")
        with database.read() as read:
            assert values.find(read, "default", "region") is None
            assert revisions.current(read) == 1


def test_the_history_says_who_did_what_when_newest_first(database, clock):
    for number, tenant_id in enumerate(["default", "acme", "default"], start=2):
        clock.pass_(1)
        with database.change(actor=f"user-{number}", action="set", tenant_id=tenant_id) as change:
            values.set_variable(change, tenant_id, "count", str(number))
            change.summary["names"] = ["count", "ünïcode \ud800"]
    with database.read() as read:
        last = revisions.history(read, limit=1)[0]
        of_default = revisions.history(read, tenant_id="default")
        before = revisions.history(read, before=3)
    assert (last.number, last.actor, last.action, last.tenant_id) == (4, "user-4", "set", "default")
    assert last.at == clock.now
    assert last.summary == {"names": ["count", "ünïcode \ud800"]}
    assert [revision.number for revision in of_default] == [4, 2]
    assert [revision.number for revision in before] == [2, 1]


def test_the_history_outlives_a_tenant(database):
    with database.change(actor="anna", action="tenants rm", tenant_id="acme") as change:
        tenants.delete(change, "acme")
    with database.read() as read:
        assert [revision.action for revision in revisions.history(read, tenant_id="acme")] == ["tenants rm"]
