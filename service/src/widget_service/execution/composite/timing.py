"""Where the time of a composite went: each step's own, and the waits of all of them laid over each other."""

from collections.abc import Iterable
from time import perf_counter
from typing import Any

import orjson

from widget_service.execution.timing import Timing

MAX_HEADER_LENGTH = 4096
"""Longer headers are cut short: proxies refuse answers whose headers are too long."""

_BRIEF = ("name", "skipped", "total_ms", "external_ms")
"""What is told of each step where there is no room for more."""


class StepTiming(Timing):
    """The time of one step; ``waits`` are the spans in which it waited for others, by the clock."""

    __slots__ = ("waits",)

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[tuple[float, float]] = []

    def stage_done(self, stage: str) -> None:
        """Charge the time since the last reading to ``stage``."""
        before = self._last
        super().stage_done(stage)
        if stage == "external":
            self.waits.append((before, self._last))

    def end(self) -> None:
        """Stop the clock."""
        self._ended = self._ended or perf_counter()

    def started_ms(self, whole: Timing) -> float:
        """Return the milliseconds from the beginning of the whole to that of the step."""
        return (self._started - whole._started) * 1000

    def as_dict(self) -> dict[str, Any]:
        """Return the time of the step as ``X-Connector-Timing`` tells it."""
        return {
            "total_ms": round(self.total_ms, 2),
            "external_ms": _ms(self.seconds, "external"),
            "breakdown": _breakdown(self.seconds, _ms(self.seconds, "external")),
            "cache_hit": self.cache_hit,
        } | ({"external_host": self.external_host} if self.external_host else {})


class CompositeTiming(Timing):
    """The time of a composite. ``steps`` has each step that began, by its index: its name, and None if skipped."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        super().__init__()
        self.steps: dict[int, tuple[str, StepTiming | None]] = {}

    def sum_up(self) -> None:
        """Make the figures of the whole out of those of the steps."""
        began = [timing for _, timing in self.steps.values() if timing is not None]
        for stage in ("setup", "transform", "cache", "auth"):
            own = self.seconds.get(stage, 0.0)
            self.seconds[stage] = own + sum(timing.seconds.get(stage, 0.0) for timing in began)
        self.seconds["external"] = covered(span for timing in began for span in timing.waits)
        self.cache_hit = bool(began) and all(timing.cache_hit for timing in began)

    def headers(self, request_id: str) -> list[tuple[str, str]]:
        """Return the timing headers: ``step.<name>`` for each step and ``total``; the steps' breakdown."""
        self._ended = perf_counter()
        self.sum_up()
        return [
            ("X-Request-ID", request_id),
            ("Server-Timing", self._server_timing()),
            ("X-Connector-Timing", self._connector_timing(request_id)),
        ]

    def _server_timing(self) -> str:
        text = ""
        for _, (name, timing) in sorted(self.steps.items()):
            part = f'step.{name};desc="Skipped";dur=0' if timing is None else f"step.{name};dur={timing.total_ms:.2f}"
            if len(text) + len(part) < MAX_HEADER_LENGTH:
                text += f"{part}, "
        return f"{text}total;dur={self.total_ms:.2f}"

    def _connector_timing(self, request_id: str) -> str:
        total, external = round(self.total_ms, 2), _ms(self.seconds, "external")
        told: dict[str, Any] = {
            "request_id": request_id,
            "total_ms": total,
            "internal_ms": round(max(total - external, 0.0), 2),
            "external_ms": external,
            "breakdown": _breakdown(self.seconds, external),
            "cache_hit": self.cache_hit,
        }
        told |= {"timeout": True} if self.timed_out else {}
        told |= {"error": self.error} if self.error else {}
        steps = [
            {"name": name, **({"skipped": True} if timing is None else timing.as_dict())}
            for _, (name, timing) in sorted(self.steps.items())
        ]
        return _with_steps(told, steps)


def covered(spans: Iterable[tuple[float, float]]) -> float:
    """Return how much time lies in any of the ``spans``."""
    total, reached = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(end - max(start, reached), 0.0)
        reached = max(reached, end)
    return total


def _with_steps(told: dict[str, Any], steps: list[dict[str, Any]]) -> str:
    """All of every step; else a little of every step; else a little of as many as there is room for."""
    text = orjson.dumps({**told, "steps": steps}).decode()
    brief = [{key: step[key] for key in _BRIEF if key in step} for step in steps]
    while len(text) > MAX_HEADER_LENGTH and brief:
        text = orjson.dumps({**told, "steps": brief, "truncated": True}).decode()
        brief.pop()
    return text


def _breakdown(seconds: dict[str, float], external_ms: float) -> dict[str, float]:
    return {
        "setup_ms": round(_ms(seconds, "setup") + _ms(seconds, "auth"), 2),
        "transform_ms": _ms(seconds, "transform"),
        "cache_ms": _ms(seconds, "cache"),
        "http_request_ms": external_ms,
    }


def _ms(seconds: dict[str, float], stage: str) -> float:
    return round(seconds.get(stage, 0.0) * 1000, 2)
