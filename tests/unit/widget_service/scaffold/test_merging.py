"""An entry is added to a registry in the file's own formatting; every other character stays."""

import json

import pytest

from widget_service.scaffold.merging import UnusableRegistry, add_entry

ENTRY = {"type": "new", "n": [1]}
CASES = {
    "lines": (
        '{\n  "widgets": [\n    {\n      "type": "a"\n    }\n  ],\n  "scripts": []\n}\n',
        '{\n  "widgets": [\n    {\n      "type": "a"\n    },\n    {\n      "type": "new",\n      "n": [\n        1\n'
        '      ]\n    }\n  ],\n  "scripts": []\n}\n',
    ),
    "entries on one line each": (
        '{\n\t"widgets": [\n\t\t{ "type": "a" }\n\t]\n}',
        '{\n\t"widgets": [\n\t\t{ "type": "a" },\n\t\t{\n\t\t\t"type": "new",\n\t\t\t"n": [\n\t\t\t\t1\n'
        "\t\t\t]\n\t\t}\n\t]\n}",
    ),
    "one line": ('{"widgets": [{"type":"a"}]}', '{"widgets": [{"type":"a"}, {"type": "new", "n": [1]}]}'),
    "an empty list": (
        '{\n  "widgets": []\n}\n',
        '{\n  "widgets": [\n    {\n      "type": "new",\n      "n": [\n        1\n      ]\n    }\n  ]\n}\n',
    ),
    "an empty list on one line": ('{"widgets": [ ]}', '{"widgets": [{"type": "new", "n": [1]}]}'),
    "no list": (
        '{\n    "scripts": [ ]\n}\n',
        '{\n    "scripts": [ ],\n    "widgets": [\n        {\n            "type": "new",\n            "n": [\n'
        "                1\n            ]\n        }\n    ]\n}\n",
    ),
    "no list on one line": ('{"scripts":[]}', '{"scripts":[], "widgets": [{"type": "new", "n": [1]}]}'),
    "nothing": (
        "{}",
        '{\n  "widgets": [\n    {\n      "type": "new",\n      "n": [\n        1\n      ]\n    }\n  ]\n}',
    ),
    "lines as on Windows": (
        '{\r\n  "widgets": [\r\n    {}\r\n  ]\r\n}',
        '{\r\n  "widgets": [\r\n    {},\r\n    {\r\n      "type": "new",\r\n      "n": [\r\n        1\r\n'
        "      ]\r\n    }\r\n  ]\r\n}",
    ),
    "a mark": ('\ufeff{"widgets": []}', '\ufeff{"widgets": [{"type": "new", "n": [1]}]}'),
    "brackets in texts": (
        '{"widgets": [{"title": "]} \\" ["}], "x": "é"}',
        '{"widgets": [{"title": "]} \\" ["}, {"type": "new", "n": [1]}], "x": "é"}',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_rest_of_the_file_stays_as_it_is(tmp_path, name):
    before, after = CASES[name]
    file = tmp_path / "extensions_registry.json"
    file.write_bytes(before.encode())
    add_entry(file, "widgets", ENTRY)
    assert file.read_bytes().decode() == after
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_made_where_there_is_none(tmp_path):
    file = tmp_path / "extensions_registry.json"
    add_entry(file, "widgets", ENTRY)
    assert file.read_text() == json.dumps({"widgets": [ENTRY]}, indent=2) + "\n"


@pytest.mark.parametrize(
    ("text", "words"), [("{,}", "broken, mend it first: line 1"), ('{"widgets": {}}', "is no list")]
)
def test_a_broken_registry_stays_as_it_is(tmp_path, text, words):
    file = tmp_path / "extensions_registry.json"
    file.write_text(text)
    with pytest.raises(UnusableRegistry, match=words):
        add_entry(file, "widgets", ENTRY)
    assert file.read_text() == text
