"""``/api/v1/connectors``: every problem with its path, nothing overwritten unseen, nothing of a registry changed."""

import json
from base64 import urlsafe_b64encode

import pytest

from support.commands import PLANTS, Commands
from widget_service.control import registries, tenants
from widget_service.control.audit import entries

OPEN = {"name": "Open data", "url": "https://open.example.com/data"}


@pytest.fixture
def owner(site):
    return site.token("owner")


async def put(site, headers, permalink="open-data", body=OPEN, **more):
    return await site.api("PUT", f"/connectors/{permalink}", {**headers, **more}, json=body)


async def test_a_connector_is_made_read_changed_and_deleted(site, owner):
    made = await put(site, owner)
    assert made.status_code == 201
    read = await site.api("GET", "/connectors/open-data", owner)
    assert read.headers["etag"] == made.headers["etag"]
    assert read.json()["definition"] == {**OPEN, "permalink": "open-data"}
    assert read.json()["registry"] is None
    moved = {**OPEN, "url": "https://open.example.com/v2"}
    changed = await put(site, owner, body=moved, **{"If-Match": made.headers["etag"]})
    assert (changed.status_code, changed.headers["etag"] != made.headers["etag"]) == (200, True)
    gone = await site.api("DELETE", "/connectors/open-data", {**owner, "If-Match": changed.headers["etag"]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await site.api("GET", "/connectors/open-data", owner)).status_code == 404


async def test_of_two_who_save_at_once_the_second_is_told_and_nothing_is_lost(site, owner):
    tag = (await put(site, owner)).headers["etag"]
    first = await put(site, owner, body={**OPEN, "description": "first"}, **{"If-Match": tag})
    second = await put(site, owner, body={**OPEN, "description": "second"}, **{"If-Match": tag})
    assert second.status_code == 412
    assert second.json()["errors"]["code"] == "PRECONDITION_FAILED"
    assert second.headers["etag"] == first.headers["etag"]
    read = await site.api("GET", "/connectors/open-data", owner)
    assert read.json()["definition"]["description"] == "first"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 428),
        ({"If-Match": '"another"'}, 412),
        ({"If-Match": "nonsense"}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-Match": "*"}, 200),
    ],
)
async def test_what_is_there_is_replaced_only_by_who_says_what_it_is(site, owner, headers, status):
    await put(site, owner)
    assert (await put(site, owner, body={**OPEN, "description": "x"}, **headers)).status_code == status


async def test_what_is_not_there_is_made_by_who_expects_that(site, owner):
    assert (await put(site, owner, **{"If-Match": "*"})).status_code == 412
    assert (await put(site, owner, **{"If-None-Match": "*"})).status_code == 201


