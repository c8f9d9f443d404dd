"""Admins log in by a real OpenID Connect provider, and by nothing that only looks like one."""

import base64
import hmac
import html
import re
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from support.admin import ORIGIN, admin_site
from support.commands import initialised
from support.processes import free_port, wait_for_port
from support.upstream import reply_json
from widget_service.control.admins import add_admin, get_admin, list_admins

REPO = Path(__file__).parents[2]
CALLBACK = f"{ORIGIN}/admin/login/callback"
SECRET = "s3cret of the client/with+odd characters"
CLIENT = {"oidc_client_id": "widget-service", "oidc_client_secret": SECRET}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    """A provider (npm's oidc-provider), which lets everybody log in with any password."""
    if shutil.which("node") is None or not (REPO / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("node and oidc-provider are not there; install them: make setup-system setup-dev")
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("provider") / "log"
    command = ["node", str(REPO / "tests/support/openid_provider.mjs"), url, str(port), CALLBACK]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=REPO, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for_port(port, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def at_provider(url, name):
    """Do what a person does in a browser at the provider: log in, agree; return where it sends the browser back to."""
    with httpx2.Client(trust_env=False, timeout=30) as browser:
        response = browser.get(url)
        for _ in range(10):
            location = response.headers.get("location")
            if location is not None and location.startswith(CALLBACK):
                return location
            if location is not None:
                response = browser.get(response.url.join(location))
                continue
            action = html.unescape(re.search(r'action="([^"]+)"', response.text)[1])
            form = {"prompt": "login", "login": name, "password": "any"}
            if 'value="consent"' in response.text:
                form = {"prompt": "consent"}
            response = browser.post(response.url.join(action), data=form)
    raise AssertionError(response.text)


async def begin(site, following="/admin/"):
    """Follow the link on the log-in page; return where the browser is sent, and the cookie that it keeps."""
    response = await site.client.get("/admin/login/provider", params={"next": following})
    assert response.status_code == 303, response.text
    return response.headers["location"], response.headers["set-cookie"].partition(";")[0]


async def come_back(site, location, cookie):
    navigation = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    return await site.client.get(location.removeprefix(ORIGIN), headers={"Cookie": cookie, **navigation})


async def log_in(site, name, following="/admin/"):
    url, cookie = await begin(site, following)
    return await come_back(site, at_provider(url, name), cookie)


@pytest.fixture
def commands(tmp_path):
    return initialised(tmp_path)


async def test_who_has_an_account_of_that_address_logs_in_with_its_role(commands, issuer):
    async with admin_site(commands, oidc_issuer=issuer, **CLIENT) as site:
        add_admin(site.plane, "anna@example.com", actor="test", role="editor")
        assert "/admin/login/provider" in (await site.client.get("/admin/login")).text
        response = await log_in(site, "anna", "/admin/connectors?search=a")
        assert response.status_code == 200, response.text
        assert 'content="0;url=/admin/connectors?search=a"' in response.text
        session, attempt = response.headers.get_list("set-cookie")
        assert "SameSite=Strict" in session
        assert "Max-Age=0" in attempt
        page = await site.client.get("/admin/", headers={"Cookie": session.partition(";")[0]})
        assert "anna@example.com" in page.text
        assert get_admin(site.plane, "anna@example.com").subject == f"{issuer} anna"


async def test_who_has_none_is_refused(commands, issuer):
    async with admin_site(commands, oidc_issuer=issuer, **CLIENT) as site:
        response = await log_in(site, "anna")
        assert (response.status_code, "There is no account for you" in response.text) == (403, True)
        assert [admin.name for admin in list_admins(site.plane)] == ["admin"]


@pytest.mark.parametrize(
    ("settings", "name", "role"),
    [
        ({"oidc_default_role": "viewer"}, "anna", "viewer"),
        ({"oidc_role_claim": "groups", "oidc_roles": "staff=viewer,admins=owner"}, "boss", "owner"),
        ({"oidc_role_claim": "groups", "oidc_roles": "staff=viewer,admins=owner"}, "anna", "viewer"),
        ({"oidc_role_claim": "groups", "oidc_roles": "admins=owner"}, "anna", None),
        ({"oidc_default_role": "viewer", "oidc_allowed_emails": "@example.com"}, "anna", "viewer"),
        ({"oidc_default_role": "viewer", "oidc_allowed_emails": "ANNA@example.com"}, "anna", "viewer"),
        ({"oidc_default_role": "viewer", "oidc_allowed_emails": "@example.org,olga@example.com"}, "anna", None),
        ({"oidc_default_role": "viewer", "oidc_allowed_emails": "@example.com"}, "unverified", None),
        ({"oidc_default_role": "viewer"}, "unverified", None),
    ],
)
async def test_settings_say_who_may_and_as_what(commands, issuer, settings, name, role):
    async with admin_site(commands, oidc_issuer=issuer, **CLIENT, **settings) as site:
        response = await log_in(site, name)
        assert response.status_code == (403 if role is None else 200), response.text
        roles = {admin.name: admin.role for admin in list_admins(site.plane)}
        assert roles.get(f"{name}@example.com") == role


async def test_a_role_by_claim_replaces_what_was_there_at_the_next_log_in(commands, issuer):
    settings = {"oidc_role_claim": "groups", "oidc_roles": "staff=editor"}
    async with admin_site(commands, oidc_issuer=issuer, **CLIENT, **settings) as site:
        add_admin(site.plane, "anna@example.com", actor="test", role="owner")
        assert (await log_in(site, "anna")).status_code == 200
        assert get_admin(site.plane, "anna@example.com").role == "editor"


async def test_an_account_belongs_to_the_first_who_logged_in_with_it(commands, issuer):
    async with admin_site(commands, oidc_issuer=issuer, **CLIENT) as site:
        add_admin(site.plane, "anna@example.com", actor="test", role="owner", subject="https://other.example 1")
        assert (await log_in(site, "anna")).status_code == 403


async def test_a_browser_that_did_not_begin_is_not_let_in(commands, issuer):
    """Log-in CSRF by a code of the attacker's own, and a code that was overheard."""
    async with admin_site(commands, oidc_issuer=issuer, oidc_default_role="viewer", **CLIENT) as site:
        url, cookie = await begin(site)
        location = at_provider(url, "anna")
        _, other_cookie = await begin(site)
        forged = cookie[:-2] + ("AA" if cookie[-2:] != "AA" else "BB")
        for wrong in ("", other_cookie, forged, "widget_service_admin_login=a.b"):
            response = await come_back(site, location, wrong)
            assert (response.status_code, "not begun in this browser" in response.text) == (403, True)
        assert (await come_back(site, location, cookie)).status_code == 200
        replayed = await come_back(site, location, cookie)
        assert replayed.status_code == 502
        assert "widget_service_admin=" not in replayed.headers["set-cookie"]


async def test_the_browser_is_sent_with_a_state_a_nonce_and_a_challenge(commands, issuer):
    async with admin_site(commands, oidc_issuer=issuer, **CLIENT) as site:
        queries = [parse_qs(urlsplit((await begin(site))[0]).query) for _ in range(2)]
        assert queries[0]["code_challenge_method"] == ["S256"]
        assert queries[0]["redirect_uri"] == [CALLBACK]
        for name in ("state", "nonce", "code_challenge"):
            assert queries[0][name] != queries[1][name]
        assert SECRET not in str(queries)


async def test_a_refusal_of_the_provider_is_told_without_its_words(commands, issuer):
    async with admin_site(commands, oidc_issuer=issuer, **CLIENT) as site:
        url, cookie = await begin(site)
        state = parse_qs(urlsplit(url).query)["state"][0]
        location = f"{CALLBACK}?error=access_denied&error_description=%3Cscript%3E&state={state}"
        response = await come_back(site, location, cookie)
        assert response.status_code == 502
        assert "script" not in response.text.partition("<main>")[2]


KEY, OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})


