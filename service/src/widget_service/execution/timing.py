"""Where the time of an execution went: one clock reading a stage, told in two headers.

``Server-Timing`` follows W3C Server Timing; ``X-Connector-Timing`` is one JSON object.
"""

import json
from time import perf_counter

STAGES = ("setup", "auth", "cache", "external", "transform")


class Timing:
    """Adds up the time of each stage. All figures are seconds until they are written."""

    __slots__ = ("_last", "_started", "cache_hit", "cache_result", "error", "external_host", "seconds", "timed_out")

    def __init__(self) -> None:
        self._started = self._last = perf_counter()
        self.seconds: dict[str, float] = {}
        self.external_host = ""
        self.cache_result = "Bypass"
        self.cache_hit = False
        self.error = ""
        self.timed_out = False

    def stage_done(self, stage: str) -> None:
        """Charge the time since the last reading to ``stage``."""
        now = perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now

    def headers(self, request_id: str) -> list[tuple[str, str]]:
        """Return the timing headers of the answer, as it is about to be sent."""
        total_ms = (perf_counter() - self._started) * 1000
        ms = {stage: self.seconds.get(stage, 0.0) * 1000 for stage in STAGES}
        return [
            ("X-Request-ID", request_id),
            ("Server-Timing", self._server_timing(ms, total_ms)),
            ("X-Connector-Timing", self._connector_timing(request_id, ms, total_ms)),
        ]

    def _server_timing(self, ms: dict[str, float], total_ms: float) -> str:
        host = f';desc="{self.external_host}"' if self.external_host else ""
        return (
            f"setup;dur={ms['setup']:.2f}, transform;dur={ms['transform']:.2f}, "
            f'cache;desc="{self.cache_result}";dur={ms["cache"]:.2f}, auth;dur={ms["auth"]:.2f}, '
            f"external{host};dur={ms['external']:.2f}, total;dur={total_ms:.2f}"
        )

    def _connector_timing(self, request_id: str, ms: dict[str, float], total_ms: float) -> str:
        figures: dict[str, object] = {
            "request_id": request_id,
            "total_ms": round(total_ms, 2),
            "internal_ms": round(max(total_ms - ms["external"], 0.0), 2),
            "external_ms": round(ms["external"], 2),
            "breakdown": {
                "setup_ms": round(ms["setup"] + ms["auth"], 2),
                "transform_ms": round(ms["transform"], 2),
                "cache_ms": round(ms["cache"], 2),
                "http_request_ms": round(ms["external"], 2),
            },
            "cache_hit": self.cache_hit,
        }
        if self.external_host:
            figures["external_host"] = self.external_host
        if self.timed_out:
            figures["timeout"] = True
        if self.error:
            figures["error"] = self.error
        return json.dumps(figures, separators=(",", ":"))
