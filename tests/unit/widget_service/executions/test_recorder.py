"""What is noted of a call: bounded, whatever callers write and however many they are."""

import pytest

from widget_service.connectors.snapshot import NOTHING, Snapshot
from widget_service.execution.answer import Answer
from widget_service.execution.execution import Execution
from widget_service.execution.incoming import IncomingCall
from widget_service.executions import captures
from widget_service.executions import recorder as module
from widget_service.executions.record import first_id_at, record_id, time_of
from widget_service.executions.recorder import Recorder


class Clock:
    now = 1_700_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def snapshot(**more):
    return Snapshot(tenant_id="t", connectors={"plants": object()}, composites={"whole": object()}, **more)


def recorder_of(clock, per_second=20, of_headers=None):
    return Recorder(per_second, lambda headers: of_headers, clock)


def call(permalink="plants", method="GET", snapshot_=None, error="", **more):
    execution = Execution(IncomingCall(permalink, method, "", {}, **more), snapshot_ or snapshot(), "id-1")
    execution.timing.stage_done("setup")
    execution.timing.error = error
    execution.timing.headers("id-1")
    return execution


def test_a_call_is_kept_with_what_finds_it_again(clock):
    recorder = recorder_of(clock)
    recorder.add(call(body=b"12345"), Answer(200, [], b"123"))
    (record,) = recorder.take()[0]
    assert (record.tenant_id, record.permalink, record.method, record.status) == ("t", "plants", "GET", 200)
    assert (record.request_bytes, record.response_bytes, record.code, record.caller) == (5, 3, None, None)
    assert time_of(record.id) == clock.now
    assert record.total_ms >= record.setup_ms >= 0
    assert recorder.take()[0] == []


def test_ids_are_in_the_order_of_time():
    assert record_id(1.0, lambda bits: 2**bits - 1) < first_id_at(1.001) <= record_id(1.001)
    assert record_id(7_258_118_400) < 2**63, "in the year 2200 too"


def test_so_many_a_second_are_kept_and_as_many_errors_and_all_are_counted(clock):
    recorder = recorder_of(clock, per_second=3)
    for _ in range(10):
        recorder.add(call(), Answer(200, [], b""))
        recorder.add(call(error="TEMPLATE_ERROR"), Answer(422, [], b""))
    clock.now += 1
    recorder.add(call(), Answer(200, [], b""))
    records, counts, dropped = recorder.take()
    assert [record.status for record in records] == [200, 422] * 3 + [200]
    (count,) = counts.by_minute.values()
    assert (count.calls, count.errors, count.failures, dropped) == (21, 10, 0, 0)


def test_what_has_no_place_is_counted_as_dropped(clock, monkeypatch):
    monkeypatch.setattr(module, "MAX_WAITING", 2)
    recorder = recorder_of(clock)
    for _ in range(5):
        recorder.add(call(), Answer(200, [], b""))
    records, counts, dropped = recorder.take()
    assert (len(records), dropped) == (2, 3)
    assert sum(count.calls for count in counts.by_minute.values()) == 5


def test_permalinks_of_nobody_are_counted_as_one_so_that_nobody_fills_the_table(clock):
    recorder = recorder_of(clock)
    for number in range(100):
        recorder.add(call(f"guess-{number}", error="CONNECTOR_NOT_FOUND"), Answer(404, [], b""))
    _, counts, _ = recorder.take()
    assert [key[1] for key in counts.by_minute] == [""]
    assert counts.uses == {}


@pytest.mark.parametrize("permalink", ["x" * 5000, "a\0b", "a\ud800b", "żółw"])
def test_what_a_caller_wrote_is_kept_as_a_database_takes_it(clock, permalink):
    recorder = recorder_of(clock)
    recorder.add(call(permalink, method="M" * 100), Answer(404, [], b""))
    (record,) = recorder.take()[0]
    assert len(record.permalink) <= 255
    assert len(record.method) <= 16
    assert "\0" not in record.permalink.encode().decode()


def test_a_call_that_was_refused_before_its_tenant_was_settled_is_that_of_its_host_or_of_nobody(clock):
    for of_headers, kept in ((None, []), (Snapshot(tenant_id="other"), ["other"])):
        recorder = recorder_of(clock, of_headers=of_headers)
        recorder.add(call(snapshot_=NOTHING, error="INVALID_TOKEN"), Answer(401, [], b""))
        assert [record.tenant_id for record in recorder.take()[0]] == kept


def test_a_composite_is_told_by_its_own_name(clock):
    recorder = recorder_of(clock)
    recorder.add(call("composite/whole"), Answer(200, [], b""))
    records, counts, _ = recorder.take()
    assert [(record.permalink, record.kind) for record in records] == [("whole", "composite")]
    assert [key[1] for key in counts.by_minute] == ["whole"]


def test_bodies_are_kept_until_then_and_no_longer(clock):
    recorder = recorder_of(clock)
    for until in (clock.now + 1, clock.now - 1):
        recorder.add(call(snapshot_=snapshot(captures={"plants": until}), body=b"sent"), Answer(200, [], b"told"))
    with_body, without = recorder.take()[0]
    assert with_body.details["capture"]["caller_body"] == "sent"
    assert with_body.details["capture"]["answer"] == {"status": 200, "body": "told"}
    assert without.details is None


def test_so_many_bodies_are_kept_each_time_it_is_switched_on(clock, monkeypatch):
    monkeypatch.setattr(captures, "MAX_CAPTURES", 2)
    recorder = recorder_of(clock)
    for later in (10, 20):
        for _ in range(5):
            switched_on = snapshot(captures={"plants": clock.now + later})
            recorder.add(call(snapshot_=switched_on), Answer(200, [], b"told"))
    records = recorder.take()[0]
    assert [record.details is not None for record in records] == [True, True, False, False, False] * 2


def test_a_mistake_in_here_reaches_no_caller(clock, monkeypatch):
    monkeypatch.setattr(module, "_record", lambda *_: 1 / 0)
    recorder_of(clock).add(call(), Answer(200, [], b""))