def fake_provider(upstream, *, token, userinfo=None):
    """A provider that answers whatever the test wants; ``token`` makes the ID token of a nonce."""
    issuer = upstream.origin
    upstream.replies |= {
        "/.well-known/openid-configuration": reply_json(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/auth",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks",
                **({"userinfo_endpoint": f"{issuer}/me"} if userinfo is not None else {}),
            }
        ),
        "/jwks": reply_json({"keys": [KEY.as_dict(private=False)]}),
        "/token": lambda _: reply_json({"access_token": "a", "id_token": token(), "token_type": "Bearer"}),
        "/me": reply_json(userinfo or {}),
    }


def claims_of(upstream, own_nonce, **changed):
    now = int(time.time())
    claims = {
        "iss": upstream.origin,
        "aud": "widget-service",
        "sub": "anna",
        "email": "anna@example.com",
        "email_verified": True,
        "nonce": own_nonce,
        "iat": now,
        "exp": now + 60,
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims, key=KEY, **header):
    return jwt.encode({"alg": "RS256", "kid": "one", **header}, claims, key)


def unsigned(claims):
    _, body, _ = signed(claims).split(".")
    return f"eyJhbGciOiJub25lIn0.{body}."


def by_public_key(claims):
    """Algorithm confusion: the published key, used as a shared secret."""
    _, body, _ = signed(claims).split(".")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').rstrip(b"=").decode()
    signature = hmac.digest(KEY.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


TOKENS = {
    "as it must be": ({}, signed, None),
    "of another provider": ({"iss": "https://evil.example"}, signed, "InvalidClaimError"),
    "for another client": ({"aud": "somebody-else"}, signed, "InvalidClaimError"),
    "for several, by another": ({"aud": ["widget-service", "x"], "azp": "x"}, signed, "InvalidClaimError"),
    "expired": ({"exp": int(time.time()) - 120}, signed, "ExpiredTokenError"),
    "of the future": ({"iat": int(time.time()) + 3600}, signed, "InvalidClaimError"),
    "of another log-in": ({"nonce": "another"}, signed, "InvalidClaimError"),
    "without a nonce": ({"nonce": None}, signed, "MissingClaimError"),
    "without a subject": ({"sub": None}, signed, "MissingClaimError"),
    "for another access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, signed, "InvalidClaimError"),
    "signed by another key of that name": ({}, lambda claims: signed(claims, OTHER_KEY), "BadSignatureError"),
    "signed by nobody": ({}, unsigned, "not to be believed"),
    "signed by the published key as a secret": ({}, by_public_key, "not to be believed"),
    "that brings its own key": (
        {}, lambda claims: signed(claims, OTHER_KEY, jwk=OTHER_KEY.as_dict(private=False), kid="x"), "not to be"
    ),
    "that is none": ({}, lambda _: "none", "not to be believed"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "make", "refusal"), TOKENS.values(), ids=TOKENS)
async def test_an_id_token_is_believed_only_as_it_must_be(commands, upstream, changed, make, refusal):
    settings = {"oidc_issuer": upstream.origin, "oidc_default_role": "viewer", **CLIENT}
    async with admin_site(commands, **settings) as site:
        nonce = []
        fake_provider(upstream, token=lambda: make(claims_of(upstream, *nonce, **changed)))
        url, cookie = await begin(site)
        query = parse_qs(urlsplit(url).query)
        nonce.append(query["nonce"][0])
        response = await come_back(site, f"{CALLBACK}?code=c&state={query['state'][0]}", cookie)
        if refusal is None:
            assert response.status_code == 200, response.text
        else:
            assert (response.status_code, refusal in response.text) == (502, True), response.text
            assert [admin.name for admin in list_admins(site.plane)] == ["admin"]


async def test_user_info_of_somebody_else_is_not_believed(commands, upstream):
    settings = {"oidc_issuer": upstream.origin, "oidc_default_role": "viewer", **CLIENT}
    async with admin_site(commands, **settings) as site:
        nonce = []
        info = {"sub": "mallory", "email": "boss@example.com", "email_verified": True}
        fake_provider(upstream, token=lambda: signed(claims_of(upstream, *nonce)), userinfo=info)
        url, cookie = await begin(site)
        query = parse_qs(urlsplit(url).query)
        nonce.append(query["nonce"][0])
        response = await come_back(site, f"{CALLBACK}?code=c&state={query['state'][0]}", cookie)
        assert (response.status_code, "somebody else" in response.text) == (502, True)
        other = f"{CALLBACK}?code=c&iss=https://evil.example&state={query['state'][0]}"
        response = await come_back(site, other, cookie)
        assert (response.status_code, "another provider" in response.text) == (502, True)


@pytest.mark.parametrize(
    ("issuer", "told"),
    [
        ("http://169.254.169.254", "cannot be asked"),
        ("http://127.0.0.1:1", "cannot be asked"),
    ],
)
async def test_a_provider_is_asked_through_the_guard(commands, issuer, told):
    async with admin_site(commands, oidc_issuer=issuer, **CLIENT) as site:
        response = await site.client.get("/admin/login/provider")
        assert (response.status_code, told in response.text) == (502, True)


async def test_without_a_provider_there_is_no_such_log_in(commands):
    async with admin_site(commands) as site:
        assert (await site.client.get("/admin/login/provider")).status_code == 404
        assert "/admin/login/provider" not in (await site.client.get("/admin/login")).text
