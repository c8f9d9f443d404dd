"""What a registry adds to the page: elements in their places, import maps, the hosts that the policy must allow."""

import json

import pytest

from unit.widget_service.widgets.extensions import script, stylesheet, write_repository
from widget_service.widgets.hosting.headers import SCRIPT_HOSTS, content_security_policy
from widget_service.widgets.page_context import PageContext
from widget_service.widgets.preview.page_parts import SDK_SPECIFIERS, SDK_URL, page_parts
from widget_service.widgets.repository import ExtensionRepository

FILES = {"scripts/analytics.js": "1", "stylesheets/theme.css": "p {}"}
USERS_ONLY = [{"field": "authenticated", "operator": "eq", "value": "true"}]


def parts(repo, context=None, **lists):
    state = ExtensionRepository(write_repository(repo, FILES, **lists)).state
    return page_parts(state, context or PageContext())


def test_scripts_stand_where_they_are_placed_with_their_attributes(tmp_path):
    found = parts(
        tmp_path,
        scripts=[
            script(attributes={"async": "", "type": "module", "data-x": '"><script>', "SRC": "evil.js"}),
            script(name="start", placement="bodyStart"),
            script(name="end", placement="bodyEnd", path="https://a.example:8443/x.js"),
            script(name="members", rules=USERS_ONLY),
            script(name="missing", path="no.js"),
        ],
    )
    [head] = found.scripts["head"]
    assert {**head, "src": ""} == {"async": "", "type": "module", "data-x": '"><script>', "src": ""}
    assert head["src"].startswith("/page-files/analytics/")
    assert [attributes["src"].split("/")[2] for attributes in found.scripts["bodyStart"]] == ["start"]
    assert found.scripts["bodyEnd"] == [{"defer": "", "src": "https://a.example:8443/x.js"}]
    assert found.script_hosts == ["https://a.example:8443"]


@pytest.mark.parametrize(
    ("attributes", "waits"),
    [
        ({}, True),
        ({"type": "text/javascript", "data-x": ""}, True),
        ({"async": ""}, False),
        ({"TYPE": "Module"}, False),
        ({"defer": "true"}, False),
    ],
    ids=str,
)
def test_scripts_at_the_end_of_the_page_wait_for_the_runtime_unless_they_say_when_they_run(tmp_path, attributes, waits):
    [found] = parts(tmp_path, scripts=[script(placement="bodyEnd", attributes=attributes)]).scripts["bodyEnd"]
    assert found == {**({"defer": ""} if waits else {}), **attributes, "src": found["src"]}


def test_rules_decide_by_the_page(tmp_path):
    lists = {"scripts": [script(rules=USERS_ONLY)], "stylesheets": [stylesheet(rules=USERS_ONLY)]}
    assert parts(tmp_path, **lists).scripts["head"] == []
    known = parts(tmp_path, PageContext(is_authenticated=True), **lists)
    assert (len(known.scripts["head"]), len(known.stylesheets)) == (1, 1)


def test_stylesheets_are_stylesheets_whatever_their_attributes_say(tmp_path):
    [sheet] = parts(
        tmp_path, stylesheets=[stylesheet(attributes={"media": "print", "rel": "icon", "href": "x"})]
    ).stylesheets
    assert (sheet["rel"], sheet["media"]) == ("stylesheet", "print")
    assert sheet["href"].startswith("/page-files/theme/")


def test_the_documented_names_of_the_sdk_lead_to_it_unless_they_are_mapped(tmp_path):
    mapped = {SDK_SPECIFIERS[1]: "https://esm.sh/other", "</script>": "https://cdn.example/x.js"}
    own, theirs = parts(
        tmp_path, importMaps=[{"imports": mapped, "integrity": {"https://esm.sh/other": "sha384-x"}}]
    ).import_maps
    assert json.loads(own) == {"imports": {SDK_SPECIFIERS[0]: SDK_URL}}
    assert json.loads(theirs) == {"imports": mapped, "integrity": {"https://esm.sh/other": "sha384-x"}}
    assert "</script" not in theirs


def test_maps_are_neither_merged_nor_reordered(tmp_path):
    maps = [
        {"imports": {"a": "https://a.example/1"}},
        {"imports": {"a": "https://b.example/2"}, "scopes": {"/x/": {"a": "https://c.example/3"}}},
    ]
    found = parts(tmp_path, importMaps=maps)
    assert [json.loads(text) for text in found.import_maps[1:]] == maps
    assert found.script_hosts == ["https://a.example", "https://b.example", "https://c.example"]


def test_the_policy_is_that_of_the_platform_and_what_the_page_itself_loads():
    policy = dict(
        directive.split(" ", 1)
        for directive in content_security_policy(["https://a.example"], ["http://b.example"]).split("; ")
    )
    assert policy["script-src"].split() == [
        "'self'", "'unsafe-inline'", "'wasm-unsafe-eval'", *SCRIPT_HOSTS, "https://a.example",
    ]  # fmt: skip
    assert "'unsafe-eval'" not in policy["script-src"]
    assert "http://b.example" in policy["style-src"].split()
    assert policy["connect-src"].startswith("*")
    assert policy["frame-ancestors"] == "'self'"


def test_no_url_can_write_a_directive_of_its_own(tmp_path):
    paths = ["https://a.example;x/a.js", "https://user@b.example/b.js", "https://c.example'/c.js"]
    scripts = [script(name=f"s{number}", path=path) for number, path in enumerate(paths)]
    assert parts(tmp_path, scripts=scripts).script_hosts == []
