"""Processes that are killed while they write beside others: what was acknowledged is there, and nobody is held up."""

import random
from contextlib import ExitStack

import pytest

from contract.children import child, hear
from widget_service.control.audit import verify_entries
from widget_service.storage import audit, revisions, values

MANY = pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(3000)])
AT_ONCE = 3


@pytest.mark.parametrize("kills", [10, MANY])
def test_no_acknowledged_change_is_lost_by_kills(database, url, kills):
    chance = random.Random(4)
    told = {}
    with ExitStack() as stack:

        def started(number):
            return f"w{number}", stack.enter_context(child("count_for_ever", url, f"w{number}"))

        writers = [started(number) for number in range(AT_ONCE)]
        for number in range(kills):
            name, writer = writers.pop(0)
            first = [hear(writer) for _ in range(chance.randint(1, 10))]
            writer.kill()
            told[name] = [line.split() for line in (*first, *writer.stdout.read().splitlines()) if " " in line]
            writer.wait()
            writers.append(started(AT_ONCE + number))
        assert all(hear(writer) for _, writer in writers)  # nobody waits for those that are gone
    with database.read() as read:
        stored = {variable.name: int(variable.value) for variable in values.variables_of(read, "default")}
        numbers = {revision.number: revision.actor for revision in revisions.history(read, limit=1_000_000)}
        assert verify_entries(audit.entries(read.connection)).is_intact
    assert len(told) == kills
    for name, lines in told.items():
        assert stored[name] - int(lines[-1][1]) in (0, 1)
        assert all(numbers[int(number)] == name for number, _ in lines)
