"""The limits of a connector and of its destination: who may call now, who waits, who is turned away."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from widget_service.errors import SCOPE_DOWNSTREAM, Unavailable, UpstreamError
from widget_service.execution.limits.breaker import Breaker
from widget_service.execution.limits.gate import Gate, GateFull
from widget_service.settings import Settings

_MAX_KEPT = 4096
_UNANSWERED = frozenset({"UPSTREAM_UNREACHABLE", "UPSTREAM_TIMEOUT"})
_RETRY_AFTER_S = 1


@dataclass(slots=True)
class _Destination:
    """What is known of one destination of one tenant."""

    gate: Gate
    breaker: Breaker

    @property
    def is_idle(self) -> bool:
        return self.gate.is_idle and self.breaker.is_untroubled


class Slot:
    """A call's place at its destination, from before it is sent until its answer has been delivered."""

    __slots__ = ("_began", "_clock", "_destination", "_gates")

    def __init__(self, destination: _Destination, gates: tuple[Gate, ...], clock: Callable[[], float]) -> None:
        self._destination, self._gates, self._clock = destination, gates, clock
        self._began = clock()

    def answered(self) -> None:
        """Take note that the destination has answered, with whatever status."""
        self._destination.breaker.succeeded(self._clock())

    def failed(self, error: Exception, *, was_patient: bool) -> None:
        """Take note of a failure; a timeout counts only for a call that waited as long as the service itself would.

        A wrong certificate or a malformed answer is an answer: somebody is there.
        """
        if not isinstance(error, UpstreamError):
            return
        if error.code not in _UNANSWERED:
            self.answered()
        elif was_patient or error.code != "UPSTREAM_TIMEOUT":
            self._destination.breaker.failed(self._began, self._clock())

    def leave(self) -> None:
        """Make room for the next. Idempotent."""
        gates, self._gates = self._gates, ()
        for gate in gates:
            gate.leave()


class DestinationLimits:
    """Keeps the gates and circuits of all destinations; tenants do not feel each other's."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._destinations: dict[tuple[str, str], _Destination] = {}
        self._connectors: dict[tuple[str, str], Gate] = {}

    @property
    def open_circuits(self) -> int:
        """How many destinations are left alone."""
        return sum(one.breaker.is_open for one in self._destinations.values())

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        gates = [*(one.gate for one in self._destinations.values()), *self._connectors.values()]
        return sum(gate.waiting for gate in gates)

    async def enter(
        self, *, tenant_id: str, permalink: str, max_concurrency: int | None, origin: str, until: float
    ) -> Slot:
        """Return a place for one call to ``origin``; wait for it until ``until`` of the event loop's clock at most.

        Raises `Unavailable`: ``CIRCUIT_OPEN`` or ``OVERLOADED``, each with ``Retry-After``.
        """
        destination = self._destination(tenant_id, origin)
        if wait_s := destination.breaker.admit(self._clock()):
            raise _circuit_open(origin, wait_s)
        if max_concurrency is None:
            if not destination.gate.try_enter():
                await self._wait(destination.gate, f"the destination {origin}", until)
            return Slot(destination, (destination.gate,), self._clock)
        gate = self._connector(tenant_id, permalink, max_concurrency)
        if not gate.try_enter():
            await self._wait(gate, f"the connector '{permalink}'", until)
        try:
            if not destination.gate.try_enter():
                await self._wait(destination.gate, f"the destination {origin}", until)
        except BaseException:
            gate.leave()
            raise
        return Slot(destination, (destination.gate, gate), self._clock)

    async def _wait(self, gate: Gate, name: str, until: float) -> None:
        queue_until = asyncio.get_running_loop().time() + self._settings.max_queue_wait_s
        try:
            await gate.enter(min(until, queue_until))
        except (GateFull, TimeoutError):
            raise _overloaded(name) from None

    def _destination(self, tenant_id: str, origin: str) -> _Destination:
        key = (tenant_id, origin)
        destination = self._destinations.get(key)
        if destination is None:
            if len(self._destinations) >= _MAX_KEPT:
                self._forget()
            settings = self._settings
            destination = self._destinations[key] = _Destination(
                Gate(settings.max_calls_per_destination, settings.max_waiting_calls),
                Breaker(settings.circuit_max_failures, settings.circuit_open_s),
            )
        return destination

    def _forget(self) -> None:
        """Drop what nobody uses: first what there is nothing to remember of, then all that is not called now."""
        kept = {key: one for key, one in self._destinations.items() if not one.is_idle}
        if len(kept) >= _MAX_KEPT:
            kept = {key: one for key, one in kept.items() if not one.gate.is_idle}
        self._destinations = kept

    def _connector(self, tenant_id: str, permalink: str, limit: int) -> Gate:
        key = (tenant_id, permalink)
        gate = self._connectors.get(key)
        if gate is None:
            if len(self._connectors) >= _MAX_KEPT:
                self._connectors = {key: kept for key, kept in self._connectors.items() if not kept.is_idle}
            gate = self._connectors[key] = Gate(limit, self._settings.max_waiting_calls)
        gate.limit = limit
        return gate


def overloaded(detail: str, retry_after_s: int = _RETRY_AFTER_S) -> Unavailable:
    """Return the error for a call that is not taken on now."""
    return Unavailable("OVERLOADED", detail, headers=[("Retry-After", str(retry_after_s))])


def _overloaded(name: str) -> Unavailable:
    return overloaded(f"There are as many calls to {name} as are made at a time, and others wait already; try again.")


def _circuit_open(origin: str, wait_s: float) -> Unavailable:
    seconds = math.ceil(wait_s)
    return Unavailable(
        "CIRCUIT_OPEN",
        f"The destination {origin} has not answered lately and is left alone; it is tried again in {seconds} s.",
        scope=SCOPE_DOWNSTREAM,
        headers=[("Retry-After", str(seconds))],
    )
