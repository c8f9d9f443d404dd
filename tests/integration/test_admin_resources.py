"""Resources of the admin API: composites, histories, registries, tenants, settings, and two admins at once."""

import json

import pytest_asyncio

from support.admin import admin_site
from support.commands import initialised

PLANTS = {"name": "Plants", "url": "https://api.example.com/plants"}
KEY = {"key": "X-Key", "value": "{{ get_secret('api_key') }}"}


@pytest_asyncio.fixture
async def site(tmp_path):
    async with admin_site(initialised(tmp_path)) as running:
        running.owner = running.token("owner")
        yield running


async def done(site, method, path, expected=200, headers=None, **options):
    answer = await site.api(method, path, {**site.owner, **(headers or {})}, **options)
    assert answer.status_code == expected, answer.text
    return answer


async def test_two_admins_who_save_at_once_lose_nothing_and_the_second_is_told(site):
    made = await done(site, "PUT", "/connectors/plants", 201, json=PLANTS)
    both = made.headers["etag"]
    first = await done(site, "PUT", "/connectors/plants", headers={"If-Match": both}, json={**PLANTS, "name": "One"})
    second = await done(
        site, "PUT", "/connectors/plants", 412, headers={"If-Match": both}, json={**PLANTS, "name": "Two"}
    )
    assert "Somebody else has changed it" in second.json()["errors"]["detail"]
    assert second.headers["etag"] == first.headers["etag"]
    shown = await done(site, "GET", "/connectors/plants")
    assert shown.json()["definition"]["name"] == "One"
    await done(site, "PUT", "/connectors/plants", 428, json=PLANTS)


async def test_a_composite_is_made_by_hand_and_read_only_where_it_is_synced(site):
    await done(site, "PUT", "/connectors/plants", 201, json=PLANTS)
    composite = {"name": "Both", "steps": [{"name": "a", "connector": "plants"}]}
    made = await done(site, "PUT", "/composite-connectors/both", 201, json=composite)
    assert made.json()["kind"] == "composite"
    assert [each["permalink"] for each in (await done(site, "GET", "/composite-connectors")).json()["items"]] == [
        "both"
    ]
    assert [each["permalink"] for each in (await done(site, "GET", "/connectors")).json()["items"]] == ["plants"]
    await done(site, "GET", "/connectors/both", 404)
    await done(site, "PUT", "/connectors/both", 409, headers={"If-Match": "*"}, json=PLANTS)
    broken = await done(
        site,
        "PUT",
        "/composite-connectors/both",
        422,
        headers={"If-Match": "*"},
        json={"name": "Both", "steps": [{"name": "a", "connector": "plant"}]},
    )
    assert broken.json()["errors"]["problems"][0]["path"] == "$.steps[0].connector"
    await done(
        site,
        "POST",
        "/registries/shop/apply",
        json={
            "registry": {"composite_connectors": [{"name": "Synced", "steps": [{"name": "a", "connector": "plants"}]}]}
        },
    )
    refused = await done(site, "PUT", "/composite-connectors/synced", 409, headers={"If-Match": "*"}, json=composite)
    assert "read-only" in refused.json()["errors"]["detail"]
    await done(site, "DELETE", "/composite-connectors/synced", 409, headers={"If-Match": "*"})
    await done(site, "DELETE", "/composite-connectors/both", 204, headers={"If-Match": made.headers["etag"]})


