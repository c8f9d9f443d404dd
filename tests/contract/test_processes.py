"""Several processes on one database: nothing is lost, and a killed one leaves the old state or the new one."""

from contextlib import ExitStack, closing

import pytest

from contract.children import child, hear, say
from contract.programs import COUNT, generation
from widget_service.storage import definitions, revisions, values
from widget_service.storage.database import Database


def test_processes_that_write_at_once_lose_no_revision(database, url):
    with child("write_many", url, "first") as first, child("write_many", url, "second") as second:
        numbers = [int(line) for line in f"{first.stdout.read()}{second.stdout.read()}".split()]
        assert (first.wait(), second.wait()) == (0, 0)
    assert sorted(numbers) == list(range(2, 202))
    with database.read() as read:
        stored = {variable.name: variable.value for variable in values.variables_of(read, "default")}
        assert len(revisions.history(read, limit=1000)) == 201
    assert stored == {"first": "99", "second": "99"}


def test_who_waits_for_another_process_gets_its_turn(database, url):
    with child("hold", url) as holder:
        assert hear(holder) == "held"
        with child("set_on_demand", url) as waiting:
            say(waiting, "eu")
            say(holder, "go on")
            assert hear(waiting) == "3"


@pytest.mark.parametrize("generations", [1, 2, 3, 5, 8])
def test_a_process_killed_while_it_changes_leaves_one_whole_state(database, url, generations):
    with child("replace_for_ever", url) as process:
        for _ in range(generations):
            acknowledged = int(hear(process))
        process.kill()
        process.wait()
    with database.read() as read:
        stored = [definition.definition for definition in definitions.of_tenant(read, "default")]
        last = revisions.history(read, limit=1)[0]
    assert len(stored) == COUNT
    assert set(stored) == {last.action}
    assert int(last.action) >= acknowledged


def test_a_process_killed_half_way_leaves_the_old_state_and_no_lock(database, url):
    with database.change(actor="anna", action="apply") as change:
        definitions.put_all(change, "default", generation(1))
    with child("stop_half_way", url) as process:
        assert hear(process) == "half"
        process.kill()
        process.wait()
    with database.read() as read:
        assert {definition.definition for definition in definitions.of_tenant(read, "default")} == {"1"}
    with database.change(actor="anna", action="apply") as change:
        assert len(definitions.put_all(change, "default", generation(2))) == COUNT


def test_processes_that_start_at_once_make_one_database(database, url, new_url):
    with ExitStack() as stack:
        processes = [stack.enter_context(child("open_new", url, new_url)) for _ in range(4)]
        assert [hear(process) for process in processes] == ["ready"] * 4
        for process in processes:
            say(process, "go")
        assert [process.wait() for process in processes] == [0] * 4
    with closing(Database.open(new_url)) as opened:
        assert opened.revision() == 0
