"""What other processes do in these tests: ``python programs.py NAME URL [ARGUMENT]``."""

import sys

from widget_service.storage import definitions, values
from widget_service.storage.database import Database
from widget_service.storage.definitions import NewDefinition

COUNT = 200


def generation(number: int) -> list[NewDefinition]:
    """A registry's worth of definitions that say which generation they are of."""
    return [NewDefinition(permalink=f"c-{n}", kind="connector", definition=str(number)) for n in range(COUNT)]


def write_many(database: Database, name: str) -> None:
    """Set a variable in many changes, and print the number of each."""
    for count in range(100):
        with database.change(actor=name, action="set") as change:
            values.set_variable(change, "default", name, str(count))
        print(change.revision, flush=True)


def replace_for_ever(database: Database, _: str) -> None:
    """Replace all definitions again and again, and print each generation when it is stored."""
    number = 0
    while True:
        number += 1
        with database.change(actor="child", action=str(number)) as change:
            definitions.put_all(change, "default", generation(number))
        print(number, flush=True)


def count_for_ever(database: Database, name: str) -> None:
    """Set a variable to 1, 2, 3 …, and print each with the number of its change when it is stored."""
    count = 0
    while True:
        count += 1
        with database.change(actor=name, action="set") as change:
            values.set_variable(change, "default", name, str(count))
        print(change.revision, count, flush=True)


def stop_half_way(database: Database, _: str) -> None:
    """Replace half of the definitions, say so, and wait to be killed."""
    with database.change(actor="child", action="half") as change:
        definitions.put_all(change, "default", generation(-1)[: COUNT // 2])
        print("half", flush=True)
        sys.stdin.read()


def hold(database: Database, _: str) -> None:
    """Hold the database for writing until a line is read."""
    with database.change(actor="child", action="hold") as change:
        change.touch()
        print("held", flush=True)
        sys.stdin.readline()


def set_on_demand(database: Database, _: str) -> None:
    """Set the variable to each line that is read, and print the number of the change."""
    for line in sys.stdin:
        with database.change(actor="child", action="set") as change:
            values.set_variable(change, "default", "region", line.strip())
        print(change.revision, flush=True)


def open_new(_: Database, url: str) -> None:
    """Open a database that may not be there yet, at the moment that a line is read."""
    print("ready", flush=True)
    sys.stdin.readline()
    Database.open(url, create=True).close()


if __name__ == "__main__":
    _, program, url, argument = [*sys.argv, ""][:4]
    globals()[program](Database.open(url), argument)
