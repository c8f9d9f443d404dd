"""``widget-service new``: what it writes is sound, and nothing that is there is overwritten."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from support.service import serving
from widget_service.cli import app

FORMS = ("html", "vanilla", "react", "vue")


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("form", ["html", "vanilla"])
def test_a_widget_is_sound_as_it_is_begun(tmp_path, form):
    begun = run("new", "widget", "acme_plants", "--template", form, "--repo", str(tmp_path))
    assert begun.exit_code == 0, begun.output
    assert "created  widgets/acme_plants/dist/" in begun.output
    checked = run("validate", str(tmp_path))
    assert (checked.exit_code, "no problems" in checked.output) == (0, True), checked.output
    [entry] = json.loads((tmp_path / "extensions_registry.json").read_text())["widgets"]
    assert (entry["type"], entry["title"]) == ("acme_plants", "Acme plants")


@pytest.mark.parametrize("form", ["react", "vue"])
def test_a_widget_that_is_built_says_how(tmp_path, form):
    begun = run("new", "widget", "acme", "--template", form, "--repo", str(tmp_path), "--no-install")
    assert begun.exit_code == 0, begun.output
    assert "npm install && npm run build" in begun.output
    assert json.loads((tmp_path / "widgets" / "acme" / "package.json").read_text())["scripts"]["build"]
    assert (tmp_path / "widgets" / "acme" / ".gitignore").read_text() == "node_modules/\n"


def test_without_npm_nothing_is_begun_that_it_builds(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    refused = run("new", "widget", "acme", "--template", "vue", "--repo", str(tmp_path))
    assert refused.exit_code == 1
    assert "--no-install" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_second_widget_is_added_and_one_of_the_same_name_is_refused(tmp_path):
    for name in ("one", "two"):
        assert run("new", "widget", name, "--repo", str(tmp_path)).exit_code == 0
    registry = tmp_path / "extensions_registry.json"
    before = registry.read_text()
    refused = run("new", "widget", "one", "--repo", str(tmp_path))
    assert (refused.exit_code, "There is a widget 'one'" in refused.output) == (1, True)
    assert [entry["type"] for entry in json.loads(before)["widgets"]] == ["one", "two"]
    (tmp_path / "widgets" / "three").mkdir()
    refused = run("new", "widget", "three", "--repo", str(tmp_path))
    assert (refused.exit_code, "nothing is overwritten" in refused.output) == (1, True)
    assert registry.read_text() == before


def test_the_legacy_registry_is_the_one_that_is_added_to(tmp_path):
    (tmp_path / "widget_registry.json").write_text('{"widgets": []}')
    assert run("new", "widget", "one", "--repo", str(tmp_path)).exit_code == 0
    assert json.loads((tmp_path / "widget_registry.json").read_text())["widgets"][0]["type"] == "one"
    assert not (tmp_path / "extensions_registry.json").exists()


def test_a_connector_is_sound_and_answers_with_its_mock(tmp_path):
    begun = run("new", "connector", "Plant prices", "--repo", str(tmp_path))
    assert begun.exit_code == 0, begun.output
    checked = run("validate", str(tmp_path))
    assert (checked.exit_code, "no problems" in checked.output) == (0, True), checked.output
    with serving(tmp_path, "--mock") as service:
        assert service.execute("plant-prices").json() == {"message": "A mock of Plant prices"}


def test_a_connector_keeps_what_is_there(tmp_path):
    (tmp_path / ".widget-service" / "mocks").mkdir(parents=True)
    mock = tmp_path / ".widget-service" / "mocks" / "prices.json"
    mock.write_text("[]")
    begun = run(
        "new", "connector", "prices", "--url", "https://api.example.com/p", "--method", "POST", "--repo", str(tmp_path)
    )
    assert begun.exit_code == 0, begun.output
    assert mock.read_text() == "[]"
    [entry] = json.loads((tmp_path / "connectors_registry.json").read_text())["connectors"]
    assert (entry["url"], entry["method"], entry["permalink"]) == ("https://api.example.com/p", "POST", "prices")
    refused = run("new", "connector", "Prices", "--repo", str(tmp_path))
    assert (refused.exit_code, "There is a connector 'prices'" in refused.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("widget", "../evil"), 1, "cannot be the type"),
        (("widget", "a b"), 1, "cannot be the type"),
        (("connector", "!!!"), 1, "makes no permalink"),
        (("widget", "ok", "--template", "angular"), 2, "angular"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path, arguments, code, words):
    refused = run("new", *arguments, "--repo", str(tmp_path))
    assert (refused.exit_code, words in refused.output) == (code, True), refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path):
    refused = run("new", "widget", "one", "--repo", str(tmp_path / "nowhere"))
    assert (refused.exit_code, "is not a folder" in refused.output) == (2, True)
