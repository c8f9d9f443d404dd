"""Who may call a live service: method × credential × CSRF token × Origin × Fetch Metadata, and attacks on sessions.

The rules are stated here once more, in the words of the documentation, and every cell of the matrix is held to them.
"""

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from support.installation import make_installation, serving_by
from support.upstream import Upstream, reply_json
from widget_service.control import registries, tenants
from widget_service.control.plane import control_plane
from widget_service.control.tenants import TenantSettings
from widget_service.settings import Settings

SECRET = "b3h6VX0dYf1qkTgq2o0pWm9sRz4uLc7eJa8iNt5y"
LISTED, FOREIGN = "https://app.example.com", "https://evil.example"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
CREDENTIALS = ["none", "cookie", "bearer", "cookie and bearer", "bad cookie", "bad bearer", "cookie and bad bearer"]
CSRF_TOKENS = ["right", "another session's", "absent"]
ORIGINS = [None, "own", LISTED, FOREIGN, "null", f"{LISTED}.evil.example", "listed over http"]
FETCH_SITES = [None, "same-origin", "same-site", "cross-site", "none"]


@pytest.fixture(scope="module")
def destination() -> Iterator[Upstream]:
    with Upstream().serving() as server:
        server.replies["/who"] = reply_json({"ok": True})
        yield server


@pytest.fixture(scope="module")
def installation(tmp_path_factory, destination) -> tuple[Settings, Path]:
    """An installation whose users are signed for by a secret, and its folder."""
    folder = tmp_path_factory.mktemp("who_may_call")
    connectors = [
        {
            "name": f"Who {method}",
            "permalink": f"who-{method.lower()}",
            "url": f"{destination.origin}/who",
            "method": method,
            "response_body": '{"user": {{ user.id | tojson }}}',
        }
        for method in METHODS
    ]
    settings = make_installation(folder, connectors, {})
    with control_plane(settings) as plane:
        said = TenantSettings(user_key=SECRET)
        tenants.set_tenant(plane, "default", actor="test", origins=[LISTED], settings=said)
    return settings, folder


@pytest.fixture(scope="module")
def services(installation) -> Iterator[list[str]]:
    """Two processes that serve it."""
    with serving_by(2, *installation) as origins:
        yield origins


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    """A client that keeps no cookies of its own."""
    with httpx2.Client(trust_env=False, timeout=30) as client:
        yield client


def user_token(user: str, *, expires_in_s: int = 3600, **claims: object) -> str:
    now = int(time.time())
    said = {"sub": user, "aud": "default", "iat": now - 10, "exp": now + expires_in_s, **claims}
    return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(SECRET))


