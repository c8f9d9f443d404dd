"""The extensions that are served: what a save changes, and that the last good state stays where a save is broken."""

import json
import shutil

import pytest

from unit.widget_service.widgets.extensions import script, stylesheet, widget, write_repository
from widget_service.widgets.repository import Changes, ExtensionRepository

ENTRY = "widgets/plants/dist/content.html"
REGISTRY = "extensions_registry.json"
NOTHING = Changes()


@pytest.fixture
def repo(tmp_path):
    files = {ENTRY: "<p>1</p>", "widgets/other/content.html": "<p>o</p>", "scripts/analytics.js": "1"}
    other = widget(type="other", source={"path": "widgets/other", "entry": "content.html"})
    return write_repository(tmp_path, files, widgets=[widget(), other], scripts=[script()])


@pytest.fixture
def extensions(repo):
    return ExtensionRepository(repo)


def html(extensions, type_="acme_plants"):
    return extensions.state.widgets[type_].hosted.html


def codes(extensions):
    return [problem.code for problem in extensions.state.problems]


def save(extensions, repo, name, content):
    write_repository(repo, {name: content if isinstance(content, str) else json.dumps(content)})
    return extensions.refresh([repo / name])


def test_a_repository_is_read_at_once(extensions):
    state = extensions.state
    assert (list(state.widgets), state.problems) == (["acme_plants", "other"], ())
    assert len(state.assets) == 3
    assert state.report.summary == "2 widgets, 1 script"


@pytest.mark.parametrize(
    ("name", "content", "changes"),
    [
        (ENTRY, "<p>2</p>", Changes(widgets=("acme_plants",))),
        ("widgets/plants/dist/new/a.js", "1", Changes(widgets=("acme_plants",))),
        (ENTRY, "<p>1</p>", NOTHING),
        (ENTRY, '<img src="no.png">', Changes(widgets=("acme_plants",), problems=True)),
        ("widgets/plants/README.md", "x", NOTHING),
        ("README.md", "x", NOTHING),
        ("scripts/analytics.js", "2", Changes(page=True)),
        ("scripts/other.js", "2", NOTHING),
    ],
)
def test_a_saved_file_changes_what_it_concerns(extensions, repo, name, content, changes):
    assert save(extensions, repo, name, content) == changes


def test_a_saved_entry_is_served_and_the_former_revision_is_not(extensions, repo):
    before = set(extensions.state.assets)
    save(extensions, repo, ENTRY, "<p>2</p>")
    assert html(extensions) == "<p>2</p>"
    assert len(before - set(extensions.state.assets)) == 1


def test_a_broken_folder_leaves_the_last_good_files(extensions, repo):
    (repo / ENTRY).unlink()
    assert extensions.refresh([repo / ENTRY]) == Changes(problems=True)
    assert (html(extensions), codes(extensions)) == ("<p>1</p>", ["ENTRY_FILE_NOT_FOUND"])
    [problem] = extensions.state.problems
    assert (problem.line, problem.subject) == (1, "acme_plants")
    assert save(extensions, repo, ENTRY, "<p>1</p>") == Changes(problems=True)
    assert codes(extensions) == []


def test_a_broken_script_leaves_the_last_good_one(extensions, repo):
    url = extensions.state.scripts[0].hosted.url
    (repo / "scripts/analytics.js").unlink()
    assert extensions.refresh([repo / "scripts/analytics.js"]) == Changes(problems=True)
    assert (extensions.state.scripts[0].hosted.url, codes(extensions)) == (url, ["file_not_found"])
    assert url in extensions.state.assets
    assert save(extensions, repo, "scripts/analytics.js", "2") == Changes(page=True, problems=True)


def test_a_folder_that_is_moved_in_or_away_concerns_what_lies_in_it(extensions, repo):
    shutil.move(repo / "widgets", repo / "away")
    assert extensions.refresh([repo / "widgets", repo / "away"]) == Changes(problems=True)
    assert codes(extensions) == ["ENTRY_FILE_NOT_FOUND"] * 2
    shutil.move(repo / "away", repo / "widgets")
    write_repository(repo, {ENTRY: "<p>2</p>"})
    changes = extensions.refresh([repo / "widgets", repo / "away"])
    assert changes == Changes(widgets=("acme_plants",), problems=True)


