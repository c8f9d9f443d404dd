"""Ten thousand definitions are written, read and followed as one change each."""

import pytest

from unit.widget_service.storage.stores import made
from widget_service.storage import definitions
from widget_service.storage.definitions import NewDefinition

COUNT = 10_000


def definition(number: int, generation: int = 0) -> NewDefinition:
    text = f'{{"name": "C {number}", "url": "https://api.example.com/{generation}", "x": "{"x" * 400}"}}'
    return NewDefinition(permalink=f"c-{number}", kind="connector", definition=text, secrets=("api_key",))


@pytest.fixture
def database(tmp_path):
    return made(tmp_path / "store.db")


def test_ten_thousand_definitions(database):
    with database.change(actor="anna", action="apply") as change:
        assert len(definitions.put_all(change, "default", map(definition, range(COUNT)))) == COUNT
    with database.read() as read:
        assert len(definitions.of_tenant(read, "default")) == COUNT
    with database.change(actor="anna", action="apply") as change:
        wanted = [definition(number, generation=number % 2) for number in range(COUNT)]
        assert len(definitions.put_all(change, "default", wanted)) == COUNT // 2
        definitions.delete_all(change, "default", [f"c-{number}" for number in range(0, COUNT, 10)])
    with database.read() as read:
        assert len(definitions.of_tenant(read, "default")) == COUNT - COUNT // 10
    assert database.revision() == 3
