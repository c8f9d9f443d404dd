"""Where the time of an execution went: one clock reading a stage, told in two headers.

``Server-Timing`` follows W3C Server Timing; ``X-Connector-Timing`` is one JSON object.
"""

from time import perf_counter

STAGES = ("setup", "auth", "cache", "external", "transform")


class Timing:
    """Adds up the time of each stage. All figures are seconds until they are written."""

    __slots__ = (
        "_ended",
        "_last",
        "_started",
        "cache_hit",
        "cache_result",
        "error",
        "external_host",
        "seconds",
        "timed_out",
    )

    def __init__(self) -> None:
        self._started = self._last = perf_counter()
        self._ended = 0.0
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

    @property
    def total_ms(self) -> float:
        """The milliseconds since the execution began, or until its headers were made."""
        return ((self._ended or perf_counter()) - self._started) * 1000

    def headers(self, request_id: str) -> list[tuple[str, str]]:
        """Return the timing headers of the answer, as it is about to be sent.

        ``request_id``, host and code hold nothing that JSON would escape; they are written as they are.
        """
        self._ended = perf_counter()
        get, total_ms = self.seconds.get, self.total_ms
        external_ms = get("external", 0.0) * 1000
        total, external, internal = _ms(total_ms), _ms(external_ms), _ms(max(total_ms - external_ms, 0.0))
        cache, transform = _ms(get("cache", 0.0) * 1000), _ms(get("transform", 0.0) * 1000)
        setup_ms, auth_ms = get("setup", 0.0) * 1000, get("auth", 0.0) * 1000
        described = f';desc="{self.external_host}"' if self.external_host else ""
        return [
            ("X-Request-ID", request_id),
            (
                "Server-Timing",
                f'setup;dur={_ms(setup_ms)}, transform;dur={transform}, cache;desc="{self.cache_result}";dur={cache}, '
                f"auth;dur={_ms(auth_ms)}, external{described};dur={external}, total;dur={total}",
            ),
            (
                "X-Connector-Timing",
                f'{{"request_id":"{request_id}","total_ms":{total},"internal_ms":{internal},'
                f'"external_ms":{external},"breakdown":{{"setup_ms":{_ms(setup_ms + auth_ms)},'
                f'"transform_ms":{transform},"cache_ms":{cache},"http_request_ms":{external}}},'
                f'"cache_hit":{"true" if self.cache_hit else "false"}{self._more()}}}',
            ),
        ]

    def _more(self) -> str:
        host = f',"external_host":"{self.external_host}"' if self.external_host else ""
        timeout = ',"timeout":true' if self.timed_out else ""
        return host + timeout + (f',"error":"{self.error}"' if self.error else "")


def _ms(milliseconds: float) -> str:
    """Return it as it is written; what took no time at all is not worth formatting."""
    return f"{milliseconds:.2f}" if milliseconds else "0.00"
