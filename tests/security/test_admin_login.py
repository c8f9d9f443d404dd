"""Logging in to the admin pages: limits, no telling who exists, and sessions that nobody can fix, keep or replay."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from support.admin import BROWSER, COOKIE, PASSWORD, admin_site
from support.commands import initialised
from unit.widget_service.storage.stores import run_sql
from widget_service.control import logins
from widget_service.control.admin_sessions import IDLE, LIFETIME, list_sessions
from widget_service.control.admins import remove_admin, set_admin
from widget_service.identity import passwords


class Clock:
    """The time of the database, which the test moves on."""

    def __init__(self):
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
async def site(tmp_path):
    async with admin_site(initialised(tmp_path)) as running:
        running.clock = running.plane.database._now = Clock()
        running.admin("anna")
        yield running


async def is_open(site, session):
    response = await site.api("GET", "/connectors", session.headers)
    return response.status_code == 200


async def test_a_log_in_opens_a_session_in_a_cookie_that_scripts_and_other_sites_never_have(site):
    response = await site.post_login("anna")
    assert (response.status_code, response.headers["location"]) == (303, "/admin/")
    attributes = response.headers["set-cookie"].split("; ")[1:]
    assert sorted(attributes) == ["HttpOnly", f"Max-Age={12 * 3600}", "Path=/", "SameSite=Strict"]
    assert response.headers["cache-control"] == "no-store"
    assert await is_open(site, await site.session(response))


async def test_outside_of_development_the_cookie_is_secure_and_of_this_host(tmp_path):
    async with admin_site(initialised(tmp_path), session_cookie_secure=True) as site:
        site.admin("anna")
        cookie = (await site.post_login("anna")).headers["set-cookie"]
        assert cookie.startswith("__Host-widget_service_admin=")
        assert cookie.endswith("; Secure")


async def test_neither_the_answer_nor_its_time_tells_whether_an_account_exists(site, monkeypatch):
    for limit in ("MAX_TRIES_PER_ACCOUNT_AND_ADDRESS", "MAX_TRIES_PER_ADDRESS"):
        monkeypatch.setattr(logins, limit, 1000)
    answers, times = {}, {"anna": [], "nobody": []}
    for _ in range(9):
        for name, taken in times.items():
            started = time.perf_counter()
            response = await site.post_login(name, "wrong password")
            taken.append(time.perf_counter() - started)
            answers[name] = (response.status_code, response.text.replace(name, ""))
    assert answers["anna"] == answers["nobody"]
    assert answers["anna"][0] == 401
    assert 0.5 < min(times["anna"]) / min(times["nobody"]) < 2


@pytest.mark.parametrize("name", ["", "anna ", "ANNA", "x" * 10_000, "\0", "anna\u202e"])
async def test_odd_names_are_answered_as_any(site, name):
    response = await site.post_login(name, "wrong password")
    assert response.status_code == 401


@pytest.mark.parametrize("password", ["", "x" * 100_000, "\0", "pass\ud800"[:4]])
async def test_odd_passwords_are_answered_as_any(site, password):
    assert (await site.post_login("anna", password)).status_code == 401


async def test_an_account_is_tried_five_times_from_an_address_in_a_quarter_of_an_hour(site):
    for _ in range(5):
        assert (await site.post_login("anna", "wrong")).status_code == 401
    refused = await site.post_login("anna")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    assert "set-cookie" not in refused.headers
    site.clock.now += timedelta(minutes=14, seconds=59)
    assert (await site.post_login("anna")).status_code == 429
    site.clock.now += timedelta(seconds=1)
    assert (await site.post_login("anna")).status_code == 303


async def test_a_log_in_ends_the_count(site):
    for _ in range(3):
        for _ in range(4):
            await site.post_login("anna", "wrong")
        assert (await site.post_login("anna")).status_code == 303


async def test_an_address_is_limited_whatever_accounts_it_tries(site):
    answers = [(await site.post_login(f"name-{number}", "wrong")).status_code for number in range(21)]
    assert answers == [401] * 20 + [429]


async def test_many_tries_at_once_get_no_further_than_one_after_the_other(site):
    answers = await asyncio.gather(*(site.post_login("anna", f"wrong {number}") for number in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_who_does_not_know_the_password_cannot_lock_out_who_does(site):
    """From few addresses, at least: the limit of an account alone is much higher than that of an address."""
    for _ in range(6):
        with pytest.raises((logins.LoginRefused, logins.LoginLimited)):
            logins.log_in(site.plane, "anna", "wrong", address="203.0.113.9", user_agent="")
    assert (await site.post_login("anna")).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
)
async def test_no_other_page_can_log_somebody_in(site, headers):
    """Log-in CSRF: the victim would work in the attacker's account without noticing."""
    data = {"name": "anna", "password": PASSWORD}
    response = await site.client.post("/admin/login", data=data, headers=headers)
    assert (response.status_code, "set-cookie" in response.headers) == (403, False)


