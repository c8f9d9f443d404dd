"""Checks of widgets: every field, limit and code, each problem at the path of what is to be mended."""

import pytest

from support.absent import ABSENT
from unit.widget_service.widgets.extensions import (
    SOURCE,
    codes,
    codes_of,
    content_widget,
    dynamic_options,
    form_widget,
    property_,
    widget,
)
from widget_service.widgets.registry import validate_extensions

OPTIONS = [{"value": "s", "label": "Small"}]


@pytest.mark.parametrize(
    ("definition", "found"),
    [
        ({"title": ABSENT}, [("title", "missing")]),
        ({"title": ""}, [("title", "too_short")]),
        ({"title": None}, [("title", "missing")]),
        ({"title": 7}, [("title", "wrong_type")]),
        ({"type": ABSENT}, [("type", "missing")]),
        ({"type": ""}, [("type", "too_short")]),
        ({"type": ".."}, [("type", "pattern")]),
        ({"category": ABSENT}, [("category", "missing")]),
        ({"category": ["Demo"]}, [("category", "wrong_type")]),
        ({"version": "1.0"}, [("version", "pattern")]),
        ({"version": "v1.0.0"}, [("version", "pattern")]),
        ({"version": 1}, [("version", "wrong_type")]),
        ({"description": False}, [("description", "wrong_type")]),
        ({"containers": "Full width"}, [("containers", "wrong_type")]),
        ({"containers": ["Sidebar", "Footer"]}, [("containers[1]", "choice")]),
        ({"widgetsLibrary": "true"}, [("widgetsLibrary", "wrong_type")]),
        ({"imageName": 1}, [("imageName", "wrong_type")]),
        ({"imageSrc": "../thumbnail.png"}, [("imageSrc", "PATH_TRAVERSAL_DETECTED")]),
        ({"imageSrc": "/thumbnail.png"}, [("imageSrc", "ABSOLUTE_PATH_NOT_ALLOWED")]),
        ({"settings": []}, [("settings", "wrong_type")]),
        ({"settings": {"movable": 0}}, [("settings.movable", "wrong_type")]),
        ({"settings": {"moveable": True}}, [("settings.moveable", "unknown_field")]),
        ({"defaultConfig": []}, [("defaultConfig", "wrong_type")]),
        ({"connectors": []}, [("connectors", "unknown_field")]),
        ({"default_config": {}}, [("default_config", "unknown_field")]),
        ({"source": ABSENT}, [("", "INVALID_WIDGET_STRUCTURE")]),
        ({"source": None}, [("", "INVALID_WIDGET_STRUCTURE")]),
        ({"content": {"endpoint": "https://a.example/"}}, [("", "INVALID_WIDGET_STRUCTURE")]),
        ({"source": "widgets/plants"}, [("source", "INVALID_SOURCE_SCHEMA")]),
        ({"source": {"path": "a"}}, [("source.entry", "INVALID_SOURCE_SCHEMA")]),
        ({"source": {"entry": "a.html"}}, [("source.path", "INVALID_SOURCE_SCHEMA")]),
        (
            {"source": {"path": 1, "entry": " "}},
            [("source.entry", "INVALID_SOURCE_SCHEMA"), ("source.path", "INVALID_SOURCE_SCHEMA")],
        ),
        ({"source": {**SOURCE, "path": "a/../b"}}, [("source.path", "PATH_TRAVERSAL_DETECTED")]),
        (
            {"source": {**SOURCE, "path": "a\\..\\b"}},
            [("source.path", "pattern"), ("source.path", "PATH_TRAVERSAL_DETECTED")],
        ),
        ({"source": {**SOURCE, "path": "/widgets"}}, [("source.path", "ABSOLUTE_PATH_NOT_ALLOWED")]),
        ({"source": {**SOURCE, "path": "C:\\widgets"}}, [("source.path", "ABSOLUTE_PATH_NOT_ALLOWED")]),
        ({"source": {**SOURCE, "entry": "../content.html"}}, [("source.entry", "PATH_TRAVERSAL_DETECTED")]),
        ({"source": {**SOURCE, "entry": "/content.html"}}, [("source.entry", "ABSOLUTE_PATH_NOT_ALLOWED")]),
        ({"source": {**SOURCE, "branch": "main"}}, [("source.branch", "unknown_field")]),
        ({"configuration": {}}, [("configuration.properties", "missing")]),
        ({"configuration": {"properties": {"size": {}}}}, [("configuration.properties", "wrong_type")]),
        ({"configuration": {"properties": "size"}}, [("configuration.properties", "wrong_type")]),
        ({"configuration": {"properties": [], "groups": []}}, [("configuration.groups", "unknown_field")]),
    ],
    ids=str,
)
def test_a_widget_is_refused_at_the_field_that_is_wrong(definition, found):
    assert codes_of(widget(**definition)) == found


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"endpoint": ABSENT}, [("content.endpoint", "missing")]),
        ({"endpoint": "http://api.example.com/html"}, [("content.endpoint", "not_https")]),
        ({"endpoint": "https://"}, [("content.endpoint", "not_https")]),
        ({"method": "PUT"}, [("content.method", "choice")]),
        ({"cacheStrategy": "forever"}, [("content.cacheStrategy", "choice")]),
        ({"cacheStrategy": "ttl"}, [("content.cacheTtlSeconds", "missing?")]),
        ({"cacheStrategy": "ttl", "cacheTtlSeconds": "60"}, [("content.cacheTtlSeconds", "wrong_type")]),
        ({"cacheStrategy": "ttl", "cacheTtlSeconds": -1}, [("content.cacheTtlSeconds", "range")]),
        ({"cacheStrategy": "none", "cacheTtlSeconds": 60}, [("content.cacheTtlSeconds", "no_effect?")]),
        ({"requiresAuthentication": True}, [("content.requiresAuthentication", "unsupported?")]),
        ({"requiresAuthentication": "no"}, [("content.requiresAuthentication", "wrong_type")]),
        ({"headers": {"X-Answer": 42}}, [("content.headers['X-Answer']", "wrong_type")]),
        ({"body": {"a": 1}}, [("content.body", "no_effect?")]),
        ({"entry": "content.html"}, [("content.entry", "unknown_field")]),
    ],
    ids=str,
)
def test_content_elsewhere_is_checked(content, found):
    assert codes_of(content_widget(**content)) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"name": ABSENT}, [("name", "missing")]),
        ({"label": ABSENT}, [("label", "missing")]),
        ({"type": ABSENT}, [("type", "missing")]),
        ({"type": "textarea"}, [("type", "choice")]),
        ({"options": OPTIONS}, [("options", "no_effect?")]),
        ({"multiple": True}, [("multiple", "no_effect?")]),
        ({"sortable": True}, [("sortable", "no_effect?")]),
        ({"default": "M"}, [("default", "unknown_field")]),
        ({"type": "select"}, [("", "contradiction")]),
        ({"type": "select", "options": OPTIONS, "dynamicOptions": dynamic_options()}, [("", "contradiction")]),
        ({"type": "select", "options": ["s"]}, [("options[0]", "wrong_type")]),
        ({"type": "select", "options": [{"value": 1, "label": "One"}]}, [("options[0].value", "wrong_type")]),
        ({"type": "select", "options": [{"value": "1"}]}, [("options[0].label", "missing")]),
        ({"type": "select", "options": OPTIONS, "sortable": True}, [("sortable", "no_effect?")]),
        ({"type": "autocomplete"}, [("", "missing")]),
        ({"type": "autocomplete", "options": OPTIONS}, [("", "missing")]),
        ({"rules": {"minLength": -1}}, [("rules.minLength", "range")]),
        ({"rules": {"maxLength": 2.5}}, [("rules.maxLength", "wrong_type")]),
        ({"rules": {"minimum": "1"}}, [("rules.minimum", "wrong_type")]),
        ({"rules": {"minimum": True}}, [("rules.minimum", "wrong_type")]),
        ({"rules": {"minimum": 3, "maximum": 2}}, [("rules.minimum", "contradiction?")]),
        ({"rules": {"minLength": 3, "maxLength": 2}}, [("rules.minLength", "contradiction?")]),
        ({"rules": {"required": "yes"}}, [("rules.required", "wrong_type")]),
        ({"rules": {"regex": "x"}}, [("rules.regex", "unknown_field")]),
    ],
    ids=str,
)
def test_a_field_of_the_form_is_checked(fields, found):
    expected = [(f"configuration.properties[0]{'.' if path else ''}{path}", code) for path, code in found]
    assert codes_of(form_widget(property_(**fields))) == expected


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"endpoint": ABSENT}, [("endpoint", "missing")]),
        ({"endpoint": {"endpoint": "https://a.example/"}}, [("endpoint.method", "missing")]),
        ({"endpoint": {"endpoint": "http://a.example/", "method": "GET"}}, [("endpoint.endpoint", "not_https")]),
        ({"mapping": ABSENT}, [("mapping", "missing")]),
        ({"mapping": {"valueKey": "id"}}, [("mapping.labelKey", "missing")]),
        ({"mapping": {"valueKey": "id", "labelKey": "n", "path": "$.items[*]"}}, [("mapping.path", "pattern")]),
        ({"debounce": 200}, [("debounce", "unknown_field")]),
        *(
            (
                {"valuesEndpoint": {"endpoint": "https://a.example/", "method": "POST", "headers": {name: "x"}}},
                [(f"valuesEndpoint.headers{place}", "forbidden_header")],
            )
            for name, place in [
                ("authorization", ".authorization"),
                ("Cookie", ".Cookie"),
                ("SET-COOKIE", "['SET-COOKIE']"),
                ("Proxy-Authorization", "['Proxy-Authorization']"),
                ("X-Forwarded-For", "['X-Forwarded-For']"),
            ]
        ),
    ],
    ids=str,
)
def test_options_that_a_form_asks_for_are_checked(fields, found):
    definition = form_widget(property_(type="autocomplete", dynamicOptions=dynamic_options(**fields)))
    place = "configuration.properties[0].dynamicOptions"
    assert codes_of(definition) == [(f"{place}.{path}", code) for path, code in found]


