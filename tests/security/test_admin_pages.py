"""Every admin page with every role, every form without its token, and no page that shows a planted secret."""

import json
import re
import time
from dataclasses import replace
from urllib.parse import quote

import pytest
import pytest_asyncio

from security.test_planted_secrets import assert_none_found, connectors, echo, planted
from support.admin import BROWSER, admin_site
from support.admin_pages import note_calls, records
from support.commands import initialised
from widget_service.admin.pages import ALL_PAGES
from widget_service.control import values
from widget_service.control.registries import apply_source
from widget_service.control.registry_source import Source
from widget_service.identity.rights import ROLES, SCOPES_OF_ROLE, rank

FORMS = [page for page in ALL_PAGES if page.method == "POST" and page.access is not None]
SHOWN = [page for page in ALL_PAGES if page.method == "GET" and page.access is not None]
PLANTED = 30
"""Secrets of all shapes and uses are among so many."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory):
    async with admin_site(initialised(tmp_path_factory.mktemp("pages"))) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sessions(site):
    for role in ROLES:
        site.admin(f"{role}@example.com", role)
    return {role: (await site.login(f"{role}@example.com")).headers for role in ROLES}


def address(page) -> str:
    return "/admin" + re.sub(r"{\w+}", "no-such-thing", page.path)


def named(page) -> str:
    return f"{page.method} {page.path}"


@pytest.mark.parametrize("page", [*SHOWN, *FORMS], ids=named)
async def test_exactly_those_with_the_scopes_and_the_role_may(site, sessions, page):
    if page.path in ("/logout", "/me/end-session"):
        pytest.skip("it ends the session that asks")
    for role, headers in sessions.items():
        may = page.access.scopes <= SCOPES_OF_ROLE[role] and rank(role) >= rank(page.access.role)
        response = await site.client.request(page.method, address(page), headers=headers)
        assert ("ACCESS_DENIED" not in response.text) is may, (role, response.text[:2000])
        assert response.status_code < 500


@pytest.mark.parametrize("page", FORMS, ids=named)
async def test_a_form_changes_nothing_without_its_token(site, sessions, page):
    cookie = {"Cookie": sessions["owner"]["Cookie"], **BROWSER}
    for given in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": sessions["viewer"]["X-CSRF-Token"]}):
        response = await site.client.post(address(page), headers={**cookie, **given})
        assert "CSRF_FAILED" in response.text


@pytest.mark.parametrize("page", [*SHOWN, *FORMS], ids=named)
async def test_nobody_sees_anything_without_a_session(site, page):
    response = await site.client.request(page.method, address(page), headers=BROWSER)
    assert response.status_code in (303, 401)


NUMBERS = ("-1", "0x10", "1e9", "seven", "\u0663", "9" * 30, "1" + "9" * 5000)
PLACES = (
    ("GET", "/connectors?page={}", None),
    ("GET", "/executions?before={}", None),
    ("GET", "/executions/{}", None),
    ("GET", "/audit?before={}", None),
    ("GET", "/registries/numbers/roll-back?revision={}", None),
    ("POST", "/registries/numbers/roll-back", "revision"),
    ("POST", "/connectors/numbered/restore", "revision"),
    ("POST", "/connectors/numbered/capture", "minutes"),
    ("POST", "/git-sources/set", "poll_s"),
    ("POST", "/access/add-token", "days"),
)


@pytest.mark.parametrize(("method", "path", "field"), PLACES, ids=lambda each: str(each))
async def test_what_is_no_number_of_use_is_told_in_words(site, sessions, method, path, field):
    text = json.dumps({"connectors": [{"name": "Numbered", "url": "https://api.example.com"}]}).encode()
    apply_source(site.plane, "default", Source.of_text("numbers", text, place="test"), actor="test")
    for number in NUMBERS:
        form = {"data": {field: number, "name": "x", "role": "viewer", "url": "https://x.example.com"}} if field else {}
        address = f"/admin{path.format(quote(number[:1000]))}"
        response = await site.client.request(method, address, headers=sessions["owner"], **form)
        assert response.status_code in (404, 422), (number[:20], response.status_code)
        assert "must be a whole number" in response.text


async def test_a_link_puts_no_words_into_a_page(site, sessions):
    page = await site.client.get("/admin/connectors?done=Call+us+at+once&by=x", headers=sessions["owner"])
    assert "Call us at once" not in page.text


async def answers_of_forms(site, headers, secrets) -> dict[str, bytes]:
    """What forms answer where secrets are near: plans, restores, roll-backs, refusals, conflicts, and reports."""
    permalink = next(iter(secrets)).replace("_", "-")
    literal = json.dumps({"connectors": [{"name": "Planted", "url": "nowhere", "headers": [{"key": "X", "value": 1}]}]})
    definition = json.dumps({"name": "By hand", "url": "https://x.example.com", "permalink": "by-hand"})
    bad = json.dumps(
        {"name": "By hand", "url": "ftp://x", "headers": [{"key": "X", "value": "{{ get_secret('nn') }}"}]}
    )
    sets = {"name": next(iter(secrets)), "value": next(iter(secrets.values()))}
    git = {"name": "fetched", "url": "http://127.0.0.1:9/x.git", "token_secret": next(iter(secrets)), "poll_s": "300"}
    forms = [
        ("/apply-registry", {"name": "planted", "text": json.dumps({"connectors": []})}),
        ("/apply-registry", {"name": "planted", "text": literal}),
        ("/registries/planted/roll-back", {"revision": "1", "etag": '"0"'}),
        ("/registries/planted/roll-back", {"revision": "999999", "etag": '"0"'}),
        ("/new-connector", {"definition": definition}),
        ("/new-connector", {"definition": definition}),
        ("/connectors/by-hand", {"definition": bad, "etag": '"0"'}),
        ("/connectors/by-hand", {"definition": definition, "etag": '"0"'}),
        ("/connectors/by-hand/restore", {"revision": "1", "etag": '"0"'}),
        (f"/connectors/{permalink}/capture", {"minutes": "10"}),
        ("/check", {"definition": bad}),
        ("/secrets/set", sets),
        ("/secrets/set", {**sets, "version": "99"}),
        ("/secrets/set", {**sets, "name": "not a name"}),
        ("/secrets/bind", {**sets, "revision": "0", "origins": "https://x.example.com"}),
        ("/secrets/delete", {**sets, "version": "99"}),
        ("/variables/set", {"name": sets["name"], "value": "v"}),
        ("/access/tenants/default/keys", {"user_key": sets["value"], "revision": "0"}),
        ("/access/tenants/default/keys", {"user_key": f"-----BEGIN PUBLIC KEY-----{sets['value']}", "revision": "1"}),
        ("/git-sources/set", git),
        ("/registries/fetched/sync", {}),
    ]
    told = {}
    for number, (path, form) in enumerate(forms):
        response = await site.client.post(f"/admin{path}", data=form, headers=headers)
        assert response.status_code < 500, (path, response.text[:500])
        told[f"{number} POST {path}"] = response.content + str(response.headers).encode()
    return told


async def kept_bodies(site, headers, secrets) -> dict[str, bytes]:
    """Pages of calls whose bodies were kept, as the service keeps them."""
    names = [name.replace("_", "-") for name in secrets]
    masked = {"request": {"url": "https://x.example.com", "method": "GET", "headers": [], "query_parameters": []}}
    calls = [replace(call, details={"capture": masked}) for call in records(names, 3, time.time())]
    note_calls(site.plane, calls)
    return {
        f"call {call.id}": (await site.client.get(f"/admin/executions/{call.id}", headers=headers)).content
        for call in calls
    }


async def test_no_page_shows_a_planted_secret(site, sessions, upstream):
    """Every page, of every connector, and a test of each: what destinations echo is masked too."""
    upstream.replies["/echo"] = echo
    secrets = dict(list(planted().items())[:PLANTED])
    for name, secret in secrets.items():
        values.set_secret(site.plane, "default", name, secret, actor="test")
    text = json.dumps({"connectors": connectors(upstream.origin, list(secrets))}).encode()
    apply_source(site.plane, "default", Source.of_text("planted", text, place="test"), actor="test")
    headers, told = sessions["owner"], {}
    paths = [address(page) for page in SHOWN if "{" not in page.path]
    for name in secrets:
        permalink = name.replace("_", "-")
        paths += [f"/admin/connectors/{permalink}", f"/admin/connectors/{permalink}/history"]
        tested = await site.client.post("/admin/test", data={"permalink": permalink}, headers=headers)
        assert tested.status_code == 200
        told[f"test of {permalink}"] = tested.content
    told |= await answers_of_forms(site, headers, secrets)
    told |= await kept_bodies(site, headers, secrets)
    seen = ("registries/planted", "registries/planted/roll-back?revision=1", "access/tenants/default", "registries")
    for path in [*paths, *(f"/admin/{each}" for each in seen)]:
        told[path] = (await site.client.get(path, headers=headers)).content
    assert len(upstream.received) > PLANTED / 2
    assert_none_found(secrets, told)
