"""What the platform's scan would refuse is told as a warning, what only looks like it is not."""

import pytest

from unit.widget_service.widgets.extensions import widget, write_repository
from widget_service.widgets.hosting.scan import is_allowed_script
from widget_service.widgets.registry import validate_extensions

ENTRY = "widgets/plants/dist/content.html"


def found(repo, files):
    report = validate_extensions({"widgets": [widget()]}, repo=write_repository(repo, {ENTRY: "<p>", **files}))
    assert not report.has_errors
    return [(problem.code, problem.message.rpartition(" ")[2]) for problem in report.problems]


@pytest.mark.parametrize(
    ("name", "text", "category"),
    [
        ("app.js", f"const key = 'sk_live_{'a1' * 12}'", "credential_exposure"),
        ("app.mjs", f"const key = 'AKIA{'A1' * 8}'", "credential_exposure"),
        ("sub/page.HTM", "-----BEGIN RSA PRIVATE KEY-----", "credential_exposure"),
        ("app.jsx", "eval(atob('YQ=='))", "obfuscation"),
        ("app.js", r"\x61" * 200, "obfuscation"),
        ("app.js", "new CoinHive.Anonymous()", "crypto_mining"),
        # What only looks like it, or is not read.
        (
            "app.js",
            "const key = '${API_KEY}', id = '123e4567-e89b-12d3-a456-426614174000', x = 'abcdefgh12345678'",
            None,
        ),
        ("app.js", "evaluate(atob); new Function('return this')(); // eval", None),
        ("app.css", "eval(atob('YQ=='))", None),
    ],
)
def test_categories_of_the_scan(tmp_path, name, text, category):
    files = {f"widgets/plants/dist/{name}": text}
    assert found(tmp_path, files) == ([("CONTENT_SCAN_REJECTED", category)] if category else [])


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("app.js", True),
        ("/app.js", True),
        ("https://cdn.jsdelivr.net/npm/chart.js", True),
        ("//unpkg.com/vue@3", True),
        ("https://esm.sh/react@19", True),
        ("http://unpkg.com/vue@3", False),
        ("https://unpkg.com.evil.example/x.js", False),
        ("https://scripts.example/x.js", False),
        ("//scripts.example/x.js", False),
    ],
)
def test_scripts_come_from_the_widget_or_from_hosts_that_the_policy_allows(tmp_path, url, is_allowed):
    assert is_allowed_script(url) == is_allowed
    entry = {ENTRY: f'<script src="{url}"></script><script type="module" src="app.js"></script>'}
    told = found(tmp_path, {**entry, "widgets/plants/dist/app.js": ""})
    assert told == ([] if is_allowed else [("CONTENT_SCAN_REJECTED", "external_script_loading")])


def test_tags_of_a_whole_page_are_told_and_those_of_a_fragment_are_not(tmp_path):
    page = "<!doctype html><html><head><title>x</title></head><body><p></p></body></html>"
    report = validate_extensions({"widgets": [widget()]}, repo=write_repository(tmp_path, {ENTRY: page}))
    [problem] = report.problems
    assert (problem.path, problem.code, problem.is_error) == ("$.widgets[0].source.entry", "page_tags", False)
    assert "'html', 'head' and 'body'" in problem.message
    assert found(tmp_path, {ENTRY: "<header></header><p>&lt;body></p><!-- <body> --><script>'<html>'</script>"}) == []


@pytest.mark.parametrize(
    ("html", "is_told"),
    [
        ("<p>{{ title }}</p>", True),
        ('<img alt="{{title}}">', True),
        ("<p>{{ other }}</p>", False),
        ("<script>'{{ title }}'</script><style>p { --x: '{{ title }}' }</style><p>{ title }</p>", False),
        ("<!-- {{ x }} --><p>{{ title.x }}</p>", False),
    ],
)
def test_a_placeholder_of_a_prop_is_told_to_stay_literal(tmp_path, html, is_told):
    definition = widget(defaultConfig={"title": "x"})
    report = validate_extensions({"widgets": [definition]}, repo=write_repository(tmp_path, {ENTRY: html}))
    assert [problem.code for problem in report.problems] == (["placeholder"] if is_told else [])
    assert not is_told or "{{ title }}" in report.problems[0].message


@pytest.mark.parametrize(
    ("css", "is_told"),
    [
        ('@import "more.css";', True),
        ("@IMPORT 'more.css' screen;", True),
        ("@import url(more.css);", False),
        ('@import "https://fonts.example/a.css";', False),
        ('/* @import "more.css"; */', False),
    ],
)
def test_a_stylesheet_that_is_imported_by_a_string_is_told_to_lead_nowhere(tmp_path, css, is_told):
    files = {ENTRY: f"<style>{css}</style>", "widgets/plants/dist/more.css": ""}
    report = validate_extensions({"widgets": [widget()]}, repo=write_repository(tmp_path, files))
    assert [problem.code for problem in report.problems] == (["unresolved_reference"] if is_told else [])
