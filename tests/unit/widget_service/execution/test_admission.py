"""What a call is counted for: tenant, caller, connector, and each limited connector of a composite."""

from types import SimpleNamespace
from typing import Any

import pytest

from support.executing import executor
from widget_service.connectors.options import RateLimit
from widget_service.connectors.snapshot import Snapshot
from widget_service.execution.admission import caller_key, rates_of
from widget_service.execution.limits.places import Places
from widget_service.identity.callers import ANONYMOUS, Caller, Identified
from widget_service.identity.quotas import Quotas
from widget_service.identity.users import User


def call_of(caller: Caller, *, tenant: str = "t", address: str = "203.0.113.7", **quotas: int) -> Any:
    """As much of an execution as is looked at."""
    snapshot = Snapshot(tenant_id=tenant)
    identified = Identified(caller, snapshot, Quotas(**quotas), address)
    return SimpleNamespace(caller=caller, snapshot=snapshot, identified=identified)


def connector(permalink: str, per_minute: int | None = None, per: str = "connector") -> Any:
    limit = None if per_minute is None else RateLimit(per_minute=per_minute, per=per)
    return SimpleNamespace(permalink=permalink, rate_limit=limit)


def told(execution: Any, *connectors: Any) -> list[tuple[str, int, int]]:
    return [(rate.name, rate.limit, rate.times) for rate in rates_of(execution, connectors)]


def test_nothing_is_counted_where_nothing_is_limited():
    assert told(call_of(ANONYMOUS), connector("one")) == []


def test_each_limit_is_counted_once_and_a_connector_as_often_as_it_runs():
    limited = call_of(ANONYMOUS, executions_per_minute=100, executions_per_minute_and_caller=10)
    steps = [connector("one", 5), connector("two"), connector("one", 5), connector("three", 7, "user")]
    assert told(limited, *steps) == [
        ("tenant", 100, 1),
        ("caller", 10, 1),
        ("connector", 5, 2),
        ("connector", 7, 1),
    ]


def test_whose_calls_are_counted_together():
    anna, ben = Caller(User("anna")), Caller(User("ben"))
    keys = {
        caller_key(call_of(anna)),
        caller_key(call_of(anna, address="198.51.100.1")),
        caller_key(call_of(ben)),
        caller_key(call_of(Caller(User("a" * 6000)))),
        caller_key(call_of(Caller(User("a" * 5999 + "b")))),
        caller_key(call_of(ANONYMOUS)),
        caller_key(call_of(Caller(User("address\n203.0.113.7")))),
        caller_key(call_of(ANONYMOUS, address="2001:db8::1")),
        caller_key(call_of(ANONYMOUS, address="2001:db8::2")),
    }
    assert len(keys) == 7
    assert max(map(len, keys)) < 80
    per_user, for_all = connector("one", 5, "user"), connector("one", 5)

    def key(caller: Caller, limited: Any, tenant: str = "t") -> str:
        return rates_of(call_of(caller, tenant=tenant), [limited])[0].key

    assert key(anna, per_user) != key(ben, per_user)
    assert key(anna, for_all) == key(ben, for_all)
    assert key(anna, for_all) != key(anna, for_all, tenant="other")


def test_a_place_is_given_back_once():
    places = Places()
    first, second = places.take("t", 2), places.take("t", 2)
    assert places.take("t", 2) is None
    assert places.take("other", 1) is not None
    assert first is not None
    first.leave()
    first.leave()
    assert places.take("t", 2) is not None
    assert places.take("t", 2) is None
    assert second is not None


@pytest.mark.parametrize(("limit", "statuses"), [(4, [200, 200, 429]), (1, [429, 429, 429])])
async def test_a_composite_is_counted_for_the_connectors_of_its_steps(upstream, limit, statuses):
    """All of them before the first is run: what is refused has sent nothing."""
    one = {
        "name": "One",
        "url": f"{upstream.origin}/one",
        "rate_limit": {"per_minute": limit},
        "cache": {"mode": "off"},
    }
    steps = [{"name": "a", "connector": "one"}, {"name": "b", "connector": "one"}]
    async with executor([one], composites=[{"name": "Both", "permalink": "both", "steps": steps}]) as running:
        answers = [(await running.execute("composite/both", method="POST"))[1] for _ in range(3)]
    assert [answer.status for answer in answers] == statuses
    assert len(upstream.received) == 2 * statuses.count(200)
    for answer in answers:
        headers = dict(answer.headers)
        assert headers["RateLimit-Policy"] == f'"connector";q={limit};w=60'
        assert ("Retry-After" in headers) == (answer.status == 429)