async def test_a_session_that_was_planted_before_the_log_in_is_not_the_one_after_it(site):
    """Session fixation."""
    site.admin("mallory")
    planted = await site.login("mallory")
    response = await site.post_login("anna", Cookie=planted.cookie)
    session = await site.session(response)
    assert session.cookie != planted.cookie
    assert [each.admin for each in list_sessions(site.plane)].count("anna") == 1
    made_up = f"{COOKIE}=abcdefghijklmnopqrstuvwxyz"
    response = await site.post_login("anna", Cookie=made_up)
    assert made_up not in response.headers["set-cookie"]
    assert not await is_open(site, type(session)(made_up, session.csrf_token))


async def test_of_several_cookies_one_that_is_valid_counts(site):
    """Cookie tossing: a page of a neighbouring host can add one, and must not log anybody out."""
    session = await site.login("anna")
    tossed = {**session.headers, "Cookie": f"{COOKIE}=tossed; {session.cookie}"}
    assert (await site.api("GET", "/connectors", tossed)).status_code == 200


async def test_a_session_that_was_ended_cannot_be_replayed(site):
    session = await site.login("anna")
    without_token = await site.client.post("/admin/logout", headers={"Cookie": session.cookie, **BROWSER})
    assert without_token.status_code == 403
    response = await site.client.post("/admin/logout", headers=session.headers)
    assert response.headers["location"] == "/admin/login"
    assert f"{COOKIE}=; Path=/; Max-Age=0" in response.headers["set-cookie"]
    assert not await is_open(site, session)
    assert (await site.client.get("/admin/", headers=session.headers)).headers["location"].startswith("/admin/login")


async def test_a_session_ends_after_an_hour_without_use_and_after_twelve_in_any_case(site):
    idle, used = await site.login("anna"), await site.login("anna")
    for _ in range(12):
        site.clock.now += timedelta(minutes=59)
        assert await is_open(site, used)
    assert not await is_open(site, idle)
    assert timedelta(hours=1) == IDLE
    site.clock.now += LIFETIME - 12 * timedelta(minutes=59) - timedelta(seconds=1)
    assert await is_open(site, used)
    site.clock.now += timedelta(seconds=1)
    assert not await is_open(site, used)
    assert list_sessions(site.plane) == []


async def test_a_new_password_or_role_and_a_deletion_end_the_sessions(site):
    site.admin("olga")
    session = await site.login("anna")
    set_admin(site.plane, "anna", actor="test", password="another good password")
    assert not await is_open(site, session)
    session = await site.session(await site.post_login("anna", "another good password"))
    set_admin(site.plane, "anna", actor="test", role="viewer")
    assert not await is_open(site, session)
    session = await site.session(await site.post_login("anna", "another good password"))
    remove_admin(site.plane, "anna", actor="test")
    assert not await is_open(site, session)


async def test_neither_passwords_nor_tokens_nor_cookies_are_kept_as_they_are(site):
    session = await site.login("anna")
    token = site.token("deploy", "read")["Authorization"].removeprefix("Bearer ")
    kept = b"".join(file.read_bytes() for file in (site.plane.settings.data_dir).iterdir())
    for secret in (PASSWORD, session.cookie.partition("=")[2], token, session.csrf_token):
        assert secret.encode() not in kept


async def test_passwords_are_argon2id_and_hashed_anew_when_the_parameters_have_changed(site, tmp_path):
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    database = tmp_path / "data" / "widget-service.db"
    run_sql(database, f"UPDATE admins SET password_hash = '{weak}' WHERE name = 'anna'")
    assert (await site.post_login("anna")).status_code == 303
    [(kept,)] = run_sql(database, "SELECT password_hash FROM admins WHERE name = 'anna'")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await site.post_login("anna")).status_code == 303


