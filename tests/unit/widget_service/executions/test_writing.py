"""Writing what was noted: in batches, by several processes, and without harm where the database is gone."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import time

import pytest
from structlog.testing import capture_logs

from support.commands import initialised
from widget_service.control.captures import capture, captures_of, delete_captured
from widget_service.control.editing import put_definition
from widget_service.control.executions import activity_of, list_executions, statistics_of, totals_since
from widget_service.control.tenants import add_tenant, remove_tenant
from widget_service.executions.counts import Counts, Use
from widget_service.executions.record import Record, record_id
from widget_service.executions.recorder import Recorder
from widget_service.executions.writing import BODIES_KEPT_S, DatabaseSink, Retention, Writer
from widget_service.storage import executions
from widget_service.storage.errors import DatabaseUnavailable
from widget_service.storage.executions import Wanted

NOW = datetime.now(UTC).timestamp()


@pytest.fixture
def plane(tmp_path):
    with initialised(tmp_path).plane() as plane:
        yield plane


@pytest.fixture
def sink(plane):
    return DatabaseSink(plane.database, Retention(keep=5, keep_s=3600))


def record(at=NOW, tenant_id="default", permalink="plants", status=200, caller=None, code=None, request_id="r"):
    return Record(
        id=record_id(at),
        tenant_id=tenant_id,
        permalink=permalink,
        kind="connector",
        method="GET",
        status=status,
        code=code,
        caller=caller,
        request_id=request_id,
        host="api.example.com",
        total_ms=5.0,
        setup_ms=1.0,
        auth_ms=0.0,
        cache_ms=0.0,
        external_ms=4.0,
        transform_ms=0.0,
        cache="Bypass",
        request_bytes=0,
        response_bytes=None,
        attempts=1,
        details={"steps": []},
    )


def counted(permalink="plants", tenant_id="default", status=200, at=NOW, total_ms=10.0):
    counts = Counts()
    counts.count(tenant_id, permalink, at).add(status, total_ms, 4.0, cache_hit=False)
    counts.use(tenant_id, permalink, at).sent_at = at
    return counts


def ids(plane, **wanted):
    return [each.id for each in list_executions(plane, "default", Wanted(**wanted))]


def test_calls_are_found_again_by_each_of_their_properties_youngest_first(plane, sink):
    first = record(NOW - 10, status=404, caller="u1", request_id="one")
    second = record(NOW - 5, permalink="orders", status=502, code="UPSTREAM_TIMEOUT")
    sink.write([first, second], None)
    assert list_executions(plane, "default", Wanted()) == [second, first]
    for wanted in (
        {"permalink": "plants"},
        {"status": (404, 404)},
        {"status": (400, 499)},
        {"caller": "u1"},
        {"request_id": "one"},
        {"until": NOW - 7},
    ):
        assert ids(plane, **wanted) == [first.id], wanted
    for wanted in ({"caller": ""}, {"code": "UPSTREAM_TIMEOUT"}, {"since": NOW - 7}, {"status": (500, 599)}):
        assert ids(plane, **wanted) == [second.id], wanted
    assert ids(plane, permalink="plants", status=(500, 599)) == []
    assert [each.id for each in list_executions(plane, "default", Wanted(), before=second.id)] == [first.id]


def test_nothing_of_one_tenant_is_told_to_another(plane, sink):
    add_tenant(plane, "other", actor="test")
    sink.write([record(tenant_id="other")], counted(tenant_id="other"))
    assert ids(plane) == []
    assert totals_since(plane, "default", NOW - 60) == {}
    assert len(list_executions(plane, "other", Wanted())) == 1


def test_calls_of_a_tenant_that_is_gone_are_lost_and_no_others(plane, sink):
    add_tenant(plane, "other", actor="test")
    remove_tenant(plane, "other", actor="test")
    sink.write([record(tenant_id="other"), record()], counted(tenant_id="other"))
    assert len(ids(plane)) == 1


def test_what_several_processes_have_counted_is_added_up(plane, sink):
    sink.write([], counted())
    DatabaseSink(plane.database, Retention(5, 3600)).write([], counted(status=500, total_ms=100.0))
    figures = totals_since(plane, "default", NOW)["plants"]
    assert (figures.calls, figures.errors, figures.failures, figures.mean_ms) == (2, 1, 1, 55.0)
    assert (figures.mean_external_ms, figures.mean_internal_ms) == (4.0, 51.0)
    assert 7 < figures.p50_ms <= 10
    assert 70 < figures.p99_ms <= 100
    series = statistics_of(plane, "default", "*", span_s=60, since=NOW - 120, until=NOW)
    assert [point.calls for point in series.points] == [0, 0, 2]
    assert series.total.calls == 2


def test_the_last_use_is_kept_and_an_error_is_not_forgotten(plane, sink):
    counts = counted()
    counts.uses["default", "plants"] = Use(NOW - 9, None, NOW - 9)
    sink.write([], counts)
    sink.write([], counted())
    activity = activity_of(plane, "default", ["plants", "never"], now=NOW)
    assert activity["plants"].called_at == datetime.fromtimestamp(NOW, UTC)
    assert activity["plants"].error_at == datetime.fromtimestamp(NOW - 9, UTC)
    assert len(activity["plants"].series.points) == 24
    assert activity["plants"].series.points[-1].calls == 2
    assert activity["never"].called_at is None


def test_what_is_old_and_what_is_too_much_is_deleted(plane, sink):
    old = [record(NOW - 4000)]
    sink.write([*old, *(record(NOW - number) for number in range(8))], counted(at=NOW - 100 * 24 * 3600))
    sink.sweep()
    found = list_executions(plane, "default", Wanted())
    assert len(found) == 5
    assert all(each.id > old[0].id for each in found)
    assert totals_since(plane, "default", NOW - 200 * 24 * 3600) == {}


def test_writing_draws_no_revision_and_leaves_nothing_in_the_audit_log(plane, sink):
    before = plane.database.revision()
    sink.write([record()], counted())
    sink.sweep()
    assert plane.database.revision() == before


class Away:
    """A database that is gone until it is back."""

    def __init__(self, sink):
        self._sink, self.is_away, self.tries = sink, True, 0

    def write(self, records, counts):
        self.tries += 1
        if self.is_away:
            raise DatabaseUnavailable("gone")
        self._sink.write(records, counts)

    def sweep(self):
        raise DatabaseUnavailable("gone")


async def test_a_database_that_is_gone_costs_calls_and_no_counts(plane, sink):
    recorder, away = Recorder(20, lambda _: None), Away(sink)
    writer = Writer(recorder, away, interval_s=0.001)
    recorder.waiting.append(record())
    recorder.counts = counted()
    await writer.start()
    async with asyncio.timeout(5):
        while away.tries < 3:
            await asyncio.sleep(0.001)
    recorder.counts.merge(counted())
    away.is_away = False
    await writer.stop()
    assert ids(plane) == []
    assert totals_since(plane, "default", NOW)["plants"].calls == 2


async def test_what_there_is_at_the_end_is_written(plane, sink):
    recorder = Recorder(20, lambda _: None)
    writer = Writer(recorder, sink, interval_s=timedelta(hours=1).total_seconds())
    await writer.start()
    recorder.waiting.append(record())
    recorder.counts = counted()
    await writer.stop()
    assert len(ids(plane)) == 1
    assert totals_since(plane, "default", NOW)["plants"].calls == 1


def with_bodies(at, permalink="plants"):
    return replace(record(at, permalink=permalink), details={"steps": [], "capture": {"request_body": "b0dy"}})


def bodies(plane):
    with plane.database.read() as read:
        found = executions.youngest(read, "default", Wanted())
    return [each.permalink for each in found if "capture" in (each.details or {})], len(found)


def test_bodies_are_deleted_an_hour_after_the_call_which_stays(plane):
    now = time()
    sink = DatabaseSink(plane.database, Retention(keep=10, keep_s=1e9))
    calls = [with_bodies(now - BODIES_KEPT_S - 5, "late"), with_bodies(now - BODIES_KEPT_S + 600, "in-time")]
    sink.write(calls, None)
    sink.sweep()
    assert bodies(plane) == (["in-time"], 2)
    sink.write([with_bodies(now - BODIES_KEPT_S - 60, "from-elsewhere")], None)
    sink.sweep()
    assert bodies(plane) == (["in-time"], 3), "one that another process wrote late too"


def test_bodies_are_deleted_at_once_on_demand_and_the_switch_ends(plane, sink):
    made = [with_bodies(time(), name) for name in ("plants", "plants", "other")]
    sink.write(made, None)
    put_definition(plane, "default", "plants", {"name": "P", "url": "https://api.example.com/"}, actor="test")
    capture(plane, "default", "plants", timedelta(minutes=5), actor="test")
    assert delete_captured(plane, "default", "plants", actor="test") == 2
    assert bodies(plane) == (["other"], 3)
    assert captures_of(plane, "default", plane.database.now()) == {}


async def test_counts_that_have_no_place_are_told_to_the_log_with_how_many_calls_they_were(plane, sink, monkeypatch):
    monkeypatch.setattr("widget_service.executions.writing.MAX_COUNTS", 2)
    recorder = Recorder(20, lambda _: None)
    writer = Writer(recorder, Away(sink))
    with capture_logs() as logs:
        for name in ("a", "b", "c"):
            recorder.counts.merge(counted(permalink=name))
        await writer.flush(counts=True)
    [told] = [each for each in logs if each["event"] == "executions.counts_dropped"]
    assert (told["log_level"], told["calls"]) == ("error", 3)