async def test_a_connector_s_history_tells_each_change_and_brings_any_of_them_back(site):
    await done(site, "PUT", "/connectors/plants", 201, json=PLANTS)
    changed = {**PLANTS, "method": "POST", "headers": [{"key": "Authorization", "value": "Bearer 0123456789abcdef"}]}
    await done(site, "PUT", "/connectors/plants", headers={"If-Match": "*"}, json=changed)
    await done(site, "DELETE", "/connectors/plants", 204, headers={"If-Match": "*"})
    history = (await done(site, "GET", "/connectors/plants/history")).json()["items"]
    assert [each["definition"] and each["definition"]["name"] for each in history] == [None, "Plants", "Plants"]
    assert [each["action"] for each in history] == ["connector.rm", "connector.set", "connector.set"]
    assert history[0]["actor"] == "token:owner"
    assert {change["path"] for change in history[1]["changes"]} == {"method", "headers"}
    assert "0123456789abcdef" not in json.dumps(history), "a credential in plain text is masked"
    page = (await done(site, "GET", "/connectors/plants/history?limit=2")).json()
    rest = (await done(site, "GET", f"/connectors/plants/history?cursor={page['next']}")).json()
    assert [*page["items"], *rest["items"]] == history

    restored = await done(site, "POST", "/connectors/plants/restore", 201, json={"revision": history[1]["revision"]})
    assert restored.json()["definition"]["headers"] == changed["headers"], "what comes back is what was"
    await done(site, "POST", "/connectors/plants/restore", 428, json={"revision": history[2]["revision"]})
    tag = {"If-Match": restored.headers["etag"]}
    again = await done(
        site, "POST", "/connectors/plants/restore", headers=tag, json={"revision": history[2]["revision"]}
    )
    assert "headers" not in again.json()["definition"]
    await done(site, "POST", "/connectors/plants/restore", 412, headers=tag, json={"revision": history[1]["revision"]})
    any_tag = {"If-Match": "*"}
    await done(
        site, "POST", "/connectors/plants/restore", 204, headers=any_tag, json={"revision": history[0]["revision"]}
    )
    await done(site, "POST", "/connectors/plants/restore", 404, json={"revision": 99999})
    await done(site, "GET", "/connectors/nothing/history", 404)


async def test_a_registry_is_planned_applied_whole_refused_whole_and_rolled_back(site):
    one = {
        "connectors": [{"name": "A", "url": "https://a.example.com/"}, {"name": "B", "url": "https://b.example.com/"}]
    }
    two = {
        "connectors": [{"name": "A", "url": "https://a.example.com/2"}, {"name": "C", "url": "https://c.example.com/"}]
    }
    plan = (await done(site, "POST", "/registries/shop/plan", json={"registry": one})).json()
    assert ([each["permalink"] for each in plan["created"]], plan["applied"]) == (["a", "b"], False)
    await done(site, "GET", "/registries/shop", 404)

    first = await done(site, "POST", "/registries/shop/apply", json={"registry": one})
    assert first.json()["applied"] is True
    second = await done(
        site, "POST", "/registries/shop/apply", headers={"If-Match": first.headers["etag"]}, json={"registry": two}
    )
    told = second.json()
    assert [each["permalink"] for each in told["created"]] == ["c"]
    assert [each["permalink"] for each in told["deleted"]] == ["b"]
    (change,) = told["updated"][0]["changes"]
    assert (change["path"], change["before"], change["after"]) == (
        "url",
        "https://a.example.com/",
        "https://a.example.com/2",
    )
    await done(
        site, "POST", "/registries/shop/apply", 412, headers={"If-Match": first.headers["etag"]}, json={"registry": one}
    )

    text = '{"connectors": [\n  {"name": "A", "url": "ftp://x"},\n  {"name": "", "url": "https://d.example.com/"}\n]}'
    refused = (await done(site, "POST", "/registries/shop/apply", 422, json={"text": text})).json()["errors"]
    assert [(each["path"], each["line"]) for each in refused["problems"]][:1] == [("$.connectors[0].url", 2)]
    assert "$.connectors[1].name" in {each["path"] for each in refused["problems"]}
    shown = (await done(site, "GET", "/registries/shop")).json()
    assert (shown["connectors"], shown["kind"]) == (2, "path")

    history = (await done(site, "GET", "/registries/shop/history")).json()["items"]
    assert [(each["created"], each["updated"], each["deleted"]) for each in history] == [(1, 1, 1), (2, 0, 0)]
    wanted = {"revision": history[1]["revision"]}
    plan = (await done(site, "POST", "/registries/shop/roll-back", json={**wanted, "plan_only": True})).json()
    assert ([each["permalink"] for each in plan["created"]], plan["applied"]) == (["b"], False)
    await done(site, "POST", "/registries/shop/roll-back", json=wanted)
    names = [each["permalink"] for each in (await done(site, "GET", "/connectors")).json()["items"]]
    assert names == ["a", "b"]
    history = (await done(site, "GET", "/registries/shop/history")).json()["items"]
    assert history[0]["note"] == f"rolled back to revision {wanted['revision']}"
    await done(site, "POST", "/registries/shop/roll-back", 404, json={"revision": 99999})

    await done(site, "DELETE", "/registries/shop", 428)
    await done(site, "DELETE", "/registries/shop", 204, headers={"If-Match": "*"})
    assert (await done(site, "GET", "/connectors")).json()["items"] == []


