"""Hosted files over HTTP: media types, entity tags, headers, manifests, and nothing that is not of this revision."""

import pytest

from unit.widget_service.widgets.extensions import (
    content_widget,
    form_widget,
    property_,
    script,
    widget,
    write_repository,
)
from unit.widget_service.widgets.sites import site_of
from widget_service._version import __version__
from widget_service.widgets.hosting.asset import media_type

DIST = "widgets/plants/dist"
REACT = {"imports": {"react": "https://esm.sh/react@19"}, "scopes": None}
FILES = {f"{DIST}/content.html": '<img src="a.png"><script type="module">1</script>', f"{DIST}/a.png": b"\x89PNG"}


@pytest.fixture
async def site(tmp_path):
    widgets = [
        {**form_widget(property_(defaultValue="M")), "title": "Plants"},
        widget(type="broken", source={"path": "nowhere", "entry": "content.html"}),
        {**content_widget(), "type": "elsewhere"},
        widget(type="org/with space"),
    ]
    files = {**FILES, "scripts/analytics.js": "1", f"{DIST}/a b.JS": "2", "secret.txt": "s3cret"}
    repo = write_repository(tmp_path, files, widgets=widgets, scripts=[script()], importMaps=[REACT])
    async with site_of(repo) as running:
        yield running


async def manifest(site, type_="acme_plants"):
    return (await site.client.get(f"/widgets/{type_}/manifest.json")).json()


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.JS", "text/javascript; charset=utf-8"),
        ("a.min.mjs", "text/javascript; charset=utf-8"),
        ("sub/a.css", "text/css; charset=utf-8"),
        ("a.json", "application/json"),
        ("a.js.map", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.unknown", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
    ],
)
def test_the_media_type_follows_from_the_name(name, type_):
    assert media_type(name) == type_


async def test_the_manifest_says_what_the_runtime_needs(site):
    told = await manifest(site)
    base = told.pop("base")
    script = f'<script data-inline-module src="{base}inline-module-0.js" type="module"></script>'
    assert told.pop("revision") in base
    assert told == {
        "type": "acme_plants",
        "title": "Plants",
        "version": "1.0.0",
        "entry": "content.html",
        "html": f'<img src="{base}a.png">{script}',
        "props": {"size": "M"},
        "importMaps": [{"imports": {"react": "https://esm.sh/react@19"}}],
        "service": {"version": __version__},
    }


async def test_the_manifest_of_a_widget_with_content_elsewhere_says_where_to_ask_for_it(site):
    told = await manifest(site, "elsewhere")
    assert (told["html"], told["revision"], told["content"]) == (None, None, "/widgets/elsewhere/content")


async def test_a_manifest_that_the_browser_has_is_not_sent_again(site):
    answer = await site.client.get("/widgets/acme_plants/manifest.json")
    assert answer.headers["cache-control"] == "no-cache"
    again = await site.client.get(
        "/widgets/acme_plants/manifest.json", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_files_of_late_revisions_are_still_there_for_open_pages_and_those_of_early_ones_are_not(site):
    bases = []
    for number in range(6):
        await site.save(f"{DIST}/a.png", f"PNG {number}")
        bases.append((await manifest(site))["base"])
    answers = [await site.client.get(f"{base}a.png") for base in bases]
    assert [answer.status_code for answer in answers] == [404, 200, 200, 200, 200, 200]
    assert [answer.text for answer in answers[1:]] == [f"PNG {number}" for number in range(1, 6)]


async def test_files_of_a_revision_last_and_the_runtime_is_asked_for_again(site):
    base = (await manifest(site))["base"]
    assert (await site.client.get(base + "a.png")).headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in (base + "nobody.js", "/widget-runtime/latest/index.js"):
        assert (await site.client.get(path)).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("type_", "code", "words"),
    [
        ("nobody", "WIDGET_NOT_FOUND", "nobody"),
        ("", "WIDGET_NOT_FOUND", "no widget"),
        ("broken", "WIDGET_NOT_HOSTED", "$.widgets[1].source.path is no folder"),
    ],
)
async def test_a_widget_that_cannot_run_says_why(site, type_, code, words):
    answer = await site.client.get(f"/widgets/{type_}/manifest.json")
    assert answer.status_code == 404
    assert answer.json()["success"] is False
    assert answer.json()["errors"]["code"] == code
    assert words in answer.json()["errors"]["detail"]


