"""Every admin page with every role, every form without its token, and no page that shows a planted secret."""

import json
import re
from urllib.parse import quote

import pytest
import pytest_asyncio

from security.test_planted_secrets import assert_none_found, connectors, echo, planted
from support.admin import BROWSER, admin_site
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
    for path in [*paths, "/admin/registries/planted", "/admin/registries/planted/roll-back?revision=1"]:
        told[path] = (await site.client.get(path, headers=headers)).content
    assert len(upstream.received) > PLANTED / 2
    assert_none_found(secrets, told)