async def test_a_plan_is_applied_as_it_was_told_or_not_at_all(site):
    one = {"registry": {"connectors": [PLANTS]}}
    planned = await done(site, "POST", "/registries/shop/plan", json=one)
    seen = {"If-Match": planned.headers["etag"]}
    two = {"registry": {"connectors": [PLANTS, {"name": "B", "url": "https://b.example.com/"}]}}
    await done(site, "POST", "/registries/shop/apply", 412, headers=seen, json=two)
    await done(site, "POST", "/registries/shop/apply", json=two)
    late = await done(site, "POST", "/registries/shop/apply", 412, headers=seen, json=one)
    assert "than was planned" in late.json()["errors"]["detail"], "it would delete what another admin has applied"
    assert len((await done(site, "GET", "/connectors")).json()["items"]) == 2
    again = await done(site, "POST", "/registries/shop/plan", json=one)
    assert again.headers["etag"] == late.headers["etag"] != planned.headers["etag"]
    assert [each["permalink"] for each in again.json()["deleted"]] == ["b"]
    await done(site, "POST", "/registries/shop/apply", headers={"If-Match": again.headers["etag"]}, json=one)

    first = (await done(site, "GET", "/registries/shop/history")).json()["items"][1]["revision"]
    back = await done(site, "POST", "/registries/shop/roll-back", json={"revision": first, "plan_only": True})
    await done(site, "POST", "/registries/shop/apply", json={"registry": {}})
    late = {"If-Match": back.headers["etag"]}
    await done(site, "POST", "/registries/shop/roll-back", 412, headers=late, json={"revision": first})
    await done(site, "POST", "/registries/shop/roll-back", json={"revision": first})


async def test_the_page_applies_the_plan_that_was_seen_or_shows_another(site):
    site.admin("anna@example.com")
    session = await site.login("anna@example.com")
    form = {"name": "shop", "text": json.dumps({"connectors": [PLANTS]}), "csrf_token": session.csrf_token}

    async def sent(**more):
        data = {**form, **more}
        return await site.client.post("/admin/apply-registry", headers=session.headers, data=data)

    seen = (await sent()).text.partition('name="plan" value="')[2].partition('"')[0]
    other = {"registry": {"connectors": [{"name": "B", "url": "https://b.example.com/"}]}}
    await done(site, "POST", "/registries/shop/apply", json=other)
    late = await sent(apply="yes", plan=seen)
    assert (late.status_code, "something else than was shown" in late.text) == (412, True)
    assert [each["permalink"] for each in (await done(site, "GET", "/connectors")).json()["items"]] == ["b"]
    seen = late.text.partition('name="plan" value="')[2].partition('"')[0]
    assert (await sent(apply="yes", plan=seen)).status_code == 303
    assert [each["permalink"] for each in (await done(site, "GET", "/connectors")).json()["items"]] == ["plants"]


async def test_the_binding_of_a_secret_is_set_and_lifted_without_its_value(site):
    made = await done(site, "PUT", "/secrets/api_key", 201, json={"value": "s3cr3t-0123456789"})
    tag = {"If-Match": f'"{made.json()["revision"]}"'}
    await done(site, "PUT", "/secrets/api_key/origins", 428, json={"origins": []})
    body = {"origins": ["https://api.example.com"]}
    bound = await done(site, "PUT", "/secrets/api_key/origins", headers=tag, json=body)
    assert (bound.json()["origins"], bound.json()["version"]) == (["https://api.example.com"], 1)
    await done(site, "PUT", "/secrets/api_key/origins", 412, headers=tag, json={"origins": []})
    lifted = {"If-Match": bound.headers["etag"]}
    assert (await done(site, "PUT", "/secrets/api_key/origins", headers=lifted, json={"origins": []})).json()[
        "origins"
    ] == []
    await done(site, "PUT", "/secrets/nothing/origins", 404, headers={"If-Match": "*"}, json={"origins": []})
    editor = {**site.token("editor", "read", "write", role="editor"), "If-Match": "*"}
    assert (await site.api("PUT", "/secrets/api_key/origins", editor, json={"origins": []})).status_code == 403


async def test_a_registry_that_came_from_elsewhere_is_not_taken_over_unasked(site, tmp_path):
    site_commands = site.plane
    from widget_service.control.registries import apply_registry

    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "connectors_registry.json").write_text('{"connectors": []}')
    apply_registry(site_commands, "default", folder, actor="test")
    answer = await done(site, "POST", "/registries/shop/apply", 409, json={"registry": {}})
    assert str(folder) in answer.json()["errors"]["detail"]
    await done(site, "POST", "/registries/shop/apply", json={"registry": {}, "moved": True})