async def test_any_name_of_a_widget_makes_urls_that_work(site):
    told = await manifest(site, "org%2Fwith%20space")
    assert (await site.client.get(told["base"] + "a.png")).content == b"\x89PNG"


@pytest.mark.parametrize(
    ("name", "type_", "body"),
    [
        ("a.png", "image/png", b"\x89PNG"),
        ("a%20b.JS", "text/javascript; charset=utf-8", b"2"),
        ("inline-module-0.js", "text/javascript; charset=utf-8", b"1"),
        ("content.html", "text/html; charset=utf-8", FILES[f"{DIST}/content.html"].encode()),
    ],
)
async def test_a_file_is_served_to_any_page_under_the_guarding_headers(site, name, type_, body):
    base = (await manifest(site))["base"]
    answer = await site.client.get(base + name)
    assert (answer.status_code, answer.content) == (200, body)
    assert answer.headers["content-type"] == type_
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["access-control-allow-origin"] == "*"
    for name_ in ("content-security-policy", "referrer-policy", "permissions-policy", "cache-control"):
        assert answer.headers[name_]


async def test_a_file_that_the_browser_has_is_not_sent_again(site):
    url = (await manifest(site))["base"] + "a.png"
    tag = (await site.client.get(url)).headers["etag"]
    for known, status in [(tag, 304), (f"W/{tag}", 304), (f'"x", {tag}', 304), ("*", 304), ('"x"', 200), ("", 200)]:
        answer = await site.client.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (status, b"" if status == 304 else b"\x89PNG"), known
        assert answer.headers["etag"] == tag


@pytest.mark.parametrize(
    ("asked", "status", "body", "part"),
    [
        ("bytes=1-2", 206, b"PN", "bytes 1-2/4"),
        ("bytes=2-", 206, b"NG", "bytes 2-3/4"),
        ("bytes=-1", 206, b"G", "bytes 3-3/4"),
        ("bytes=-9", 206, b"\x89PNG", "bytes 0-3/4"),
        ("bytes=0-99", 206, b"\x89PNG", "bytes 0-3/4"),
        ("bytes=4-", 416, b"", "bytes */4"),
        ("bytes=3-1", 200, b"\x89PNG", None),
        ("bytes=-0", 416, b"", "bytes */4"),
        ("bytes=0-0,2-2", 200, b"\x89PNG", None),
        ("bytes=-", 200, b"\x89PNG", None),
        ("lines=1-2", 200, b"\x89PNG", None),
    ],
)
async def test_a_player_may_ask_for_a_part_of_a_file(site, asked, status, body, part):
    url = (await manifest(site))["base"] + "a.png"
    answer = await site.client.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content, answer.headers.get("content-range")) == (status, body, part)
    changed = await site.client.get(url, headers={"Range": asked, "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, b"\x89PNG")


async def test_methods_other_than_reading_are_refused(site):
    url = (await manifest(site))["base"] + "a.png"
    assert (await site.client.head(url)).headers["content-length"] == "4"
    assert (await site.client.post(url)).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/widgets/acme_plants/0000000000000000/a.png",
        "/widgets/{base}nobody.js",
        "/widgets/{base}../../../secret.txt",
        "/widgets/{base}..%2F..%2F..%2Fsecret.txt",
        "/widgets/{base}",
        "/widgets/",
        "/page-files/analytics/0000/analytics.js",
        "/page-files/../secret.txt",
        "/widget-runtime/latest/../../site.py",
        "/widget-runtime/latest/..%2F..%2Fsite.py",
        "/widget-runtime/9.9.9/index.js",
        "/preview/static/nobody.css",
    ],
)
async def test_nothing_else_is_served(site, path):
    base = (await manifest(site))["base"].removeprefix("/widgets/")
    answer = await site.client.get(path.replace("{base}", base))
    assert answer.status_code == 404
    assert "s3cret" not in answer.text


async def test_the_runtime_is_served_under_its_version_too(site):
    latest = await site.client.get("/widget-runtime/latest/index.js")
    assert latest.headers["content-type"] == "text/javascript; charset=utf-8"
    assert latest.headers["access-control-allow-origin"] == "*"
    fixed = await site.client.get(f"/widget-runtime/{__version__}/index.js")
    assert (fixed.status_code, fixed.content) == (200, latest.content)
