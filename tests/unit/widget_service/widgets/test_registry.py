"""Checks of a registry of extensions as a whole, and of its scripts, stylesheets and import maps."""

import json

import pytest

from support.absent import ABSENT
from unit.widget_service.widgets.extensions import (
    codes,
    codes_of,
    form_widget,
    property_,
    rule,
    script,
    stylesheet,
    widget,
    write_repository,
)
from widget_service.registry.load import parse_registry
from widget_service.widgets.registry import find_registry, validate_extensions

GLOBAL_RULE = {"field": "pageType", "operator": "in", "value": ["global"]}


@pytest.mark.parametrize(
    ("registry", "found"),
    [
        ([], [("$", "wrong_type")]),
        ({}, []),
        ({"widgets": None, "scripts": [], "stylesheets": [], "importMaps": []}, []),
        ({"widgets": {}}, [("$.widgets", "wrong_type")]),
        ({"widgets": [None, "plants"]}, [("$.widgets[0]", "wrong_type"), ("$.widgets[1]", "wrong_type")]),
        ({"widget": []}, [("$.widget", "unknown_field")]),
        ({"connectors": []}, [("$.connectors", "unknown_field")]),
        ({"$schema": "x"}, [("$['$schema']", "unknown_field")]),
        ({"widgets": [widget(title="a\0b")]}, [("$.widgets[0].title", "invalid_text")]),
    ],
    ids=str,
)
def test_the_root_holds_four_lists(registry, found):
    assert codes(registry) == found


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        ({"widgets": [widget(connectors=[])]}, "connectors_registry.json, a file of its own"),
        ({"connectors": []}, "connectors_registry.json, a file of its own"),
        ({"widgets": [widget(movable=True)]}, "in 'settings'"),
        ({"widgets": [widget(entry="a.html")]}, "in 'source'"),
        ({"widgets": [widget(properties=[])]}, "in 'configuration'"),
        ({"widgets": [widget(default_config={})]}, "'defaultConfig'?"),
        ({"widget": []}, "'widgets'?"),
    ],
    ids=str,
)
def test_a_key_that_is_not_known_says_where_it_belongs(registry, expected):
    [problem] = validate_extensions(registry).problems
    assert problem.expected == expected


def test_a_registry_nested_without_end_is_one_problem():
    deep: object = "x"
    for _ in range(200):
        deep = [deep]
    assert [code for _, code in codes({"widgets": [widget(defaultConfig={"deep": deep})]})] == ["too_deep"]


def test_every_problem_is_told_at_once_in_the_order_of_the_file():
    registry = {
        "widgets": [
            widget(category=ABSENT, connectors=[], settings={"movable": "no"}),
            form_widget(property_(type="select"), property_(name=""), icon="x"),
        ],
        "scripts": [script(placement="footer", path="../a.css")],
        "stylesheets": [stylesheet(name="-", placement="head")],
        "importMaps": [{"imports": {"react": "http://cdn.example/react.js"}}],
        "widget": [],
    }
    assert sorted(codes(registry)) == [
        ("$.importMaps[0].imports.react", "not_https"),
        ("$.scripts[0].path", "PATH_TRAVERSAL_DETECTED"),
        ("$.scripts[0].path", "pattern"),
        ("$.scripts[0].placement", "choice"),
        ("$.stylesheets[0].name", "pattern"),
        ("$.stylesheets[0].placement", "unknown_field"),
        ("$.widget", "unknown_field"),
        ("$.widgets[0].category", "missing"),
        ("$.widgets[0].connectors", "unknown_field"),
        ("$.widgets[0].settings.movable", "wrong_type"),
        ("$.widgets[1].configuration.icon", "unknown_field"),
        ("$.widgets[1].configuration.properties[0]", "contradiction"),
        ("$.widgets[1].configuration.properties[1].name", "too_short"),
        ("$.widgets[1].type", "duplicate"),
    ]


def test_problems_of_a_file_have_lines_and_say_whose_they_are():
    text = json.dumps({"widgets": [widget(), widget(type="other", version="1")]}, indent=2)
    document, _ = parse_registry(text.encode())
    [problem] = validate_extensions(document).problems
    assert text.splitlines()[problem.line - 1].strip() == '"version": "1"'
    assert (problem.subject, problem.path) == ("other", "$.widgets[1].version")


