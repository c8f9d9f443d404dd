"""Faults on demand: what a widget must bear, without waiting for it to happen."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from widget_service.dev.offline.bodies import json_bytes
from widget_service.egress import UpstreamRequest, UpstreamResponse
from widget_service.egress.failures import too_slow, unreachable
from widget_service.egress.finished import FinishedResponse

SLOW_S = 3.0

NOT_KEPT = ("Cache-Control", "no-store")
"""What a fault has touched strikes the next call too, so it is not kept."""


class Fault(Enum):
    """What a destination does in place of answering, or before it answers."""

    SLOW = "slow"
    UNAUTHORIZED = "401"
    LIMITED = "429"
    BROKEN = "500"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class _Made:
    status: int
    message: str
    headers: tuple[tuple[str, str], ...] = ()


_ANSWERS = {
    Fault.UNAUTHORIZED: _Made(401, "The credential is not accepted.", (("WWW-Authenticate", "Bearer"),)),
    Fault.LIMITED: _Made(429, "Too many requests.", (("Retry-After", "30"),)),
    Fault.BROKEN: _Made(500, "Something broke."),
}


class Faults:
    """The fault of each connector that has one, by permalink. ``on_change`` is told whose fault changed."""

    def __init__(self, on_change: Callable[[str], object] = lambda _: None) -> None:
        self.on_change = on_change
        self._by_name: dict[str, Fault] = {}

    def set(self, name: str, fault: Fault | None) -> None:
        """Let a connector fail from its next call on, or no longer."""
        if fault is None:
            self._by_name.pop(name, None)
        else:
            self._by_name[name] = fault
        self.on_change(name)

    def as_dict(self) -> dict[str, str]:
        """Return the faults that are set, by permalink."""
        return {name: fault.value for name, fault in sorted(self._by_name.items())}

    def has(self, name: str) -> bool:
        """Whether a connector has a fault."""
        return name in self._by_name

    async def strike(self, name: str, request: UpstreamRequest, host: str) -> UpstreamResponse | None:
        """Return the answer that a fault makes, or raise its error; None where the call goes on."""
        fault = self._by_name.get(name)
        if fault is Fault.OFFLINE:
            raise unreachable(host, "is offline: a fault that the console has set", "fault: offline")
        if fault is Fault.SLOW:
            await asyncio.sleep(min(SLOW_S, request.headers_timeout_s))
            if request.headers_timeout_s < SLOW_S:
                raise too_slow(host, f"did not answer within {request.headers_timeout_s:g} s: a fault of the console")
        if fault not in _ANSWERS:
            return None
        made = _ANSWERS[fault]
        headers = [("Content-Type", "application/json"), NOT_KEPT, *made.headers]
        body = json_bytes({"message": made.message, "fault": "set in the console"})
        return FinishedResponse(request, made.status, headers, body, host=host, source=f"fault {fault.value}")
