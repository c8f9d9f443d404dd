"""Every route of the admin API, with every kind of credential: exactly those that its access names may use it."""

import itertools
import re

import pytest
import pytest_asyncio

from support.admin import BROWSER, ORIGIN, admin_site
from support.commands import initialised
from widget_service.admin.api.resources import TABLE
from widget_service.identity.rights import ROLES, SCOPES, SCOPES_OF_ROLE, rank

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SCOPE_SETS = [set(each) for count in range(1, 5) for each in itertools.combinations(SCOPES, count)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory):
    async with admin_site(initialised(tmp_path_factory.mktemp("admin"))) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def credentials(site):
    """By name: the headers, the role and the scopes."""
    found = {}
    for role in ROLES:
        site.admin(f"{role}@example.com", role)
        session = await site.login(f"{role}@example.com")
        found[f"session of {role}"] = (session.headers, role, SCOPES_OF_ROLE[role])
        for scopes in SCOPE_SETS:
            if scopes <= SCOPES_OF_ROLE[role]:
                name = f"token of {role}: {' '.join(sorted(scopes))}"
                found[name] = (site.token(name, *scopes, role=role), role, scopes)
    return found


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(site, route, headers):
    """Ask for something that is not there, with a body that is wrong: whoever may is told so, and changes nothing."""
    path = re.sub(r"{\w+}", "no-such-thing", route.path)
    body = {"content": b"[", "headers": {**headers, "Content-Type": "application/json"}} if route.body else {}
    return await site.api(route.method, path, **(body or {"headers": headers}))


def code_of(response):
    return response.json()["errors"]["code"] if response.status_code >= 400 else "OK"


@pytest.mark.parametrize("route", TABLE, ids=lambda route: route.name)
async def test_exactly_those_with_the_scopes_and_the_role_may(site, credentials, route):
    for name, (headers, role, scopes) in credentials.items():
        may = route.access.scopes <= set(scopes) and rank(role) >= rank(route.access.role)
        response = await ask(site, route, headers)
        assert (code_of(response) != "ACCESS_DENIED") is may, (name, response.text)
        assert code_of(response) not in (
            "CSRF_FAILED",
            "AUTHENTICATION_REQUIRED",
            "INVALID_TOKEN",
            "ORIGIN_NOT_ALLOWED",
        )


@pytest.mark.parametrize("route", TABLE, ids=lambda route: route.name)
async def test_nobody_may_without_a_credential_that_is_valid(site, credentials, route):
    headers = credentials["session of owner"][0]
    without = {
        "nothing": ({}, "AUTHENTICATION_REQUIRED"),
        "an empty bearer": ({"Authorization": "Bearer "}, "INVALID_TOKEN"),
        "an unknown bearer": ({"Authorization": "Bearer wsat_0123456789"}, "INVALID_TOKEN"),
        "another scheme": ({"Authorization": "Basic YTpi"}, "INVALID_TOKEN"),
        "an unknown cookie": ({**headers, "Cookie": "widget_service_admin=abc"}, "AUTHENTICATION_REQUIRED"),
        "an unknown bearer beside a session": ({**headers, "Authorization": "Bearer x"}, "INVALID_TOKEN"),
    }
    for name, (given, code) in without.items():
        assert code_of(await ask(site, route, given)) == code, name


@pytest.mark.parametrize("route", [each for each in TABLE if each.method in UNSAFE], ids=lambda route: route.name)
async def test_a_session_changes_nothing_without_its_csrf_token_and_a_page_of_this_origin(site, credentials, route):
    owner, viewer = credentials["session of owner"][0], credentials["session of viewer"][0]
    cookie = {"Cookie": owner["Cookie"]}
    cases = [
        ({**cookie, **BROWSER}, "CSRF_FAILED"),
        ({**cookie, **BROWSER, "X-CSRF-Token": ""}, "CSRF_FAILED"),
        ({**cookie, **BROWSER, "X-CSRF-Token": viewer["X-CSRF-Token"]}, "CSRF_FAILED"),
        ({**owner, "Origin": "https://evil.example"}, "ORIGIN_NOT_ALLOWED"),
        ({**owner, "Origin": "http://127.0.0.1:8400"}, "ORIGIN_NOT_ALLOWED"),
        ({**owner, "Origin": "null"}, "ORIGIN_NOT_ALLOWED"),
    ]
    for site_name in ("cross-site", "same-site"):
        headers = {name: value for name, value in owner.items() if name != "Origin"}
        cases.append(({**headers, "Sec-Fetch-Site": site_name, "Sec-Fetch-Mode": "navigate"}, "ORIGIN_NOT_ALLOWED"))
    for headers, code in cases:
        assert code_of(await ask(site, route, headers)) == code, headers


@pytest.mark.parametrize("route", TABLE, ids=lambda route: route.name)
async def test_no_other_host_and_no_other_origin_s_page_is_answered(site, credentials, route):
    token = credentials["token of owner: execute read secrets write"][0]
    for host in ("evil.example", "127.0.0.1:8400", "127.0.0.1", "localhost.evil.example:8401", ""):
        assert code_of(await ask(site, route, {**token, "Host": host})) == "UNKNOWN_HOST", host
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}):
        assert code_of(await ask(site, route, {**token, **headers})) == "ORIGIN_NOT_ALLOWED"
    assert code_of(await ask(site, route, {**token, "Origin": ORIGIN})) not in ("ORIGIN_NOT_ALLOWED", "UNKNOWN_HOST")