@pytest.mark.parametrize(
    ("lists", "path"),
    [
        ({"widgets": [widget(), widget(title="Other")]}, "$.widgets[1].type"),
        ({"scripts": [script(), script(path="b.js"), script(path="c.js", name="other")]}, "$.scripts[1].name"),
        ({"stylesheets": [stylesheet(), stylesheet()]}, "$.stylesheets[1].name"),
    ],
    ids=str,
)
def test_a_second_one_of_the_same_name_is_refused_and_the_first_stays(lists, path):
    assert codes(lists) == [(path, "duplicate")]
    report = validate_extensions(lists)
    [name] = [name for name in ("widgets", "scripts", "stylesheets") if name in lists]
    assert len(getattr(report, name)) == len(lists[name]) - 1


def test_scripts_and_stylesheets_may_share_a_name():
    assert codes({"scripts": [script(name="acme")], "stylesheets": [stylesheet(name="acme")]}) == []


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"name": ABSENT}, [("name", "missing")]),
        ({"name": ".hidden"}, [("name", "pattern")]),
        ({"name": "a b"}, [("name", "pattern")]),
        ({"name": "a\n"}, [("name", "pattern")]),
        ({"path": ABSENT}, [("path", "missing")]),
        ({"path": "scripts/a.mjs"}, [("path", "pattern")]),
        ({"path": "scripts/../a.js"}, [("path", "PATH_TRAVERSAL_DETECTED")]),
        ({"path": "/scripts/a.js"}, [("path", "ABSOLUTE_PATH_NOT_ALLOWED")]),
        ({"path": "ftp://cdn.example/a.js"}, [("path", "pattern")]),
        ({"path": "https://cdn.example/a.css"}, [("path", "pattern")]),
        ({"placement": "footer"}, [("placement", "choice")]),
        ({"attributes": ["async"]}, [("attributes", "wrong_type")]),
        ({"attributes": {"async": True}}, [("attributes.async", "wrong_type")]),
        ({"attributes": {"a b": "x"}}, [("attributes", "pattern")]),
        ({"attributes": {">": "x"}}, [("attributes", "pattern")]),
        ({"rules": {}}, [("rules", "wrong_type")]),
        (
            {"rules": [{}]},
            [("rules[0].field", "missing"), ("rules[0].operator", "missing"), ("rules[0].value", "missing")],
        ),
        (
            {"rules": [{**GLOBAL_RULE, "negate": True}]},
            [("rules[0].negate", "unknown_field"), ("rules[0].value", "never_matches?")],
        ),
        ({"source": {}}, [("source", "unknown_field")]),
    ],
    ids=str,
)
def test_a_script_is_checked(fields, found):
    assert codes_of(script(**fields), "scripts") == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"path": "stylesheets/a.scss"}, [("path", "pattern")]),
        ({"placement": "head"}, [("placement", "unknown_field")]),
        ({"attributes": {"media": "print"}, "rules": []}, []),
        ({"path": "https://fonts.example/a.css"}, []),
        ({"path": "HTTP://fonts.example/a.css?v=2"}, []),
    ],
    ids=str,
)
def test_a_stylesheet_is_checked(fields, found):
    assert codes_of(stylesheet(**fields), "stylesheets") == found


@pytest.mark.parametrize(
    ("field", "operator", "value", "code"),
    [
        ("page", "eq", "homepage", None),
        ("page", "in", ["homepage", "category/7", "customPage/9", "educationTrainingEvents"], None),
        ("page", "in", ["home"], "never_matches?"),
        ("page", "eq", ["homepage"], "wrong_type"),
        ("page", "in", "homepage", "wrong_type"),
        ("page", "not_in", [1], "wrong_type"),
        ("pageType", "neq", "category", None),
        ("pageType", "in", ["customPage"], None),
        ("pageType", "in", ["global"], "never_matches?"),
        ("slug", "eq", "welcome", None),
        ("locale", "in", ["en", "pt-BR"], None),
        ("authenticated", "eq", "true", None),
        ("authenticated", "eq", True, "wrong_type"),
        ("authenticated", "eq", "yes", "never_matches?"),
    ],
)
def test_the_value_of_a_rule_is_checked(field, operator, value, code):
    assert codes({"scripts": [rule(field, operator, value)]}) == (
        [("$.scripts[0].rules[0].value", code)] if code else []
    )


