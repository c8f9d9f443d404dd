"""Calls that a service has answered, as admins find them: kept and counted by every process, without secrets."""

import time

import httpx2
import pytest
import pytest_asyncio

from support.admin import AdminSite, admin_site
from support.commands import Commands
from support.installation import make_installation, serving, serving_by
from support.upstream import Reply
from widget_service.executions.counts import Counts
from widget_service.executions.record import Record, record_id
from widget_service.executions.writing import DatabaseSink, Retention

SECRET = "s3cr3t-of-the-log-0123456789"


def connectors(origin):
    key = {"key": "X-Key", "value": "{{ get_secret('api_key') }}"}
    return [
        {"name": "Plants", "url": f"{origin}/plants", "headers": [key], "response_body": "{{ response.body }}"},
        {"name": "Orders", "url": f"{origin}/orders", "method": "POST", "headers": [key]},
        {"name": "Broken", "url": "https://{{ get_variable('nowhere') }}.example.com/"},
    ]


@pytest.fixture
def settings(tmp_path, upstream):
    upstream.replies["/plants"] = lambda request: Reply(
        body=f'{{"echo": "{request.headers["x-key"]}"}}'.encode(), headers={"Content-Type": "application/json"}
    )
    upstream.replies["/orders"] = lambda _: Reply(status=503)
    return make_installation(tmp_path, connectors(upstream.origin), {"api_key": SECRET})


@pytest_asyncio.fixture
async def site(settings, tmp_path):
    async with admin_site(Commands(tmp_path)) as running:
        yield running


async def listed(site: AdminSite, count: int, **query: str) -> list[dict]:
    """Return the calls once there are ``count``."""
    until = time.monotonic() + 15
    while True:
        answer = await site.api("GET", "/executions", reader_of(site), params=query)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        if len(items) >= count or time.monotonic() > until:
            assert len(items) == count
            return items
        time.sleep(0.05)


def reader_of(site: AdminSite) -> dict[str, str]:
    if not hasattr(site, "reader"):
        site.reader = site.token("reader", "read")
    return site.reader


def execute(origin, permalink, method="GET", **options):
    url = f"{origin}/widget-service/connectors/{permalink}/execute"
    return httpx2.request(method, url, trust_env=False, timeout=20, **options)


async def test_calls_are_found_within_seconds_with_everything_that_explains_them(site, settings, tmp_path):
    with serving(settings, tmp_path) as (origin, _):
        execute(origin, "plants", headers={"X-Request-ID": "11111111-2222-3333-4444-555555555555"})
        execute(origin, "orders", "POST", json={"a": 1})
        execute(origin, "broken")
        execute(origin, "nobody")
        execute(origin, "plants", headers={"Authorization": "Bearer x.y.z"})
        items = {each["permalink"] + str(each["status"]): each for each in await listed(site, 5)}
        plants = items["plants200"]
        assert (plants["request_id"], plants["code"], plants["caller"], plants["attempts"]) == (
            "11111111-2222-3333-4444-555555555555",
            None,
            None,
            1,
        )
        assert plants["times"]["total_ms"] >= plants["times"]["external_ms"] > 0
        assert plants["host"].startswith("127.0.0.1:")
        assert items["orders503"]["code"] is None
        assert items["broken422"]["code"] == "TEMPLATE_ERROR"
        assert items["nobody404"]["code"] == "CONNECTOR_NOT_FOUND"
        assert items["plants401"]["code"] == "INVALID_TOKEN"
        assert [each["permalink"] for each in await listed(site, 1, status="5xx")] == ["orders"]
        found = await site.api("GET", f"/executions/{plants['id']}", reader_of(site))
        assert {**found.json(), "steps": None, "capture": None} == {**plants, "steps": None, "capture": None}
    overview = (await site.api("GET", "/statistics", reader_of(site))).json()
    assert (overview["total"]["calls"], overview["total"]["errors"], overview["total"]["failures"]) == (5, 4, 1)
    assert overview["connectors"][0]["permalink"] == "orders"
    assert {each["permalink"]: each["calls"] for each in overview["connectors"]} == {
        "orders": 1,
        "plants": 2,
        "broken": 1,
        "": 1,
    }
    series = (await site.api("GET", "/connectors/plants/statistics?span=minute&last=3", reader_of(site))).json()
    assert series["total"]["calls"] == 2
    assert len(series["points"]) == 3