@pytest.mark.parametrize(
    "broken",
    ["{", "[]", {"widgets": {}}, {"widgets": [widget(type="")]}, {"widgets": [], "widget": []}],
    ids=str,
)
def test_a_broken_registry_is_told_and_leaves_the_last_good_one(extensions, repo, broken):
    assert save(extensions, repo, REGISTRY, broken) == Changes(problems=True)
    assert list(extensions.state.widgets) == ["acme_plants", "other"]
    assert any(problem.is_error for problem in extensions.state.problems)
    assert save(extensions, repo, ENTRY, "<p>2</p>") == Changes(widgets=("acme_plants",))
    assert save(extensions, repo, REGISTRY, {"widgets": [widget()]}) == Changes(page=True, problems=True)
    assert (list(extensions.state.widgets), html(extensions)) == (["acme_plants"], "<p>2</p>")
    assert codes(extensions) == []


def test_a_registry_saved_without_a_change_changes_nothing(extensions, repo):
    registry = json.loads((repo / REGISTRY).read_text())
    (repo / REGISTRY).write_text(json.dumps(registry, indent=2))
    assert extensions.refresh([repo / REGISTRY]) == NOTHING


def test_at_the_first_reading_the_definitions_without_an_error_are_served(tmp_path):
    widgets = [widget(), widget(type="broken", version="1")]
    repo = write_repository(tmp_path, {ENTRY: "<p>1</p>"}, widgets=widgets, stylesheets=[stylesheet()])
    extensions = ExtensionRepository(repo)
    assert list(extensions.state.widgets) == ["acme_plants"]
    assert codes(extensions) == ["pattern", "file_not_found"]
    assert save(extensions, repo, REGISTRY, {"widgets": [widget(title="New", version="x")]}) == Changes(True, (), True)
    assert list(extensions.state.widgets) == []


def test_a_widget_whose_folder_is_another_does_not_show_the_former_ones_files(extensions, repo):
    moved = widget(source={"path": "nowhere", "entry": "content.html"})
    assert save(extensions, repo, REGISTRY, {"widgets": [moved]}).page
    assert extensions.state.widgets["acme_plants"].hosted is None


def test_a_widget_that_is_built_for_the_first_time_changes_the_page(tmp_path):
    repo = write_repository(tmp_path, {}, widgets=[widget()])
    extensions = ExtensionRepository(repo)
    assert extensions.state.widgets["acme_plants"].hosted is None
    assert save(extensions, repo, ENTRY, "<p>1</p>") == Changes(True, ("acme_plants",), True)


def test_a_repository_without_a_registry_is_empty_until_there_is_one(tmp_path):
    extensions = ExtensionRepository(write_repository(tmp_path, {ENTRY: "<p>1</p>"}))
    assert (extensions.state.widgets, extensions.state.problems) == ({}, ())
    assert save(extensions, tmp_path, "widget_registry.json", {"widgets": [widget()]}).page
    assert (list(extensions.state.widgets), codes(extensions)) == (["acme_plants"], ["legacy_name"])
    assert save(extensions, tmp_path, REGISTRY, {"widgets": [widget(title="New")]}).page
    assert (extensions.state.file_name, codes(extensions)) == (REGISTRY, [])
    (tmp_path / REGISTRY).unlink()
    (tmp_path / "widget_registry.json").unlink()
    assert extensions.refresh([tmp_path / REGISTRY]).page
    assert (extensions.state.widgets, extensions.state.problems) == ({}, ())


def test_a_saved_picture_is_looked_at_again(tmp_path):
    repo = write_repository(tmp_path, {ENTRY: ""}, widgets=[widget(imageSrc="widgets/plants/thumbnail.png")])
    extensions = ExtensionRepository(repo)
    assert codes(extensions) == ["file_not_found"]
    assert save(extensions, repo, "widgets/plants/thumbnail.png", "x") == Changes(problems=True)
    assert codes(extensions) == []