async def test_who_may_not_use_secrets_sends_none_elsewhere_by_a_registry_or_a_restored_version(site):
    await done(site, "PUT", "/secrets/api_key", 201, json={"value": "s3cr3t-0123456789"})
    await done(site, "PUT", "/connectors/plants", 201, json={**PLANTS, "headers": [KEY]})
    revision = (await done(site, "GET", "/connectors/plants/history")).json()["items"][0]["revision"]
    await done(
        site,
        "PUT",
        "/connectors/plants",
        headers={"If-Match": "*"},
        json={"name": "Plants", "url": "https://other.example.com/"},
    )
    editor = site.token("editor", "read", "write", role="editor")
    registry = {"connectors": [{"name": "Leak", "url": "https://evil.example.com/", "headers": [KEY]}]}
    answer = await site.api("POST", "/registries/x/apply", editor, json={"registry": registry})
    assert (answer.status_code, answer.json()["errors"]["code"]) == (403, "ACCESS_DENIED")
    headers = {**editor, "If-Match": "*"}
    answer = await site.api("POST", "/connectors/plants/restore", headers, json={"revision": revision})
    assert answer.status_code == 403


async def test_secrets_are_told_with_who_reads_them_and_when_they_were_used(site):
    await done(site, "PUT", "/secrets/api_key", 201, json={"value": "s3cr3t-0123456789"})
    await done(site, "PUT", "/secrets/unused", 201, json={"value": "s3cr3t-0123456789"})
    await done(site, "PUT", "/connectors/plants", 201, json={**PLANTS, "headers": [KEY]})
    from widget_service.executions.counts import Counts
    from widget_service.executions.writing import DatabaseSink, Retention

    counts = Counts()
    counts.count("default", "plants", 1_700_000_000).add(200, 1, 1, cache_hit=False)
    counts.use("default", "plants", 1_700_000_000).sent_at = 1_700_000_000
    DatabaseSink(site.plane.database, Retention(1, 1)).write([], counts)
    items = {each["name"]: each for each in (await done(site, "GET", "/secrets")).json()["items"]}
    assert (items["api_key"]["read_by"], items["api_key"]["last_used_at"]) == (["plants"], "2023-11-14T22:13:20Z")
    assert (items["unused"]["read_by"], items["unused"]["last_used_at"]) == ([], None)


async def test_tenants_are_made_changed_and_deleted_by_owners(site):
    made = await done(site, "PUT", "/tenants/shop", 201, json={"hosts": ["shop.example.com"]})
    assert made.json()["allow_anonymous"] is True
    key = "k" * 40
    changed = await done(
        site,
        "PUT",
        "/tenants/shop",
        headers={"If-Match": made.headers["etag"]},
        json={"allow_anonymous": False, "quotas": {"max_connectors": 5}, "user_key": key},
    )
    told = changed.json()
    assert (told["hosts"], told["allow_anonymous"], told["quotas"]) == (
        ["shop.example.com"],
        False,
        {"max_connectors": 5},
    )
    assert len(told["user_keys"]) == 1
    assert key not in changed.text
    await done(site, "PUT", "/tenants/shop", 412, headers={"If-Match": made.headers["etag"]}, json={})
    assert [each["name"] for each in (await done(site, "GET", "/tenants")).json()["items"]] == ["default", "shop"]
    await done(site, "PUT", "/connectors/plants?tenant=shop", 201, json=PLANTS)
    assert (await done(site, "GET", "/connectors")).json()["items"] == []
    await done(site, "DELETE", "/tenants/shop", 204, headers={"If-Match": "*"})
    await done(site, "GET", "/connectors?tenant=shop", 404)


async def test_settings_and_findings_are_told_without_secrets(site):
    rows = {each["name"]: each for each in (await done(site, "GET", "/settings")).json()["items"]}
    assert rows["WIDGET_SERVICE_PORT"]["value"] == 8400
    findings = (await done(site, "GET", "/findings")).json()["items"]
    assert any(each["subject"] == "tenant default" and each["state"] == "good" for each in findings)