async def test_bodies_are_kept_only_while_that_is_switched_on_and_hold_no_secret(site, settings, tmp_path):
    owner = site.token("owner")
    with serving(settings, tmp_path) as (origin, _):
        execute(origin, "plants")
        answer = await site.api("PUT", "/connectors/plants/capture", owner, json={"minutes": 1})
        assert answer.status_code == 200, answer.text
        captures = (await site.api("GET", "/captures", reader_of(site))).json()["items"]
        assert [each["permalink"] for each in captures] == ["plants"]
        until = time.monotonic() + 10
        while time.monotonic() < until:
            execute(origin, "plants", params={"q": "1"})
            items = (await site.api("GET", "/executions?permalink=plants", owner)).json()["items"]
            shown = [(await site.api("GET", f"/executions/{each['id']}", owner)) for each in items]
            if any(each.json()["capture"] for each in shown):
                break
        kept = next(each for each in shown if each.json()["capture"])
        assert shown[-1].json()["capture"] is None, "the first came before it was switched on"
    assert SECRET not in "".join(each.text for each in shown)
    capture = kept.json()["capture"]
    assert capture["destination"]["body"] == '{"echo": "••••••"}'
    assert capture["answer"]["body"] == '{"echo": "••••••"}'
    (header,) = [each for each in capture["request"]["headers"] if each["name"] == "X-Key"]
    assert header["value"] == "{{ get_secret('api_key') }}"
    assert (await site.api("GET", f"/executions/{kept.json()['id']}", reader_of(site))).json()["capture"] is None
    assert (await site.api("DELETE", "/connectors/plants/capture", owner)).status_code == 204
    assert (await site.api("GET", "/captures", owner)).json()["items"] == []
    assert SECRET.encode() not in (tmp_path / "data" / "widget-service.db").read_bytes()


async def test_processes_count_together(site, settings, tmp_path):
    with serving_by(2, settings, tmp_path) as origins:
        for origin in origins:
            for _ in range(3):
                execute(origin, "plants")
        await listed(site, 6)
    total = (await site.api("GET", "/connectors/plants/statistics", reader_of(site))).json()["total"]
    assert (total["calls"], total["errors"]) == (6, 0)


async def test_a_database_that_is_gone_is_felt_by_no_call(settings, tmp_path):
    with serving(settings, tmp_path) as (origin, _):
        assert execute(origin, "plants").status_code == 200
        for file in (tmp_path / "data").glob("widget-service.db*"):
            file.unlink()
        began = time.monotonic()
        while time.monotonic() - began < 3:
            assert execute(origin, "plants").status_code == 200


async def test_pages_over_a_thousand_connectors_and_a_hundred_thousand_calls_take_below_200_ms(tmp_path, upstream):
    """Of processor time, which others on the machine take no part in."""
    permalinks = [f"connector-{number}" for number in range(1000)]
    definitions = [{"name": name, "url": f"{upstream.origin}/{name}"} for name in permalinks]
    make_installation(tmp_path, definitions, {})
    async with admin_site(Commands(tmp_path)) as site:
        _fill(site, permalinks)
        paths = [
            "/executions",
            "/executions?limit=1000",
            "/executions?permalink=connector-7",
            "/executions?status=5xx",
            "/executions?code=NO_SUCH_CODE",
            "/executions?caller=nobody",
            "/executions?request_id=none",
            "/statistics",
            "/statistics?span=minute&last=60",
            "/connectors/connector-7/statistics",
        ]
        reader = reader_of(site)
        for path in paths:
            times = []
            for _ in range(3):
                began = time.process_time()
                answer = await site.api("GET", path, reader)
                times.append(time.process_time() - began)
                assert answer.status_code == 200, answer.text
            assert min(times) < 0.2, (path, times)


def _fill(site, permalinks):
    now = time.time()
    counts = Counts()
    for number, permalink in enumerate(permalinks):
        for hour in range(24):
            counts.count("default", permalink, now - hour * 3600).add(200, number % 500, 1, cache_hit=False)
            counts.use("default", permalink, now)
    records = [
        Record(
            id=record_id(now - number),
            tenant_id="default",
            permalink=permalinks[number % 1000],
            kind="connector",
            method="GET",
            status=200 if number % 50 else 404,
            code=None,
            caller=f"user-{number % 300}",
            request_id=f"request-{number}",
            host="api.example.com",
            total_ms=10.0,
            setup_ms=1.0,
            auth_ms=0.0,
            cache_ms=0.0,
            external_ms=8.0,
            transform_ms=1.0,
            cache="Bypass",
            request_bytes=0,
            response_bytes=100,
            attempts=1,
        )
        for number in range(100_000)
    ]
    DatabaseSink(site.plane.database, Retention(100_000, 1e9)).write(records, counts)