async def test_who_has_it_already_is_told_so(site, owner):
    tag = (await put(site, owner)).headers["etag"]
    again = await site.api("GET", "/connectors/open-data", {**owner, "If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


async def test_a_wrong_definition_is_refused_with_every_problem_and_its_path(site, owner):
    body = {"name": "Open data", "url": "ftp://open.example.com", "headers": [{"value": "x"}], "method": "FETCH"}
    refused = await put(site, owner, body=body)
    assert refused.status_code == 422
    paths = {problem["path"] for problem in refused.json()["errors"]["problems"]}
    assert {"$.url", "$.headers[0].key", "$.method"} <= paths
    assert (await site.api("GET", "/connectors", owner)).json()["items"] == []


async def test_a_warning_does_not_refuse_and_is_told(site, owner):
    made = await put(site, owner, permalink="plants", body=PLANTS)
    [problem] = made.json()["problems"]
    assert (made.status_code, problem["code"], problem["severity"]) == (201, "unknown_secret", "warning")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"a": 1e999}', b"[" * 100_000])
async def test_a_body_that_is_no_definition_is_refused(site, owner, body):
    headers = {**owner, "Content-Type": "application/json"}
    refused = await site.api("PUT", "/connectors/x", headers, content=body)
    assert refused.status_code in (400, 422), refused.text


async def test_other_content_and_large_bodies_are_refused(site, owner):
    assert (await site.api("PUT", "/connectors/x", owner, content=b"{}")).status_code == 415
    large = {**OPEN, "description": "x" * (10 * 1024 * 1024)}
    assert (await put(site, owner, body=large)).status_code == 413


async def test_a_permalink_that_differs_or_is_none_is_refused(site, owner):
    differs = await put(site, owner, body={**OPEN, "permalink": "another"})
    assert [each["path"] for each in differs.json()["errors"]["problems"]] == ["$.permalink"]
    assert (await put(site, owner, permalink="No Permalink")).status_code == 422


async def test_connectors_of_a_registry_are_read_only_and_say_where_to_change_them(site, owner, tmp_path):
    registries.apply_registry(site.plane, "default", Commands(tmp_path).registry(PLANTS), actor="test")
    changed = await put(site, owner, permalink="plants", body={**PLANTS, "url": "https://api.example.com/v2"})
    deleted = await site.api("DELETE", "/connectors/plants", owner)
    for refused in (changed, deleted):
        assert refused.status_code == 409
        assert "comes from the registry 'shop' and is read-only here" in refused.json()["errors"]["detail"]


async def test_who_may_write_but_not_use_secrets_moves_no_connector_to_another_host(site, owner):
    writer = site.token("writer", "read", "write")
    tag = (await put(site, owner, permalink="plants", body=PLANTS)).headers["etag"]
    moved = {**PLANTS, "url": "https://evil.example/plants"}
    refused = await put(site, writer, permalink="plants", body=moved, **{"If-Match": tag})
    assert (refused.status_code, refused.json()["errors"]["code"]) == (403, "ACCESS_DENIED")
    assert "'api_key' to https://evil.example" in refused.json()["errors"]["detail"]
    allowed = {**PLANTS, "description": "The same host."}
    assert (await put(site, writer, permalink="plants", body=allowed, **{"If-Match": tag})).status_code == 200


async def test_lists_come_in_pages_that_neither_repeat_nor_skip_while_others_change(site, owner):
    for number in range(5):
        await put(site, owner, permalink=f"c-{number}")
    first = (await site.api("GET", "/connectors?limit=2", owner)).json()
    assert [each["permalink"] for each in first["items"]] == ["c-0", "c-1"]
    await site.api("DELETE", "/connectors/c-0", {**owner, "If-Match": "*"})
    second = (await site.api("GET", f"/connectors?limit=2&cursor={first['next']}", owner)).json()
    assert [each["permalink"] for each in second["items"]] == ["c-2", "c-3"]
    last = (await site.api("GET", f"/connectors?limit=2&cursor={second['next']}", owner)).json()
    assert ([each["permalink"] for each in last["items"]], last["next"]) == (["c-4"], None)
    found = (await site.api("GET", "/connectors?search=C-3", owner)).json()["items"]
    assert [each["permalink"] for each in found] == ["c-3"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=NQ", "unknown=1", "limit=1&limit=2"],
)
async def test_a_query_that_is_wrong_is_refused(site, owner, query):
    refused = await site.api("GET", f"/connectors?{query}", owner)
    assert (refused.status_code, refused.json()["errors"]["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("key", [10**30, -(10**30), True, "x"])
async def test_a_cursor_that_no_database_would_take_is_refused(site, owner, key):
    cursor = urlsafe_b64encode(json.dumps(key).encode()).rstrip(b"=").decode()
    refused = await site.api("GET", f"/executions?cursor={cursor}", owner)
    assert (refused.status_code, refused.json()["errors"]["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("identifier", ["0" * 20 + "9" * 30, "9" * 19, "x", "-1"])
async def test_an_execution_that_cannot_be_is_not_found(site, owner, identifier):
    assert (await site.api("GET", f"/executions/{identifier}", owner)).status_code == 404


async def test_each_tenant_has_its_own(site, owner):
    tenants.add_tenant(site.plane, "acme", actor="test")
    assert (await site.api("PUT", "/connectors/open-data?tenant=acme", owner, json=OPEN)).status_code == 201
    assert (await site.api("GET", "/connectors/open-data", owner)).status_code == 404
    assert (await site.api("GET", "/connectors/open-data?tenant=acme", owner)).status_code == 200
    unknown = await site.api("GET", "/connectors?tenant=nobody", owner)
    assert (unknown.status_code, "There is no tenant" in unknown.json()["errors"]["detail"]) == (404, True)


async def test_a_change_is_in_the_audit_log_with_who_and_from_where(site, owner):
    await put(site, owner)
    [entry] = entries(site.plane, action="connector.set")
    assert (entry.actor, entry.address, entry.tenant_id) == ("token:owner", "127.0.0.1", "default")
    assert entry.details["after"]["url"] == OPEN["url"]


async def test_a_path_tells_its_methods(site, owner):
    refused = await site.api("PATCH", "/connectors", owner)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert (await site.api("HEAD", "/connectors", owner)).status_code == 200


async def test_a_mistake_of_ours_is_told_to_the_log_alone(site, owner, monkeypatch):
    def fail(*_):
        raise RuntimeError("k3y of the database")

    monkeypatch.setattr(site.plane.database, "read", fail)
    broken = await site.api("GET", "/connectors", {**owner, "X-Request-ID": "abc-1"})
    assert broken.status_code == 500
    assert broken.json()["errors"]["code"] == "INTERNAL_ERROR"
    assert (broken.json()["request_id"], broken.headers["x-request-id"]) == ("abc-1", "abc-1")
    assert "k3y" not in broken.text