@pytest.mark.parametrize(("field", "operator"), [("pagetype", "eq"), ("page", "equals")])
def test_fields_and_operators_of_rules_are_those_of_the_platform(field, operator):
    [(path, code)] = codes({"scripts": [rule(field, operator, "homepage")]})
    assert code == "choice"
    assert path in ("$.scripts[0].rules[0].field", "$.scripts[0].rules[0].operator")


def test_the_rule_that_was_meant_for_every_page_says_how_to_write_that():
    [problem] = validate_extensions({"scripts": [script(rules=[GLOBAL_RULE])]}).problems
    assert "[]" in problem.expected


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({}, [("imports", "missing")]),
        ({"imports": {"react": "https://esm.sh/react@19", "react/": "https://esm.sh/react@19/"}}, []),
        ({"imports": {}, "scopes": None, "integrity": None}, []),
        ({"imports": {"react": "./react.js"}}, [("imports.react", "not_https")]),
        ({"imports": {"./react.js": "https://esm.sh/react"}}, [("imports['./react.js']", "pattern")]),
        ({"imports": {"https://a.example/": "https://esm.sh/react"}}, [("imports['https://a.example/']", "pattern")]),
        ({"imports": [], "integrities": {}}, [("imports", "wrong_type"), ("integrities", "unknown_field")]),
    ],
    ids=str,
)
def test_an_import_map_is_checked(entry, found):
    assert codes_of(entry, "importMaps") == found


@pytest.mark.parametrize(
    ("names", "found", "warned"),
    [
        (["extensions_registry.json", "widget_registry.json"], "extensions_registry.json", False),
        (["widget_registry.json"], "widget_registry.json", True),
        ([], None, False),
    ],
)
def test_the_older_name_is_still_read_with_a_warning(tmp_path, names, found, warned):
    write_repository(tmp_path, dict.fromkeys(names, '{"widgets": []}'))
    file = find_registry(tmp_path)
    assert (file and file.name) == found
    assert codes({}, file_name=found) == ([("$", "legacy_name?")] if warned else [])


def test_a_registry_in_the_manner_of_the_public_template_is_accepted():
    forms = ("Angular", "Html", "React", "Vanilla", "Vue")
    widgets = [
        form_widget(
            property_(name="title", defaultValue=f"Countries {form}", rules={"required": True}),
            property_(name="columns", type="number", defaultValue=3, rules={"minimum": 1, "maximum": 6}),
            property_(name="style", type="select", defaultValue="flat", options=[{"value": "flat", "label": "Flat"}]),
        )
        | {
            "title": f"Countries {form}",
            "type": f"countries-{form.lower()}",
            "source": {"path": f"widgets/countries-{form.lower()}/dist", "entry": "index.html"},
            "imageSrc": f"widgets/countries-{form.lower()}/thumbnail.png",
            "settings": {"configurable": True, "shared": False, "movable": False},
            "defaultConfig": {"title": f"Countries {form}"},
            "version": "1.0.0",
            "widgetsLibrary": True,
        }
        for form in forms
    ]
    registry = {
        "widgets": widgets,
        "scripts": [script(rules=[GLOBAL_RULE], placement="head", description="Tracks impressions")],
        "stylesheets": [stylesheet(rules=[GLOBAL_RULE])],
    }
    report = validate_extensions(registry)
    assert not report.has_errors
    assert [(problem.path, problem.code) for problem in report.problems] == [
        ("$.scripts[0].rules[0].value", "never_matches"),
        ("$.stylesheets[0].rules[0].value", "never_matches"),
    ]
    assert report.summary == "5 widgets, 1 script, 1 stylesheet"
    assert report.as_dict()["widgets"] == [f"countries-{form.lower()}" for form in forms]
