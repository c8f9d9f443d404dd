"""Hosting of widgets and page files: one revision of each, or what is wrong with its files, by the platform's codes."""

import pytest

from unit.widget_service.widgets.extensions import (
    content_widget,
    script,
    stylesheet,
    widget,
    write_repository,
)
from widget_service.widgets.definition import Source
from widget_service.widgets.hosting.folder import MAX_FILE_BYTES, MAX_FILES, MAX_PICTURE_BYTES
from widget_service.widgets.hosting.widget_files import host_widget, url_segment
from widget_service.widgets.registry import validate_extensions

ENTRY = "widgets/plants/dist/content.html"


def host(repo, type_="acme_plants", path="widgets/plants/dist", entry="content.html"):
    return host_widget(repo, type_, Source(path=path, entry=entry), place="$.widgets[0]")


def codes(repo, **lists):
    report = validate_extensions(lists, repo=repo)
    return [(problem.path, f"{problem.code}{'' if problem.is_error else '?'}") for problem in report.problems]


def test_a_widget_is_its_entry_and_the_files_of_its_folder(tmp_path):
    write_repository(tmp_path, {ENTRY: '<img src="a.png">', "widgets/plants/dist/a.png": b"\x89", "other.js": ""})
    hosted, problems = host(tmp_path)
    assert problems == []
    assert hosted.base == f"/widgets/acme_plants/{hosted.revision}/"
    assert hosted.html == f'<img src="{hosted.base}a.png">'
    assert set(hosted.assets) == {f"{hosted.base}a.png", f"{hosted.base}content.html"}
    assert hosted.assets[f"{hosted.base}a.png"].body == b"\x89"


@pytest.mark.parametrize(
    ("path", "entry"), [("./widgets/plants//dist/", "./content.html"), ("widgets/plants", "dist//content.html")]
)
def test_paths_may_be_written_in_other_ways(tmp_path, path, entry):
    write_repository(tmp_path, {ENTRY: "\N{ZERO WIDTH NO-BREAK SPACE}<p>é</p>"})
    hosted, problems = host(tmp_path, path=path, entry=entry)
    assert (problems, hosted.html) == ([], "<p>é</p>")


def test_the_revision_is_that_of_all_files_and_of_nothing_else(tmp_path):
    write_repository(tmp_path, {ENTRY: "<p>", "widgets/plants/dist/a.js": "a"})
    first, again = host(tmp_path)[0], host(tmp_path)[0]
    write_repository(tmp_path, {"widgets/plants/dist/a.js": "b"})
    assert first.revision == again.revision != host(tmp_path)[0].revision


@pytest.mark.parametrize(
    ("files", "place", "code"),
    [
        ({}, "source.path", "ENTRY_FILE_NOT_FOUND"),
        ({"widgets/plants/dist": ""}, "source.path", "ENTRY_FILE_NOT_FOUND"),
        ({"widgets/plants/dist/index.html": ""}, "source.entry", "ENTRY_FILE_NOT_FOUND"),
        ({ENTRY: b"<p>\xff"}, "source.entry", "TRANSFORMATION_FAILED"),
        ({ENTRY: b"x" * (MAX_FILE_BYTES + 1)}, "source.path", "MAX_SIZE_EXCEEDED"),
        (
            {f"widgets/plants/dist/{n}.js": "" for n in range(MAX_FILES)} | {ENTRY: ""},
            "source.path",
            "MAX_FILES_EXCEEDED",
        ),
        ({ENTRY: '<img src="no.png">'}, "source.entry", "unresolved_reference?"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_with_the_files_of_a_widget(tmp_path, files, place, code):
    write_repository(tmp_path, files)
    assert codes(tmp_path, widgets=[widget()]) == [(f"$.widgets[0].{place}", code)]
    assert (host(tmp_path)[0] is None) == (not code.endswith("?"))


def test_another_entry_is_proposed(tmp_path):
    write_repository(tmp_path, {"widgets/plants/dist/index.html": ""})
    [problem] = host(tmp_path)[1]
    assert "index.html" in problem.expected
    assert problem.subject == "acme_plants"


@pytest.mark.parametrize(
    ("size", "found"),
    [
        (None, [("$.widgets[0].imageSrc", "file_not_found?")]),
        (MAX_PICTURE_BYTES, []),
        (MAX_PICTURE_BYTES + 1, [("$.widgets[0].imageSrc", "MAX_SIZE_EXCEEDED")]),
    ],
)
def test_the_picture_of_a_widget_is_limited(tmp_path, size, found):
    write_repository(tmp_path, {"a.png": b"x" * size} if size else {})
    assert codes(tmp_path, widgets=[content_widget() | {"imageSrc": "./a.png"}]) == found


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "file_not_found"),
        ({"scripts/analytics.js/x": ""}, "file_not_found"),
        ({"scripts/analytics.js": b"x" * (MAX_FILE_BYTES + 1)}, "MAX_SIZE_EXCEEDED"),
        ({"scripts/analytics.js": b"\xff"}, "encoding"),
        ({"scripts/analytics.js": "é"}, None),
    ],
    ids=["missing", "folder", "large", "latin", "good"],
)
def test_what_is_wrong_with_the_file_of_a_script(tmp_path, files, code):
    write_repository(tmp_path, files)
    assert codes(tmp_path, scripts=[script()]) == ([("$.scripts[0].path", code)] if code else [])


def test_external_files_are_never_looked_for(tmp_path):
    lists = {
        "scripts": [script(path="https://a.example/a.js")],
        "stylesheets": [stylesheet(path="http://a.example/a.css")],
    }
    assert codes(tmp_path, **lists) == []


@pytest.mark.parametrize(
    ("type_", "segment"),
    [
        ("acme_plants-1.2", "acme_plants-1.2"),
        ("a/b c", "a~2Fb~20c"),
        ("a~b", "a~7Eb"),
        ("é", "~C3~A9"),
        ("%2F", "~252F"),
    ],
)
def test_a_type_is_one_segment_of_a_url(type_, segment):
    assert url_segment(type_) == segment