async def test_a_log_in_goes_on_with_a_page_of_this_origin_only(site):
    for given, following in (
        ("/admin/connectors?search=a", "/admin/connectors?search=a"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example/admin/", "/admin/"),
        ("//[", "/admin/"),
        ("/admin/\\evil.example", "/admin/"),
        ("/admin/login?next=/admin/", "/admin/"),
        ("javascript:alert(1)", "/admin/"),
        ("/admin/\r\nSet-Cookie: a=b", "/admin/"),
    ):
        data = {"name": "anna", "password": PASSWORD, "next": given}
        response = await site.client.post("/admin/login", data=data, headers=BROWSER)
        assert response.headers["location"] == following


async def test_a_token_ends_at_its_time_with_its_maker_and_its_deletion(site):
    headers = site.token("deploy", "read", lifetime=timedelta(days=1))
    assert (await site.api("GET", "/connectors", headers)).status_code == 200
    site.clock.now += timedelta(days=1)
    assert (await site.api("GET", "/connectors", headers)).status_code == 401


async def test_every_answer_carries_the_headers_that_keep_pages_to_themselves(site):
    for path in ("/admin/login", "/admin/", "/api/v1/connectors", "/nowhere", "/admin/static/admin.css"):
        headers = (await site.client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"  # browsers send forms with `Origin: null` otherwise
        assert "access-control-allow-origin" not in headers


async def test_a_name_in_the_form_is_shown_as_text(site):
    response = await site.post_login('"><script>alert(1)</script>', "wrong")
    assert "<script>alert" not in response.text


async def test_a_session_is_listed_and_ended_by_its_owner_and_by_nobody_else(site):
    site.admin("olga")
    own, other, foreign = await site.login("anna"), await site.login("anna"), await site.login("olga")
    listed = (await site.api("GET", "/me/sessions", own.headers)).json()["items"]
    assert [session["is_current"] for session in listed].count(True) == 1
    assert len(listed) == 2
    [other_id] = [session["id"] for session in listed if not session["is_current"]]
    assert (await site.api("DELETE", f"/me/sessions/{other_id}", foreign.headers)).status_code == 404
    assert await is_open(site, other)
    assert (await site.api("DELETE", f"/me/sessions/{other_id}", own.headers)).status_code == 204
    assert not await is_open(site, other)
    assert await is_open(site, own)
    assert await is_open(site, foreign)


async def test_a_change_of_the_own_password_needs_the_current_one_and_ends_all_other_sessions(site):
    own, other = await site.login("anna"), await site.login("anna")
    wrong = {"current": "not the password", "new": "another good password"}
    refused = await site.api("PUT", "/me/password", own.headers, json=wrong)
    assert refused.status_code == 422
    assert refused.json()["errors"]["problems"][0]["path"] == "$.current"
    short = await site.api("PUT", "/me/password", own.headers, json={"current": PASSWORD, "new": "short"})
    assert short.json()["errors"]["problems"][0]["path"] == "$.new"
    assert PASSWORD not in short.text
    right = {"current": PASSWORD, "new": "another good password"}
    assert (await site.api("PUT", "/me/password", own.headers, json=right)).status_code == 204
    assert await is_open(site, own)
    assert not await is_open(site, other)
    assert (await site.post_login("anna")).status_code == 401
    assert (await site.post_login("anna", "another good password")).status_code == 303


async def test_guessing_the_password_by_a_stolen_session_is_limited_too(site):
    own = await site.login("anna")
    guess = {"current": "not the password", "new": "another good password"}
    codes = [(await site.api("PUT", "/me/password", own.headers, json=guess)).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]


async def test_addresses_are_those_behind_proxies_that_are_trusted_and_of_nobody_else(tmp_path):
    forwarded = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
    for number, (trusted, address) in enumerate([("", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.7")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with admin_site(initialised(folder), trusted_proxies=trusted) as site:
            site.admin("anna")
            await site.login("anna", **forwarded)
            assert [session.address for session in list_sessions(site.plane)] == [address]


async def test_the_addresses_of_one_network_are_limited_together(site):
    for number in range(5):
        with pytest.raises(logins.LoginRefused):
            logins.log_in(site.plane, "anna", "wrong", address=f"2001:db8:1:2::{number}", user_agent="")
    with pytest.raises(logins.LoginLimited):
        logins.log_in(site.plane, "anna", PASSWORD, address="2001:db8:1:2:ffff::1", user_agent="")
    logins.log_in(site.plane, "anna", PASSWORD, address="2001:db8:1:3::1", user_agent="")
