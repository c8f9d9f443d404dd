"""Content of another host: fetched through the guard, kept by its strategy, answered as a fragment or a failure."""

import asyncio
import json

import pytest

from support.upstream import Reply, reply_json
from unit.widget_service.widgets.extensions import content_widget, write_repository
from unit.widget_service.widgets.sites import site_of
from widget_service.egress import EgressPolicy
from widget_service.identity.origins import OriginPolicy
from widget_service.widgets.hosting.content_endpoint import MAX_PROPS_BYTES
from widget_service.widgets.hosting.folder import MAX_FILE_BYTES

HTML = {"Content-Type": "text/html"}
HOST = "content.example"


def reply(body, **headers):
    return Reply(200, body if isinstance(body, bytes) else body.encode(), {**HTML, **headers})


def endpoint(path, **fields):
    return content_widget(endpoint=f"https://{HOST}/{path}", **fields) | {"type": path}


@pytest.fixture
async def site(tmp_path, upstream):
    upstream.replies["/kept"] = reply("<p>kept</p>")
    upstream.replies["/fresh"] = reply('<img src="a.png"><script type="module">export default 1</script>')
    widgets = [
        endpoint("fresh"),
        endpoint("kept", cacheStrategy="permanent"),
        endpoint("posted", method="POST"),
        endpoint("org") | {"type": "org/with space"},
        content_widget(endpoint="https://169.254.169.254/metadata") | {"type": "inside"},
    ]
    policy = EgressPolicy(allow_insecure=True, host_map={HOST: upstream.origin})
    repo = write_repository(tmp_path, {}, widgets=widgets)
    async with site_of(repo, policy=policy, origins=OriginPolicy(hosts=["127.0.0.1"])) as running:
        yield running


async def ask(site, type_, props=None, **options):
    body = options.pop("content", json.dumps(props or {}))
    return await site.client.post(f"/widgets/{type_}/content", content=body, **options)


async def test_content_is_a_fragment_whose_inline_modules_are_files(site, upstream):
    answer = await ask(site, "fresh", {"size": ["M", "L"]})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["access-control-allow-origin"] == "*"
    told = answer.json()
    module = f"{told['base']}inline-module-0.js"
    assert told["html"] == f'<img src="a.png"><script data-inline-module src="{module}" type="module"></script>'
    assert (await site.client.get(module)).text == "export default 1"
    assert (upstream.last.path, upstream.last.query) == ("/fresh", [("size", "M,L")])


async def test_a_post_carries_the_props(site, upstream):
    upstream.replies["/posted"] = reply("<p>")
    await ask(site, "posted", {"size": []})
    assert (upstream.last.method, json.loads(upstream.last.body)) == ("POST", {"size": []})


async def test_any_name_of_a_widget_is_found(site, upstream):
    upstream.replies["/org"] = reply("<p>org")
    manifest = (await site.client.get("/widgets/org%2Fwith%20space/manifest.json")).json()
    assert (await site.client.post(manifest["content"])).json()["html"] == "<p>org"


async def test_content_is_fetched_each_time_or_kept_for_each_props(site, upstream):
    for _ in range(2):
        for type_, props in (("fresh", {}), ("kept", {"a": 1}), ("kept", {"a": 2})):
            await ask(site, type_, props)
    counted = [(request.path, request.query) for request in upstream.received]
    assert counted.count(("/fresh", [])) == 2
    assert counted.count(("/kept", [("a", "1")])) == counted.count(("/kept", [("a", "2")])) == 1


async def test_of_many_instances_one_asks_for_what_is_kept(site, upstream):
    answers = await asyncio.gather(*(ask(site, "kept") for _ in range(5)))
    assert {answer.json()["html"] for answer in answers} == {"<p>kept</p>"}
    assert len(upstream.received) == 1


@pytest.mark.parametrize(
    ("answer", "status", "code", "words"),
    [
        (reply_json({}, status=503), 502, "WIDGET_CONTENT_FAILED", "status 503"),
        (reply(b"\xff"), 502, "WIDGET_CONTENT_FAILED", "encoding"),
        (reply(b"x", **{"Content-Type": "text/html; charset=nonsense"}), 502, "WIDGET_CONTENT_FAILED", "encoding"),
        (reply(b"x" * (MAX_FILE_BYTES + 1)), 502, "UPSTREAM_RESPONSE_TOO_LARGE", "longer"),
    ],
)
async def test_what_is_no_content_is_told(site, upstream, answer, status, code, words):
    upstream.replies["/fresh"] = answer
    told = await ask(site, "fresh")
    assert (told.status_code, told.json()["errors"]["code"]) == (status, code)
    assert words in told.json()["errors"]["detail"]


async def test_the_encoding_that_is_named_counts(site, upstream):
    latin = reply("<p>é".encode("latin-1"), **{"Content-Type": 'text/html; Charset="ISO-8859-1"'})
    for answer in (latin, reply("\N{ZERO WIDTH NO-BREAK SPACE}<p>é")):
        upstream.replies["/fresh"] = answer
        assert (await ask(site, "fresh")).json()["html"] == "<p>é"


@pytest.mark.parametrize(
    ("type_", "options", "status", "code"),
    [
        ("nobody", {}, 404, "WIDGET_NOT_FOUND"),
        ("fresh", {"content": "[]"}, 400, "INVALID_REQUEST_BODY"),
        ("fresh", {"content": "{"}, 400, "INVALID_REQUEST_BODY"),
        ("fresh", {"content": "x" * (MAX_PROPS_BYTES + 1)}, 413, "REQUEST_TOO_LARGE"),
        ("fresh", {"headers": {"Host": "rebound.example"}}, 421, "UNKNOWN_HOST"),
        ("inside", {}, 422, "DESTINATION_NOT_ALLOWED"),
    ],
    ids=str,
)
async def test_what_may_not_be_asked_is_refused_and_nothing_is_sent(site, upstream, type_, options, status, code):
    answer = await ask(site, type_, **options)
    assert (answer.status_code, answer.json()["errors"]["code"]) == (status, code)
    assert upstream.received == []


async def test_only_the_modules_of_late_contents_are_remembered(site, upstream, monkeypatch):
    from widget_service.widgets.hosting import content

    monkeypatch.setattr(content, "_MAX_HOSTED", 1)
    first = (await ask(site, "fresh")).json()["base"]
    upstream.replies["/fresh"] = reply('<script type="module">2</script>')
    second = (await ask(site, "fresh")).json()["base"]
    found = [(await site.client.get(f"{base}inline-module-0.js")).status_code for base in (first, second)]
    assert found == [404, 200]
