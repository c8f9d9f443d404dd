"""The host page over HTTP: its session, its widgets and problems, the switch of its user, what open pages are told."""

import json
import re
from html import unescape

import pytest

from unit.widget_service.widgets.extensions import (
    content_widget,
    script,
    stylesheet,
    widget,
    write_repository,
)
from unit.widget_service.widgets.sites import ORIGIN, site_of
from widget_service.connectors.problems import Problem
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.users import User
from widget_service.widgets import change_feed

ANNA = User("u-1", email="anna@example.com", first_name="Anna", last_name="L")
BEN = User("u-2")
ENTRY = "widgets/plants/dist/content.html"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
async def site(tmp_path):
    widgets = [
        widget(title=EVIL, description=EVIL, containers=["Sidebar"]),
        widget(type="events", title="Events"),
        widget(type="broken", source={"path": "nowhere", "entry": "content.html"}),
        {**content_widget(), "type": "elsewhere"},
    ]
    files = {ENTRY: "<p>1</p>", "scripts/analytics.js": "", "stylesheets/theme.css": ""}
    lists = {"scripts": [script()], "stylesheets": [stylesheet(path="https://fonts.example/a.css")]}
    repo = write_repository(tmp_path / "plantbook", files, widgets=widgets, **lists)
    async with site_of(repo, users=[ANNA, BEN], origins=OriginPolicy(hosts=["127.0.0.1"])) as running:
        yield running


async def page(site, path=""):
    return await site.client.get(f"/preview/{path}")


def csrf_token(html):
    return re.search(r'id="csrftoken" name="csrf-token" content="([^"]+)"', html)[1]


async def told(site, position, monkeypatch):
    """Return the events after a position."""
    monkeypatch.setattr(change_feed, "MAX_STREAM_S", 0.01)
    stream = await site.client.get(f"/live/events?after={position}")
    assert stream.headers["content-type"].startswith("text/event-stream")
    return re.findall(r"event: (\w+)\ndata: (.+)", stream.text)


def position(html):
    return re.search(r'name="change-feed" content="([^"]+)"', html)[1]


async def test_the_page_opens_a_session_and_keeps_it(site):
    first = await page(site)
    assert "httponly" in first.headers["set-cookie"].lower()
    session = site.sessions.read(first.headers["set-cookie"])
    assert csrf_token(first.text) == session.csrf_token
    again = await page(site)
    assert "set-cookie" not in again.headers
    assert csrf_token(again.text) == session.csrf_token


async def test_the_page_has_guarding_headers_and_is_not_stored(site):
    answer = await page(site)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "https://fonts.example" in policy
    assert "'unsafe-eval'" not in policy


async def test_every_widget_that_has_files_is_on_the_page_in_its_container(site):
    html = (await page(site)).text
    types = re.findall(r'<gs-cc-registry-widget data-widget-type="([^"]+)"', html)
    assert types == [f"registry:platform:ootb_widgets:{type_}" for type_ in ("events", "elsewhere", "acme_plants")]
    assert "Its files cannot be shown" in html
    groups = re.findall(r'<section class="host-group" data-container="([^"]+)"', html)
    assert groups == ["Full width", "Sidebar"]


async def test_the_page_holds_the_manifests_of_its_widgets(site):
    [text] = re.findall(r"data-widget-manifests>(.*?)</script>", (await page(site)).text)
    told = {manifest["type"]: manifest for manifest in json.loads(text)}
    assert list(told) == ["acme_plants", "events", "elsewhere"]
    for type_, manifest in told.items():
        assert manifest == (await site.client.get(f"/widgets/{type_}/manifest.json")).json()
    [text] = re.findall(r"data-widget-manifests>(.*?)</script>", (await page(site, "events")).text)
    assert [manifest["type"] for manifest in json.loads(text)] == ["events"]


async def test_texts_of_a_registry_are_texts(site):
    html = (await page(site)).text
    assert EVIL not in html
    assert EVIL in unescape(html)


@pytest.mark.parametrize(("path", "status"), [("acme_plants", 200), ("events", 200), ("user", 404), ("no%2Fbody", 404)])
async def test_each_widget_has_a_page_of_its_own(site, path, status):
    answer = await page(site, path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.count("<gs-cc-registry-widget") == (status == 200)
    assert f'value="/preview/{path}"' in answer.text


async def test_problems_are_listed_by_their_file(site):
    assert [problem.subject for problem in site.widgets.problems] == ["broken"]
    assert site.widgets.widget_types == ["acme_plants", "events", "broken", "elsewhere"]
    problem = Problem(path="$.connectors[0].url", message="is missing", expected="an <b>URL</b>", code="missing")
    await site.widgets.reload(set(), problems=[problem])
    html = (await page(site)).text
    assert "2 errors" in html
    for text in ("extensions_registry.json", "Connectors and dev.toml", "ENTRY_FILE_NOT_FOUND", "$.connectors[0].url"):
        assert text in html
    assert "an &lt;b&gt;URL" in html


async def test_problems_are_data_too(site):
    problem = Problem(path="$.connectors[0].url", message="is missing", expected="a URL", code="missing", line=3)
    await site.widgets.reload(set(), problems=[problem])
    answer = await site.client.get("/live/problems")
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["errors"], told["warnings"]) == (2, 0)
    [extensions, connectors] = told["files"]
    assert extensions["file"] == "extensions_registry.json"
    [missing] = extensions["problems"]
    assert {name: missing[name] for name in ("path", "severity", "code", "subject", "line", "column")} == {
        "path": "$.widgets[2].source.path",
        "severity": "error",
        "code": "ENTRY_FILE_NOT_FOUND",
        "subject": "broken",
        "line": 1,
        "column": missing["column"],
    }
    assert missing["excerpt"].endswith("^")
    assert [each["path"] for each in connectors["problems"]] == ["$.connectors[0].url"]