def test_searching_as_one_types_needs_an_autocomplete():
    select = property_(type="select", dynamicOptions=dynamic_options(isAsyncSearch=True))
    place = "configuration.properties[0].dynamicOptions.isAsyncSearch"
    assert codes_of(form_widget(select)) == [(place, "no_effect?")]


def test_repeated_names_in_a_form_are_told():
    sections = [{"name": "look"}, {"name": "look", "expanded": 1, "icon": "x"}]
    found = codes_of(form_widget(property_(), property_(), sections=sections))
    assert found == [
        ("configuration.properties[1].name", "duplicate?"),
        ("configuration.sections[1].expanded", "wrong_type"),
        ("configuration.sections[1].icon", "unknown_field"),
        ("configuration.sections[1].name", "duplicate?"),
    ]


@pytest.mark.parametrize(
    "definition",
    [
        widget(),
        widget(type="org/with space~é", version="1.0.0-beta.1+7", containers=[], settings={}, imageName="nobody-knows"),
        widget(containers=["Full width", "Left container", "Sidebar"], imageSrc="https://cdn.example/a.png"),
        widget(source={"path": "./widgets/plants", "entry": "sub/page.htm"}, imageSrc="widgets/plants/thumbnail.png"),
        widget(description=None, configuration=None, defaultConfig={"deep": {"any": [1, None]}}),
        content_widget(),
        content_widget(method="POST", body={"a": 1}, cacheStrategy="ttl", cacheTtlSeconds=60, headers={"X-A": "b"}),
        content_widget(cacheStrategy="permanent", params={"a": 1}, headers={"Authorization": "${TOKEN}"}),
        form_widget(),
        form_widget(
            *(property_(name=type_, type=type_) for type_ in ("text", "number", "color", "date", "boolean")),
            property_(name="size", type="select", options=OPTIONS, multiple=True, section="not listed"),
            property_(
                name="plants",
                type="autocomplete",
                multiple=True,
                sortable=True,
                dynamicOptions=dynamic_options(isAsyncSearch=True),
            ),
            property_(name="rated", rules={"required": True, "minimum": 0.5, "maximum": 5, "pattern": "^x$"}),
            sections=[{"name": "look", "label": "Look", "expanded": True}],
        ),
    ],
    ids=lambda definition: ",".join(definition),
)
def test_what_the_platform_accepts_is_accepted(definition):
    assert codes({"widgets": [definition]}) == []