def opened(client: httpx2.Client, service: str, body: dict, **headers: str) -> tuple[str, dict]:
    """Open a session; return its cookie and what was told."""
    answer = client.post(f"{service}/session", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    client.cookies.clear()
    return answer.headers["set-cookie"].partition(";")[0], answer.json()


def call(client: httpx2.Client, service: str, method: str, headers: dict[str, str]) -> httpx2.Response:
    url = f"{service}/widget-service/connectors/who-{method.lower()}/execute"
    return client.request(method, url, headers=headers)


def rule(credential: str, csrf: str, origin: str | None, fetch_site: str | None) -> tuple[str, str | None]:
    """Return what must come of a call: ``("user", who)``, or ``("refused", code)``.

    - A user token in Authorization is who calls, whatever cookie comes along; a bad one is never an anonymous caller.
    - A page may call if its origin is the service's own or a listed one, exactly. Without Origin, a call with the
      cookie must be same-origin or from a program; any other call must not be cross-site.
    - A call with the cookie carries the CSRF token of that session, whatever its method; no other call needs one.
    """
    by_cookie = credential in ("cookie", "bad cookie")
    if credential == "bad cookie":
        return "refused", "INVALID_TOKEN"
    if origin is not None:
        may = origin in ("own", LISTED)
    elif by_cookie:
        may = fetch_site in (None, "same-origin")
    else:
        may = fetch_site != "cross-site"
    if not may:
        return "refused", "ORIGIN_NOT_ALLOWED"
    if credential in ("bad bearer", "cookie and bad bearer"):
        return "refused", "INVALID_TOKEN"
    if by_cookie and csrf != "right":
        return "refused", "CSRF_FAILED"
    return "user", {"none": None, "cookie": "anna", "bearer": "ben", "cookie and bearer": "ben"}[credential]


STATUS = {"ORIGIN_NOT_ALLOWED": 403, "CSRF_FAILED": 403, "INVALID_TOKEN": 401}


@pytest.mark.parametrize("method", METHODS)
def test_exactly_the_documented_cells_succeed(services, client, destination, method):
    service = services[0]
    cookie, told = opened(client, service, {"token": user_token("anna")})
    _, other = opened(client, service, {"token": user_token("anna")})
    credentials = {
        "none": {},
        "cookie": {"Cookie": cookie},
        "bearer": {"Authorization": f"Bearer {user_token('ben')}"},
        "cookie and bearer": {"Cookie": cookie, "Authorization": f"Bearer {user_token('ben')}"},
        "bad cookie": {"Cookie": cookie[:-3] + "AAA"},
        "bad bearer": {"Authorization": f"Bearer {user_token('ben', expires_in_s=-1)}"},
        "cookie and bad bearer": {"Cookie": cookie, "Authorization": "Bearer x.y.z"},
    }
    tokens = {
        "right": {"X-CSRF-Token": told["csrf_token"]},
        "another session's": {"X-CSRF-Token": other["csrf_token"]},
        "absent": {},
    }
    wrong = []
    for credential, csrf, origin, fetch_site in itertools.product(CREDENTIALS, CSRF_TOKENS, ORIGINS, FETCH_SITES):
        sent = {"own": service, "listed over http": LISTED.replace("https", "http")}.get(origin or "", origin)
        headers = {**credentials[credential], **tokens[csrf]}
        headers |= {"Origin": sent} if sent is not None else {}
        headers |= {"Sec-Fetch-Site": fetch_site} if fetch_site is not None else {}
        destination.received.clear()
        answer = call(client, service, method, headers)
        outcome, what = rule(credential, csrf, origin, fetch_site)
        if outcome == "user":
            as_said = answer.status_code == 200 and len(destination.received) == 1
            if method != "HEAD" and as_said:
                as_said = answer.json() == {"user": what}
        else:
            as_said = answer.status_code == STATUS[what] and not destination.received
            if method != "HEAD" and as_said:
                as_said = answer.json()["errors"]["code"] == what
        allowed = answer.headers.get("access-control-allow-origin")
        as_said = as_said and allowed == (LISTED if origin == LISTED else None)
        if not as_said:
            wrong.append((credential, csrf, origin, fetch_site, answer.status_code, allowed, answer.text[:80]))
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("origin", ORIGINS[1:])
@pytest.mark.parametrize("path", ["/widget-service/connectors/who-get/execute", "/widget-service/batch", "/session"])
def test_a_preflight_is_answered_for_a_listed_origin_alone(services, client, origin, path):
    sent = {"own": services[0], "listed over http": LISTED.replace("https", "http")}.get(origin, origin)
    headers = {"Origin": sent, "Access-Control-Request-Method": "POST"}
    answer = client.request("OPTIONS", services[0] + path, headers=headers)
    allowed = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert answer.status_code == 204
    if origin != LISTED:
        assert allowed == {}
        return
    assert allowed["access-control-allow-origin"] == LISTED
    assert allowed["access-control-allow-credentials"] == "true"
    assert "X-CSRF-Token" in allowed["access-control-allow-headers"]
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "own"}, 200),
        ({"Origin": LISTED}, 200),
        ({"Origin": FOREIGN}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 400),
    ],
)
def test_nobody_is_signed_in_by_a_page_that_may_not(services, client, headers, status):
    """Log-in CSRF: a visitor must not come to act as the attacker without knowing."""
    sent = {"Content-Type": "application/json", **headers}
    if sent.get("Origin") == "own":
        sent["Origin"] = services[0]
    body = f'{{"token": "{user_token("mallory")}"}}'
    answer = client.post(f"{services[0]}/session", content=body, headers=sent)
    client.cookies.clear()
    assert answer.status_code == status, answer.text
    assert ("set-cookie" in answer.headers) == (status == 200)


def test_a_session_is_new_at_each_log_in_and_never_the_one_that_was_brought(services, client):
    """Session fixation: what an attacker has planted does not become the visitor's session."""
    planted, before = opened(client, services[0], {})
    answer = client.post(f"{services[0]}/session", json={"token": user_token("anna")}, headers={"Cookie": planted})
    client.cookies.clear()
    cookie, told = answer.headers["set-cookie"].partition(";")[0], answer.json()
    assert cookie != planted
    assert told["csrf_token"] != before["csrf_token"]
    still = call(client, services[0], "GET", {"Cookie": planted, "X-CSRF-Token": before["csrf_token"]})
    assert still.json() == {"user": None}
    made_up = {"Cookie": "widget_service_session=chosen-by-me", "X-CSRF-Token": "x"}
    assert call(client, services[0], "GET", made_up).status_code == 401


@pytest.mark.parametrize("first", ["tossed", "own"])
def test_a_tossed_cookie_makes_nobody_act_as_somebody_else(services, client, first):
    """A neighbouring host can set a cookie of the same name; the page's CSRF token says whose session it is."""
    own, told = opened(client, services[0], {"token": user_token("anna")})
    tossed, _ = opened(client, services[0], {"token": user_token("mallory")})
    both = f"{tossed}; {own}" if first == "tossed" else f"{own}; {tossed}"
    answer = call(client, services[0], "GET", {"Cookie": both, "X-CSRF-Token": told["csrf_token"]})
    assert answer.json() == {"user": "anna"}
    without = call(client, services[0], "GET", {"Cookie": both})
    assert (without.status_code, without.json()["errors"]["code"]) == (403, "CSRF_FAILED")
    garbage = "; ".join(["widget_service_session=x", own])
    answer = call(client, services[0], "GET", {"Cookie": garbage, "X-CSRF-Token": told["csrf_token"]})
    assert answer.json() == {"user": "anna"}


