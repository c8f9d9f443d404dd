"""Stage 1c: how often, and how many at a time: quotas of the tenant, rates of its callers and of the connector."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from widget_service.connectors.compiling import CompiledConnector
from widget_service.execution.execution import Execution
from widget_service.execution.limits.destinations import overloaded
from widget_service.execution.limits.places import Places
from widget_service.identity.proxies import network_of
from widget_service.ratelimits.limiter import RateLimiter, rate_headers
from widget_service.ratelimits.rate import Rate

DIGEST_LENGTH: Final = 64
"""A shorter name is never taken for a digest."""


class Admission:
    """Admits calls. What is counted for one tenant is counted for no other."""

    def __init__(self, limiter: RateLimiter) -> None:
        self._limiter = limiter
        self._places = Places()

    async def admit(self, execution: Execution, connectors: Sequence[CompiledConnector]) -> None:
        """Take a place of the tenant and count the call; raise ``OVERLOADED`` or ``RATE_LIMITED``.

        ``connectors`` are what it runs: one, or those of a composite's steps. A call that is refused is counted for
        nothing.
        """
        at_a_time = execution.identified.quotas.max_concurrent_executions
        if at_a_time is not None:
            execution.place = self._places.take(execution.snapshot.tenant_id, at_a_time)
            if execution.place is None:
                raise overloaded(f"The tenant has {at_a_time} calls under way, as many as it may; try again.")
        rates = rates_of(execution, connectors)
        if rates:
            execution.rate_headers = rate_headers(await self._limiter.hit(rates))


def rates_of(execution: Execution, connectors: Sequence[CompiledConnector]) -> list[Rate]:
    """Return all rates that the call is counted for, each once."""
    tenant, quotas = execution.snapshot.tenant_id, execution.identified.quotas
    callers = f"{tenant}\ncallers"  # of whom there may be any number
    rates = []
    if quotas.executions_per_minute is not None:
        rates.append(Rate("tenant", f"tenant\n{tenant}", quotas.executions_per_minute, pool=tenant))
    if quotas.executions_per_minute_and_caller is not None:
        key = f"caller\n{tenant}\n{caller_key(execution)}"
        rates.append(Rate("caller", key, quotas.executions_per_minute_and_caller, pool=callers))
    limited = {each.permalink: each.rate_limit for each in connectors if each.rate_limit is not None}
    for permalink, limit in limited.items():
        whose, pool = (caller_key(execution), callers) if limit.per == "user" else ("", tenant)
        times = sum(each.permalink == permalink for each in connectors)
        key = f"connector\n{tenant}\n{permalink}\n{whose}"
        rates.append(Rate("connector", key, limit.per_minute, times, pool))
    return rates


def caller_key(execution: Execution) -> str:
    """Return whose calls are counted together: a user's, and those from one address of anonymous callers."""
    user = execution.caller.user
    return f"user\n{_short(user.id)}" if user is not None else f"address\n{network_of(execution.identified.address)}"


def _short(name: str) -> str:
    """Return a name, or the digest of a long one: so many are kept that their lengths must not count."""
    return name if len(name) < DIGEST_LENGTH else sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