def test_the_defaults_of_a_widget():
    [definition] = validate_extensions({"widgets": [widget()]}).widgets
    assert (definition.version, definition.description, definition.image_name) == ("1.0.0", "", "banner")
    assert definition.containers == ("Full width",)
    assert definition.widgets_library is True
    settings = definition.settings.model_dump()
    assert [name for name, value in settings.items() if value] == ["configurable", "editable", "removable", "movable"]
    assert definition.default_props() == {}


def test_props_are_the_default_config_over_the_default_values():
    definition = form_widget(
        property_(name="a", defaultValue=1), property_(name="b", defaultValue=2), property_(name="c", defaultValue=None)
    )
    definition["defaultConfig"] = {"b": None, "d": [4]}
    [checked] = validate_extensions({"widgets": [definition]}).widgets
    assert checked.default_props() == {"a": 1, "b": None, "d": [4]}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"headers": {"X Key": "a"}}, [("content.headers['X Key']", "pattern")]),
        ({"headers": {"X-Key": "a\r\nHost: b"}}, [("content.headers.X-Key", "pattern")]),
        ({"method": "POST", "body": [1]}, [("content.body", "no_effect?")]),
        ({"method": "POST", "body": {"a": None}}, []),
    ],
    ids=str,
)
def test_what_cannot_be_sent_to_an_endpoint_is_told(content, found):
    assert [(path.replace("['X-Key']", ".X-Key"), code) for path, code in codes_of(content_widget(**content))] == found
