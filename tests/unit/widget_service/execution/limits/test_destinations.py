"""What opens the circuit of a destination, whose circuit it is, and what is kept of destinations."""

import asyncio

import pytest

from widget_service.errors import ConfigurationError, Unavailable, UpstreamError
from widget_service.execution.limits import destinations
from widget_service.execution.limits.destinations import DestinationLimits
from widget_service.settings import load_settings


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limits(clock):
    return DestinationLimits(load_settings(defaults={"circuit_max_failures": 2, "circuit_open_s": 10}), clock)


async def enter(limits, origin="https://a.example", tenant_id="t", max_concurrency=None):
    until = asyncio.get_running_loop().time() + 1
    return await limits.enter(
        tenant_id=tenant_id, permalink="p", max_concurrency=max_concurrency, origin=origin, until=until
    )


async def fail(limits, clock, error, *, was_patient=True, times=2):
    for _ in range(times):
        slot = await enter(limits)
        clock.now += 1
        slot.failed(error, was_patient=was_patient)
        slot.leave()


@pytest.mark.parametrize(
    ("error", "was_patient", "opens"),
    [
        (UpstreamError("UPSTREAM_UNREACHABLE", ""), True, True),
        (UpstreamError("UPSTREAM_UNREACHABLE", ""), False, True),
        (UpstreamError("UPSTREAM_TIMEOUT", ""), True, True),
        (UpstreamError("UPSTREAM_TIMEOUT", ""), False, False),
        (UpstreamError("UPSTREAM_TLS_ERROR", ""), True, False),
        (UpstreamError("UPSTREAM_INVALID_RESPONSE", ""), True, False),
        (ConfigurationError("DESTINATION_NOT_ALLOWED", ""), True, False),
    ],
)
async def test_what_opens_a_circuit(limits, clock, error, was_patient, opens):
    await fail(limits, clock, error, was_patient=was_patient)
    if not opens:
        (await enter(limits)).leave()
        return
    with pytest.raises(Unavailable) as raised:
        await enter(limits)
    assert (raised.value.code, raised.value.status) == ("CIRCUIT_OPEN", 503)
    assert raised.value.headers == (("Retry-After", "10"),)
    await enter(limits, origin="https://b.example")
    await enter(limits, tenant_id="another")


async def test_a_wrong_certificate_closes_the_circuit_since_somebody_is_there(limits, clock):
    await fail(limits, clock, UpstreamError("UPSTREAM_UNREACHABLE", ""))
    clock.now += 10
    await fail(limits, clock, UpstreamError("UPSTREAM_TLS_ERROR", ""), times=1)
    (await enter(limits)).leave()


async def test_a_place_is_given_back_once(limits):
    slot = await enter(limits, max_concurrency=1)
    slot.leave()
    slot.leave()
    (await enter(limits, max_concurrency=1)).leave()


async def test_what_is_kept_of_destinations_is_bounded(limits, clock, monkeypatch):
    monkeypatch.setattr(destinations, "_MAX_KEPT", 20)
    held = await enter(limits, origin="https://held.example")
    for number in range(100):
        slot = await enter(limits, origin=f"https://n{number}.example", max_concurrency=5)
        slot.failed(UpstreamError("UPSTREAM_UNREACHABLE", ""), was_patient=True)
        slot.leave()
    assert len(limits._destinations) <= 20
    assert ("t", "https://held.example") in limits._destinations
    held.leave()