async def test_accounts_tokens_and_sessions_are_kept_by_owners(site):
    made = await done(
        site, "PUT", "/admins/anna@example.com", 201, json={"role": "editor", "password": "correct horse battery"}
    )
    session = await site.login("anna@example.com")
    assert [each["admin"] for each in (await done(site, "GET", "/sessions")).json()["items"]] == ["anna@example.com"]
    await done(site, "PUT", "/admins/anna@example.com", 412, headers={"If-Match": '"old"'}, json={"role": "viewer"})
    shown = await done(site, "GET", "/admins/anna@example.com")
    assert (shown.json()["role"], shown.json()["has_password"]) == ("editor", True)
    assert "horse" not in made.text + shown.text
    await done(
        site, "PUT", "/admins/anna@example.com", headers={"If-Match": shown.headers["etag"]}, json={"role": "viewer"}
    )
    answer = await site.api("GET", "/me", session.headers)
    assert answer.status_code == 401, "a new role ends the sessions"

    token = (await done(site, "POST", "/tokens/deploy", 201, json={"scopes": ["read"], "days": 1})).json()
    headers = {"Authorization": f"Bearer {token['secret']}"}
    assert (await site.api("GET", "/connectors", headers)).status_code == 200
    assert token["secret"] not in (await done(site, "GET", "/tokens")).text
    await done(site, "POST", "/tokens/deploy", 409, json={})
    await done(site, "DELETE", "/tokens/deploy", 204)
    assert (await site.api("GET", "/connectors", headers)).status_code == 401
    await site.login("anna@example.com")
    (open_session,) = (await done(site, "GET", "/sessions")).json()["items"]
    await done(site, "DELETE", f"/sessions/{open_session['id']}", 204)
    await done(site, "DELETE", "/admins/anna@example.com", 204, headers={"If-Match": "*"})
    owner = await done(site, "PUT", "/admins/admin", headers={"If-Match": "*"}, json={})
    assert owner.json()["role"] == "owner"
    await done(site, "DELETE", "/admins/admin", 409, headers={"If-Match": "*"})


async def test_credentials_in_plain_text_are_for_who_may_use_secrets_and_their_mask_is_never_saved(site):
    literal = "l1teral-0123456789-credential"
    signed = {**PLANTS, "headers": [{"key": "X-Api-Key", "value": literal}]}
    made = await done(site, "PUT", "/connectors/plants", 201, json=signed)
    assert made.json()["definition"]["headers"][0]["value"] == literal
    revision = (await done(site, "GET", "/connectors/plants/history")).json()["items"][0]["revision"]
    site.admin("bert@example.com", "editor")
    session, api = await site.login("bert@example.com"), site.token("editor", "read", "write", "execute", role="editor")
    answers = [
        await site.api(method, path, {**api, **headers}, **options)
        for method, path, headers, options in (
            ("GET", "/connectors", {}, {}),
            ("GET", "/connectors/plants", {}, {}),
            ("GET", "/connectors/plants/history", {}, {}),
            ("POST", "/connectors/plants/restore", {"If-Match": "*"}, {"json": {"revision": revision}}),
            ("PUT", "/connectors/plants", {"If-Match": '"old"'}, {"json": PLANTS}),
            ("POST", "/connectors/test", {}, {"json": {"permalink": "plants"}}),
        )
    ]
    pages = ("/connectors", "/connectors/plants", "/connectors/plants/history", "/new-connector?copy=plants")
    answers += [await site.client.get(f"/admin{path}", headers=session.headers) for path in pages]
    form = {"definition": json.dumps(PLANTS), "etag": "old", "csrf_token": session.csrf_token}
    answers.append(await site.client.post("/admin/connectors/plants", headers=session.headers, data=form))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 412, 200, 200, 200, 200, 200, 412]
    assert not any(literal in answer.text for answer in answers)

    masked = answers[1].json()["definition"]
    assert masked["headers"][0]["value"] == "••••••"
    body = {"If-Match": answers[1].headers["etag"]}
    refused = await site.api("PUT", "/connectors/plants", {**api, **body}, json=masked)
    assert refused.status_code == 422
    assert [each["path"] for each in refused.json()["errors"]["problems"]] == ["$.headers[0].value"]
    form = {"definition": json.dumps(masked), "etag": body["If-Match"].strip('"'), "csrf_token": session.csrf_token}
    page = await site.client.post("/admin/connectors/plants", headers=session.headers, data=form)
    assert (page.status_code, "is the mask that is shown" in page.text) == (422, True)
    applied = {"registry": {"connectors": [{**masked, "permalink": "other"}]}}
    await done(site, "POST", "/registries/shop/apply", 422, json=applied)
    shown = (await done(site, "GET", "/connectors/plants")).json()["definition"]
    assert shown["headers"][0]["value"] == literal
