"""Several processes of one installation: one token request for all of them, whoever of them dies."""

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from support.installation import make_installation, serving, serving_by
from support.redis_server import redis_server
from support.upstream import Reply, Upstream, reply_json
from widget_service.control.plane import control_plane
from widget_service.control.snapshots import SnapshotSource

PROCESSES = 3
CALLS = 500


@pytest.fixture
def auth_server():
    with Upstream().serving() as server:
        yield server


@pytest.fixture(params=["redis", "database"])
def store(request, tmp_path):
    """What the processes share tokens by."""
    if request.param == "database":
        yield {}
        return
    with redis_server(tmp_path) as server:
        yield {"WIDGET_SERVICE_CACHE_URL": server.url}


def connectors(upstream, auth_server, type_="oauth_client_credentials", **config):
    signed_in = {
        "client_id": "me",
        "client_secret": "{{ get_secret('secret') }}",
        "token_url": auth_server.origin + "/t",
    }
    return [
        {
            "name": "One",
            "url": f"{upstream.origin}/v1",
            "authentication": {"type": type_, "config": signed_in | config},
        }
    ]


async def call_at_once(origins: list[str], calls: int, permalink: str = "one") -> Counter[int]:
    """Call all ``origins`` in turn, all calls at once; return how often each status came."""
    path = f"/widget-service/connectors/{permalink}/execute"
    limits = httpx2.Limits(max_connections=calls, max_keepalive_connections=0)
    async with httpx2.AsyncClient(trust_env=False, timeout=30, limits=limits) as client:
        answers = await asyncio.gather(*(client.get(origins[n % len(origins)] + path) for n in range(calls)))
    return Counter(answer.status_code for answer in answers)


async def test_five_hundred_calls_at_expiry_make_one_token_request(tmp_path, upstream, auth_server, store):
    lifetimes_s = iter([1])
    auth_server.replies["/t"] = lambda _: reply_json(
        {"access_token": f"t{len(auth_server.received)}", "expires_in": next(lifetimes_s, 600)}
    )
    settings = make_installation(tmp_path, connectors(upstream, auth_server), {"secret": "s"})
    with serving_by(PROCESSES, settings, tmp_path, **store) as origins:
        assert await call_at_once(origins[:1], 1) == {200: 1}
        expired = time.monotonic() + 1.1
        await asyncio.sleep(max(expired - time.monotonic(), 0))  # the token's life is the condition waited for
        assert await call_at_once(origins, CALLS) == {200: CALLS}
    assert len(auth_server.received) == 2
    assert {received.headers["authorization"] for received in upstream.received[1:]} == {"Bearer t2"}


async def test_a_holder_that_is_killed_in_the_middle_is_survived(tmp_path, upstream, auth_server, store):
    arrived, released = threading.Event(), threading.Event()

    def token(_):
        if not arrived.is_set():
            return Reply(before=lambda: (arrived.set(), released.wait(30)))
        return reply_json({"access_token": "t", "expires_in": 600})

    auth_server.replies["/t"] = token
    settings = make_installation(tmp_path, connectors(upstream, auth_server), {"secret": "s"})
    with serving(settings, tmp_path, **store) as (dying, process), serving(settings, tmp_path, **store) as (living, _):
        first = asyncio.create_task(call_at_once([dying], 1))
        assert await asyncio.to_thread(arrived.wait, 10)
        others = asyncio.create_task(call_at_once([living], 20))
        await asyncio.to_thread(kill_workers, process.pid)
        started = time.monotonic()
        assert await others == {200: 20}
        assert time.monotonic() - started < 9  # a lease lasts for five
        released.set()
        with pytest.raises(httpx2.HTTPError):
            await first
    assert len(auth_server.received) == 2


async def test_a_store_that_goes_away_is_no_error(tmp_path, upstream, auth_server):
    auth_server.replies["/t"] = lambda _: reply_json({"access_token": "t", "expires_in": 600})
    scopes = {"one": "read", "two": "write"}
    both = [
        {**connectors(upstream, auth_server, scope=scope)[0], "permalink": permalink}
        for permalink, scope in scopes.items()
    ]
    settings = make_installation(tmp_path, both, {"secret": "s"})
    with (
        redis_server(tmp_path) as server,
        serving(settings, tmp_path, WIDGET_SERVICE_CACHE_URL=server.url) as (origin, _),
    ):
        assert await call_at_once([origin], 3) == {200: 3}
        server.stop()
        assert await call_at_once([origin], 20, "two") == {200: 20}
    assert len(auth_server.received) == 2
    assert any("tokens.store.unavailable" in file.read_text() for file in tmp_path.glob("serve-*.log"))


async def test_a_rotated_refresh_token_is_kept_and_no_process_uses_an_old_one(tmp_path, upstream, auth_server):
    valid = ["r3fresh-0"]

    def token(received):
        if f"refresh_token={valid[-1]}&" not in received.body.decode() + "&":
            return reply_json({"error": "invalid_grant"}, 400)
        valid.append(f"r3fresh-{len(valid)}")
        return reply_json({"access_token": f"t{len(valid)}", "refresh_token": valid[-1], "expires_in": 1})

    auth_server.replies["/t"] = token
    refresh = connectors(upstream, auth_server, "oauth_refresh_token", refresh_token="{{ get_secret('refresh') }}")
    settings = make_installation(tmp_path, refresh, {"secret": "s", "refresh": valid[0]})
    with serving_by(2, settings, tmp_path) as origins:
        until = time.monotonic() + 2
        while time.monotonic() < until:
            assert await call_at_once(origins, 30) == {200: 30}
    assert len(valid) > 2
    with control_plane(settings) as plane:
        assert SnapshotSource(plane, "default").read().secrets["refresh"] == valid[-1]
    log = "".join(file.read_text() for file in tmp_path.glob("serve-*.log"))
    assert "tokens.rotation.kept" in log
    assert "r3fresh" not in log


def kill_workers(pid: int) -> None:
    """Kill the processes that ``pid`` has started, which serve."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        fields = status.read_text().rpartition(")")[2].split()
        if int(fields[1]) == pid:
            os.kill(int(status.parent.name), signal.SIGKILL)