@pytest.mark.parametrize("path", ["/live/problems", "/live/events", "/live/options/a/b", "/preview/"])
async def test_a_host_name_that_is_not_the_services_is_told_nothing(site, path):
    answer = await site.client.get(path, headers={"Host": "rebound.example"}, timeout=5)
    assert answer.status_code == 421


@pytest.mark.parametrize(("path", "is_open"), [("", True), ("broken", True), ("acme_plants", False), ("nobody", False)])
async def test_the_errors_of_other_widgets_do_not_stand_before_one(site, path, is_open):
    [details] = re.findall(r'<details class="host-problems[^>]*>', (await page(site, path)).text)
    assert details.endswith(" open>") == is_open


async def test_an_empty_repository_says_how_to_begin(tmp_path):
    async with site_of(tmp_path) as site:
        html = (await page(site)).text
    assert "No widgets yet" in html
    assert "extensions_registry.json" in html


async def switch(site, headers=None, **form):
    token = csrf_token((await page(site)).text)
    fields = {"csrf_token": token, "user": "u-1", "return_to": "/preview/acme_plants", **form}
    return await site.client.post("/preview/user", data=fields, headers={"Origin": ORIGIN, **(headers or {})})


async def test_the_user_is_switched_by_a_session_of_their_own(site):
    before = csrf_token((await page(site)).text)
    answer = await switch(site)
    assert (answer.status_code, answer.headers["location"]) == (303, "/preview/acme_plants")
    assert site.sessions.read(answer.headers["set-cookie"]).user == ANNA
    html = (await page(site)).text
    assert csrf_token(html) != before
    assert '<option value="u-1" selected>Anna L (u-1)</option>' in html
    assert '<option value="u-2">u-2</option>' in html
    assert (await switch(site, user="")).status_code == 303
    assert '<option value="u-1">Anna L (u-1)</option>' in (await page(site)).text


@pytest.mark.parametrize(
    "return_to",
    ["https://evil.example/", "//evil.example/", "/session", "", "/preview/\r\nSet-Cookie: a=b", "/preview/\x7f"],
)
async def test_switching_returns_to_the_host_page_only(site, return_to):
    answer = await switch(site, return_to=return_to)
    assert (answer.status_code, answer.headers["location"]) == (303, "/preview/")
    assert "a" not in site.client.cookies


@pytest.mark.parametrize(
    ("headers", "form", "status"),
    [
        ({"Origin": "https://evil.example"}, {}, 403),
        ({"Origin": "null"}, {}, 403),
        ({}, {"csrf_token": "x"}, 403),
        ({}, {"csrf_token": ""}, 403),
        ({"Cookie": "widget_service_session=x"}, {}, 403),
        ({"Host": "rebound.example", "Origin": "http://rebound.example"}, {}, 421),
        ({}, {"user": "nobody"}, 400),
        ({}, {"user": "x" * 20_000}, 413),
    ],
    ids=str,
)
async def test_a_switch_that_is_not_the_pages_own_is_refused(site, headers, form, status):
    answer = await switch(site, headers, **form)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


async def test_a_host_name_that_is_not_the_services_is_refused(site):
    answer = await site.client.get("/preview/", headers={"Host": "rebound.example"})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


async def test_a_session_that_ended_is_as_none(site):
    opened = await page(site)
    site.sessions.end(site.sessions.read(opened.headers["set-cookie"]))
    assert "set-cookie" in (await page(site)).headers


@pytest.mark.parametrize(
    ("name", "content", "events"),
    [
        (ENTRY, "<p>2</p>", [("widget", '"acme_plants"'), ("widget", '"events"')]),
        (ENTRY, "<p>1</p>", []),
        ("extensions_registry.json", "{", [("problems", "null")]),
        ("extensions_registry.json", '{"widgets": []}', [("page", "null")]),
        ("scripts/analytics.js", "1", [("page", "null")]),
        ("connectors_registry.json", "{}", [("page", "null")]),
        ("README.md", "x", []),
    ],
)
async def test_open_pages_are_told_what_a_save_changed(site, name, content, events, monkeypatch):
    here = position((await page(site)).text)
    await site.save(name, content)
    assert await told(site, here, monkeypatch) == events


async def test_broken_connectors_change_the_list_of_problems_only(site, monkeypatch):
    here = position((await page(site)).text)
    problem = Problem(path="$", message="is not JSON", expected="JSON")
    await site.widgets.reload({site.repo / "connectors_registry.json"}, problems=[problem])
    assert await told(site, here, monkeypatch) == [("problems", "null")]


async def test_saved_users_are_offered(site):
    await site.widgets.reload(set(), users=[BEN])
    html = (await page(site)).text
    assert "u-1" not in html
    assert "u-2" in html


async def test_a_closed_site_ends_what_pages_listen_to(site):
    await site.widgets.close()
    answer = await site.client.get("/live/events", timeout=5)
    assert answer.text.startswith("retry:")
