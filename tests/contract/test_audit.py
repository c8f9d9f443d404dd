"""The audit log's chain, over every store: whole whoever writes at once and whoever is killed."""

import pytest

from contract.children import child, hear
from widget_service.control.audit import verify_entries
from widget_service.storage import audit, revisions, values
from widget_service.storage.actors import Actor
from widget_service.storage.errors import InvalidValue


def verdict_of(database):
    with database.read() as read:
        head = audit.head(read.connection)
        verdict = verify_entries(audit.entries(read.connection))
    assert (head.count, head.hash) == (verdict.count, verdict.hash)
    return verdict


def entries_of(database, **equal):
    with database.read() as read:
        return list(audit.entries(read.connection, **equal))


def test_each_change_is_one_entry_that_says_who_when_from_where_and_what(database):
    actor = Actor("admin:anna", "203.0.113.7")
    with database.change(actor=actor, action="variable.set", tenant_id="default") as change:
        values.set_variable(change, "default", "region", "eu")
        change.note(before=None, after={"region": "eu"})
    *_, entry = entries_of(database)
    assert (entry.actor, entry.address, entry.action) == ("admin:anna", "203.0.113.7", "variable.set")
    assert (entry.tenant_id, entry.revision) == ("default", change.revision)
    assert entry.at == change.at.isoformat(timespec="microseconds")
    assert entry.details == {"after": {"region": "eu"}}


def test_what_changes_nothing_or_fails_leaves_no_entry(database):
    before = len(entries_of(database))
    with database.change(actor="anna", action="nothing"):
        pass
    with database.change(actor="anna", action="same") as change:
        change.note(before={"a": 1}, after={"a": 1})
    with pytest.raises(InvalidValue), database.change(actor="anna", action="taken-back") as change:
        values.set_variable(change, "default", "no name", "eu")
    assert len(entries_of(database)) == before


def test_processes_that_write_at_once_make_one_chain(database, url):
    with child("write_many", url, "first") as first, child("write_many", url, "second") as second:
        numbers = f"{first.stdout.read()}{second.stdout.read()}".split()
        assert (first.wait(), second.wait()) == (0, 0)
    assert verdict_of(database).is_intact
    told = [entry.revision for entry in entries_of(database, action="set")]
    assert told == sorted(int(number) for number in numbers)


@pytest.mark.parametrize("generations", [1, 2, 4])
def test_a_killed_process_leaves_a_whole_chain_with_an_entry_for_each_change(database, url, generations):
    for _ in range(2):
        with child("replace_for_ever", url) as process:
            for _ in range(generations):
                hear(process)
            process.kill()
            process.wait()
        assert verdict_of(database).is_intact
    with database.read() as read:
        changes = [revision.number for revision in revisions.history(read, limit=1000)]
    assert [entry.revision for entry in entries_of(database)] == sorted(changes)


def test_entries_are_read_by_pages_from_either_end(database):
    for value in "abcde":
        with database.change(actor="anna", action="set", tenant_id="default") as change:
            values.set_variable(change, "default", "region", value)
    numbers = [entry.number for entry in entries_of(database)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [entry.number for entry in entries_of(database, after=2, limit=2)] == [3, 4]
    assert [entry.number for entry in entries_of(database, before=5, limit=2)] == [4, 3]
    assert [entry.number for entry in entries_of(database, action="set", limit=1)] == [2]
