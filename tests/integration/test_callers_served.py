"""Callers of a running service: published keys, access by claims, rates, quotas, and proxies, trusted or not."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from support.installation import make_installation, serving
from support.redis_server import redis_server
from support.upstream import Reply, reply_json
from support.waiting import wait_until
from widget_service.control import tenants
from widget_service.control.plane import control_plane
from widget_service.control.tenants import TenantSettings

ONE, TWO = ECKey.generate_key("P-256", {"kid": "one"}), ECKey.generate_key("P-256", {"kid": "two"})


def published(*keys: ECKey) -> Reply:
    return reply_json({"keys": [key.as_dict(private=False) for key in keys]})


def token(key: ECKey, user: str = "anna", **claims: object) -> dict[str, str]:
    now = int(time.time())
    said = {"sub": user, "aud": "default", "iat": now, "exp": now + 300, **claims}
    return {"Authorization": "Bearer " + jwt.encode({"alg": "ES256", "kid": key.kid}, said, key)}


@contextmanager
def served(tmp_path, connectors: list[dict], said: TenantSettings, **environment: str) -> Iterator[httpx2.Client]:
    settings = make_installation(tmp_path, connectors, {})
    with control_plane(settings) as plane:
        tenants.set_tenant(plane, "default", actor="test", settings=said)
    with (
        serving(settings, tmp_path, **environment) as (origin, _),
        httpx2.Client(base_url=origin, trust_env=False, timeout=30) as client,
    ):
        yield client


def execute(client: httpx2.Client, permalink: str = "one", query: str = "", **headers: str) -> httpx2.Response:
    return client.get(f"/widget-service/connectors/{permalink}/execute{query}", headers=headers)


def keys_at(url: str) -> TenantSettings:
    return TenantSettings(jwks_url=url)


def test_published_keys_are_fetched_replaced_and_kept(tmp_path, upstream):
    upstream.replies["/jwks"] = published(ONE)
    connector = {"name": "One", "url": f"{upstream.origin}/one"}
    with served(tmp_path, [connector], keys_at(f"{upstream.origin}/jwks")) as client:
        assert execute(client, **token(ONE)).status_code == 200
        fetches = [request for request in upstream.received if request.path == "/jwks"]
        assert len(fetches) == 1
        assert "authorization" not in fetches[0].headers
        for _ in range(5):  # nobody publishes that key, and nobody is asked again at once
            assert execute(client, **token(TWO)).status_code == 401
        assert sum(request.path == "/jwks" for request in upstream.received) == 1
        upstream.replies["/jwks"] = published(TWO)
        wait_until(lambda: execute(client, **token(TWO)).status_code == 200)
        assert execute(client, **token(ONE)).status_code == 401
        upstream.replies["/jwks"] = Reply(status=500)
        assert execute(client, **token(TWO)).status_code == 200
        assert execute(client).status_code == 200


def test_a_provider_that_hangs_holds_up_the_calls_that_need_it_for_a_moment_and_no_others(tmp_path, upstream):
    released = threading.Event()
    upstream.replies["/jwks"] = Reply(before=lambda: released.wait(30))
    connector = {"name": "One", "url": f"{upstream.origin}/one"}
    with served(tmp_path, [connector], keys_at(f"{upstream.origin}/jwks")) as client, ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(execute, client, **token(ONE)) for _ in range(5)]
        assert execute(client).status_code == 200
        assert not any(call.done() for call in waiting)
        assert {call.result().status_code for call in waiting} == {401}
        released.set()


def test_access_is_given_by_claims(tmp_path, upstream):
    upstream.replies["/jwks"] = published(ONE)
    connectors = [
        {"name": "Users", "url": f"{upstream.origin}/one", "access": {"require": "user"}},
        {
            "name": "Admins",
            "url": f"{upstream.origin}/one",
            "access": {"require": "user", "claims": {"groups": "admins", "level": 2}},
        },
    ]
    with served(tmp_path, connectors, keys_at(f"{upstream.origin}/jwks")) as client:
        told = {
            (permalink, name): execute(client, permalink, **headers)
            for permalink in ("users", "admins")
            for name, headers in {
                "nobody": {},
                "user": token(ONE),
                "admin": token(ONE, groups=["staff", "admins"], level=2),
            }.items()
        }
        assert {cell: answer.status_code for cell, answer in told.items()} == {
            ("users", "nobody"): 401,
            ("users", "user"): 200,
            ("users", "admin"): 200,
            ("admins", "nobody"): 401,
            ("admins", "user"): 403,
            ("admins", "admin"): 200,
        }
        assert told["users", "nobody"].json()["errors"]["code"] == "AUTHENTICATION_REQUIRED"
        assert told["admins", "user"].json()["errors"]["code"] == "ACCESS_DENIED"
    lines = [
        json.loads(line) for line in next(tmp_path.glob("serve-*.log")).read_text().splitlines() if "execution" in line
    ]
    assert {line["tenant"] for line in lines if line["event"] == "execution"} == {"default"}


def test_rates_of_a_connector_are_counted_and_told(tmp_path, upstream):
    upstream.replies["/jwks"] = published(ONE)
    connectors = [
        {"name": "One", "url": f"{upstream.origin}/one", "rate_limit": {"per_minute": 2, "per": "user"}},
        {"name": "Two", "url": f"{upstream.origin}/two", "rate_limit": {"per_minute": 3}},
        {"name": "Own", "url": f"{upstream.origin}/own", "rate_limit": {"per_minute": 3}},
    ]
    upstream.replies["/own"] = reply_json({}, RateLimit="their own")
    with served(tmp_path, connectors, keys_at(f"{upstream.origin}/jwks")) as client:
        for user in ("anna", "ben"):
            answers = [execute(client, **token(ONE, user)) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 429]
            assert answers[0].headers["ratelimit-policy"] == '"connector";q=2;w=60'
            assert answers[0].headers["ratelimit"].startswith('"connector";r=1;t=')
            refused = answers[2]
            assert refused.json()["errors"]["code"] == "RATE_LIMITED"
            assert 0 < int(refused.headers["retry-after"]) <= 60
            assert "timeout" not in refused.headers["x-connector-timing"]
        statuses = [execute(client, "two", **token(ONE, user)).status_code for user in ("a", "b", "c", "d")]
        assert statuses == [200, 200, 200, 429]
        assert execute(client, "own").headers["ratelimit"] == "their own"
        assert sum(request.path == "/two" for request in upstream.received) == 3


@pytest.mark.parametrize("trusted", [True, False])
def test_anonymous_callers_are_told_apart_by_their_address(tmp_path, upstream, trusted):
    """By what a proxy says of it, if it is trusted: else anybody could be somebody new at each call."""
    connector = {"name": "One", "url": f"{upstream.origin}/one"}
    said = TenantSettings(quotas={"executions_per_minute_and_caller": 2})
    environment = {"WIDGET_SERVICE_TRUSTED_PROXIES": "127.0.0.0/8, ::1/128"} if trusted else {}
    with served(tmp_path, [connector], said, **environment) as client:
        callers = ["203.0.113.7", "203.0.113.8", "6.6.6.6, 203.0.113.7", "203.0.113.7"]
        statuses = [execute(client, **{"X-Forwarded-For": caller}).status_code for caller in callers]
        assert statuses == ([200, 200, 200, 429] if trusted else [200, 200, 429, 429])


def test_processes_count_together_in_redis_and_alone_without_it(tmp_path, upstream):
    connector = {"name": "One", "url": f"{upstream.origin}/one", "rate_limit": {"per_minute": 4}}
    (tmp_path / "redis").mkdir()
    settings = make_installation(tmp_path, [connector], {})
    with (
        redis_server(tmp_path / "redis") as redis,
        serving(settings, tmp_path, WIDGET_SERVICE_CACHE_URL=redis.url) as (one, _),
        serving(settings, tmp_path, WIDGET_SERVICE_CACHE_URL=redis.url) as (other, _),
        httpx2.Client(trust_env=False, timeout=30) as client,
    ):
        url = "/widget-service/connectors/one/execute"
        statuses = [client.get(origin + url).status_code for origin in (one, other) * 3]
        assert statuses == [200, 200, 200, 200, 429, 429]
        redis.stop()
        assert [client.get(one + url).status_code for _ in range(5)] == [200, 200, 200, 200, 429]


def test_a_tenant_has_so_many_calls_under_way_and_no_more(tmp_path, upstream):
    arrived, released = threading.Semaphore(0), threading.Event()
    upstream.replies["/one"] = Reply(before=lambda: (arrived.release(), released.wait(20)))
    connector = {"name": "One", "url": f"{upstream.origin}/one"}
    said = TenantSettings(quotas={"max_concurrent_executions": 2})
    with served(tmp_path, [connector], said) as client, ThreadPoolExecutor(2) as pool:
        running = [pool.submit(execute, client, query=f"?n={number}") for number in range(2)]
        for _ in range(2):
            assert arrived.acquire(timeout=10)
        refused = execute(client)
        assert (refused.status_code, refused.json()["errors"]["code"]) == (503, "OVERLOADED")
        assert refused.headers["retry-after"] == "1"
        released.set()
        assert [call.result().status_code for call in running] == [200, 200]
        assert execute(client).status_code == 200


def test_sessions_are_opened_so_many_times_a_minute(tmp_path, upstream):
    connector = {"name": "One", "url": f"{upstream.origin}/one"}
    with served(tmp_path, [connector], TenantSettings(), WIDGET_SERVICE_SESSIONS_PER_MINUTE="2") as client:
        statuses = [client.post("/session", json={}).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]


def test_a_tenant_without_anonymous_callers(tmp_path, upstream):
    upstream.replies["/jwks"] = published(ONE)
    connector = {"name": "One", "url": f"{upstream.origin}/one"}
    said = TenantSettings(jwks_url=f"{upstream.origin}/jwks", allow_anonymous=False)
    with served(tmp_path, [connector], said) as client:
        assert execute(client).json()["errors"]["code"] == "AUTHENTICATION_REQUIRED"
        assert client.post("/session", json={}).status_code == 401
        assert execute(client, **token(ONE)).status_code == 200
