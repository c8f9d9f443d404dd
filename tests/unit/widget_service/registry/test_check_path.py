"""Checking a path: a folder by its registries, a single file by what is in it."""

import json
import shutil

import pytest

from unit.widget_service.connectors.definitions import composite, connector, step
from unit.widget_service.widgets.extensions import widget
from widget_service.registry.check_path import CheckedFile, check_path

CONNECTORS = {"connectors": [connector(permalink="one"), connector(permalink="two")]}
WRONG = {"connectors": [connector(method="get")]}
EXTENSIONS = {"widgets": [], "scripts": [], "stylesheets": []}


def write(folder, **files):
    """Write each value as JSON (text as it is) to the file of its name, and return the folder."""
    for name, value in files.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def told(checked):
    return [(result.file.name, [problem.code for problem in result.problems]) for result in checked]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"connectors_registry": CONNECTORS}, [("connectors_registry.json", [])]),
        ({"connectors_registry": WRONG}, [("connectors_registry.json", ["choice"])]),
        ({"connectors_registry": {}}, [("connectors_registry.json", [])]),
        ({"extensions_registry": EXTENSIONS}, [("extensions_registry.json", [])]),
        (
            {"extensions_registry": EXTENSIONS, "connectors_registry": WRONG, "other": WRONG},
            [("connectors_registry.json", ["choice"]), ("extensions_registry.json", [])],
        ),
        ({"connectors_registry": "{"}, [("connectors_registry.json", ["json_syntax"])]),
        ({"connectors_registry": []}, [("connectors_registry.json", ["wrong_type"])]),
    ],
)
def test_a_folder_is_checked_by_its_registries(tmp_path, files, found):
    assert told(check_path(write(tmp_path, **files))) == found


@pytest.mark.parametrize("files", [{}, {"other": CONNECTORS}])
def test_a_folder_without_a_registry_says_what_would_be_one(tmp_path, files):
    [checked] = check_path(write(tmp_path, **files))
    assert (checked.file, checked.has_errors) == (tmp_path, True)
    assert checked.problems[0].message == "holds no registry"
    assert "connectors_registry.json or extensions_registry.json" in checked.problems[0].expected


@pytest.mark.parametrize(
    ("name", "value", "summary", "found"),
    [
        ("any", CONNECTORS, "2 connectors, 0 composites", []),
        ("any", {"connectors": [connector()], "composite_connectors": [composite(step())]}, "1 connector, ", []),
        ("any", {"composite_connectors": []}, "0 connectors, 0 composites", []),
        ("any", WRONG, "0 connectors, 0 composites", ["choice"]),
        ("any", EXTENSIONS, "no widgets", []),
        ("extensions_registry", CONNECTORS, "2 connectors", []),
        ("connectors_registry", EXTENSIONS, "no widgets", []),
        ("connectors_registry", {}, "0 connectors, 0 composites", []),
        ("extensions_registry", {}, "no widgets", []),
        ("any", {}, "not a registry", ["no_registry"]),
        ("any", {"something": 1}, "not a registry", ["no_registry"]),
        ("any", [], "not a registry", ["wrong_type"]),
        ("any", "", "not a registry", ["json_syntax"]),
        ("any", '{"connectors": [],}', "not a registry", ["json_syntax"]),
        ("any", "\N{ZERO WIDTH NO-BREAK SPACE}" + json.dumps(CONNECTORS), "2 connectors", ["byte_order_mark"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_single_file_is_checked_by_its_content(tmp_path, name, value, summary, found):
    [checked] = check_path(write(tmp_path, **{name: value}) / f"{name}.json")
    assert checked.summary.startswith(summary)
    assert [problem.code for problem in checked.problems] == found


def test_what_cannot_be_read_is_a_problem(tmp_path):
    [checked] = check_path(tmp_path / "missing.json")
    assert [problem.code for problem in checked.problems] == ["unreadable"]
    assert checked.problems[0].expected.startswith("check the path")
    assert checked.has_errors


def test_problems_have_the_place_in_the_file(tmp_path):
    [checked] = check_path(write(tmp_path, connectors_registry=WRONG))
    [problem] = checked.problems
    line = (tmp_path / "connectors_registry.json").read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith('"get"')


@pytest.mark.parametrize(("allow_insecure", "valid"), [(False, False), (True, True)])
def test_a_setting_admits_local_destinations(tmp_path, allow_insecure, valid):
    write(tmp_path, connectors_registry={"connectors": [connector(url="http://localhost:3000")]})
    for path in (tmp_path, tmp_path / "connectors_registry.json"):
        [checked] = check_path(path, allow_insecure=allow_insecure)
        assert checked.as_dict()["valid"] is valid


def test_the_files_of_widgets_count_in_a_folder_only(tmp_path):
    write(tmp_path, extensions_registry={"widgets": [widget()]})
    alone = tmp_path / "alone.json"
    shutil.copy(tmp_path / "extensions_registry.json", alone)
    [in_folder], [by_itself] = check_path(tmp_path), check_path(alone)
    assert not by_itself.has_errors
    assert in_folder.has_errors


def test_warnings_do_not_refuse_a_file(tmp_path):
    [checked] = check_path(write(tmp_path, connectors_registry={"connectors": [], "x": 1}))
    assert [problem.severity for problem in checked.problems] == ["warning"]
    assert not checked.has_errors


def test_a_checked_file_is_plain_json_values(tmp_path):
    [checked] = check_path(write(tmp_path, connectors_registry=WRONG))
    plain = json.loads(json.dumps(checked.as_dict()))
    assert (plain["file"], plain["valid"]) == (str(tmp_path / "connectors_registry.json"), False)
    assert [problem["code"] for problem in plain["problems"]] == ["choice"]
    assert CheckedFile(tmp_path).as_dict() == {"file": str(tmp_path), "valid": True, "problems": []}


def test_the_theme_of_a_repository_is_checked_with_it(tmp_path):
    (tmp_path / "extensions_registry.json").write_text("{}")
    (tmp_path / ".widget-service").mkdir()
    theme = tmp_path / ".widget-service" / "theme.json"
    theme.write_text('{"--space-100": "9px", "space-200": 9}')
    _, checked = check_path(tmp_path)
    assert checked.file == theme
    assert [(problem.path, problem.line) for problem in checked.problems] == [("$['space-200']", 1)]
    theme.write_text('{"--space-100": "9px"}')
    assert check_path(tmp_path)[1].summary == "1 token"