def test_outside_development_the_cookie_cannot_be_tossed_at_all():
    from widget_service.identity.sessions import Sessions
    from widget_service.vault import MasterKey, MasterKeys

    cookie = Sessions(MasterKeys([MasterKey(b"k" * 32)]), secure=True).open(None).set_cookie
    name, _, attributes = cookie.partition("=")
    assert name == "__Host-widget_service_session"
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= set(attributes.split("; "))
    assert "Domain" not in attributes


def test_a_session_is_over_everywhere_within_a_second_of_the_log_out(services, client):
    """Also for who kept the cookie, and for good: a process that starts later knows it too."""
    cookie, told = opened(client, services[0], {"token": user_token("anna")})
    headers = {"Cookie": cookie, "X-CSRF-Token": told["csrf_token"]}
    for service in services:
        assert call(client, service, "GET", headers).json() == {"user": "anna"}
    assert client.delete(f"{services[0]}/session", headers={"Cookie": cookie}).status_code == 403
    ended = client.delete(f"{services[0]}/session", headers=headers)
    assert (ended.status_code, "Max-Age=0" in ended.headers["set-cookie"]) == (204, True)
    assert call(client, services[0], "GET", headers).status_code == 401
    deadline = time.monotonic() + 5
    while call(client, services[1], "GET", headers).status_code != 401:
        assert time.monotonic() < deadline, "the other process still takes the cookie"
        time.sleep(0.02)
    for service in services:
        assert client.get(f"{service}/session", headers={"Cookie": cookie}).status_code == 401
        assert client.delete(f"{service}/session", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("claims", "is_believed"),
    [
        ({}, True),
        ({"exp": 1}, False),
        ({"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200}, False),
        ({"nbf": int(time.time()) + 3600}, False),
        ({"exp": int(time.time()) + 30 * 3600}, False),
        ({"aud": "acme"}, False),
        ({"aud": None}, False),
        ({"aud": ["default", "other"]}, True),
        ({"sub": None}, False),
    ],
)
def test_a_token_of_another_time_or_for_somebody_else_opens_nothing(services, client, claims, is_believed):
    token = user_token("anna", **claims)
    for answer in (
        call(client, services[0], "GET", {"Authorization": f"Bearer {token}"}),
        client.post(f"{services[0]}/session", json={"token": token}),
    ):
        client.cookies.clear()
        assert answer.status_code == (200 if is_believed else 401)
        assert is_believed or answer.json()["errors"]["code"] == "INVALID_TOKEN"


def test_a_user_of_whom_too_much_is_said_gets_no_cookie_that_browsers_drop(services, client):
    token = user_token("anna", profile_fields={str(number): "x" * 100 for number in range(40)})
    answer = client.post(f"{services[0]}/session", json={"token": token})
    assert (answer.status_code, answer.json()["errors"]["code"]) == (400, "INVALID_REQUEST_BODY")
    assert call(client, services[0], "GET", {"Authorization": f"Bearer {token}"}).json() == {"user": "anna"}


def test_nothing_about_sessions_is_kept_on_the_way(services, client):
    for answer in (client.post(f"{services[0]}/session", json={}), client.get(f"{services[0]}/session")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
    client.cookies.clear()


def test_a_connector_is_protected_from_its_first_second(installation, services, client, destination):
    """There is nothing to switch on: a definition that was synced just now is under the same rules."""
    cookie, told = opened(client, services[0], {"token": user_token("anna")})
    url = f"{services[0]}/widget-service/connectors/just-now/execute"
    settings, folder = installation
    repo = folder / "later"
    repo.mkdir()
    connector = {"name": "Just now", "url": f"{destination.origin}/who"}
    (repo / "connectors_registry.json").write_text(json.dumps({"connectors": [connector]}))
    with control_plane(settings) as plane:
        registries.apply_registry(plane, "default", repo, actor="test")
    destination.received.clear()
    deadline = time.monotonic() + 10
    while True:
        assert client.get(url, headers={"Cookie": cookie}).status_code == 403  # never executed, nor said to be missing
        assert client.get(url, headers={"Origin": FOREIGN}).status_code == 403
        assert not destination.received
        with_token = client.get(url, headers={"Cookie": cookie, "X-CSRF-Token": told["csrf_token"]})
        if with_token.status_code == 200:
            break
        assert (with_token.status_code, time.monotonic() < deadline) == (404, True)
