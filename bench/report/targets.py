"""What is to be reached: the project's performance goals, each beside what was measured."""

from dataclasses import dataclass

from bench.samples import CPU_US, Place, Samples
from bench.scenarios import FAULTS, FIXED_RATE, SDK, startup_of
from bench.stacks import SERVICE

_GET, _PIPELINE = (f"{name}_c32" for name in ("proxied_get", "pipeline"))

_BESIDE_FAULTS = (FAULTS, SERVICE), (FAULTS, f"{SERVICE} beside as many that are well")


@dataclass(frozen=True, slots=True)
class Target:
    """A figure, or its ratio where ``to`` is given, with what it must be and what is aimed at (None: nothing said)."""

    what: str
    figure: str
    of: Place
    to: Place | None = None
    must: float | None = None
    aim: float | None = None
    more_is_better: bool = False

    def measured(self, samples: Samples) -> float | None:
        """Return the figure or the ratio; None where it was not measured."""
        if self.to is not None:
            return samples.ratio(self.figure, self.of, self.to)
        if self.of[1] not in samples.stacks(self.of[0]):
            return None
        return samples.medians(*self.of).get(self.figure)

    def is_met(self, measured: float | None, bound: float | None) -> bool | None:
        """Whether ``measured`` keeps within ``bound``; None where one of them is not known."""
        if measured is None or bound is None:
            return None
        return measured >= bound if self.more_is_better else measured <= bound

    def told(self, bound: float | None) -> str:
        """Return a bound as it is written: ``≤ 1.5``."""
        return "" if bound is None else f"{'≥' if self.more_is_better else '≤'} {bound:g}"


def _get_against(peer: str, *, must: float | None = None, aim: float | None = None) -> Target:
    what = f"proxied GET, key injected, session and CSRF checked, 32 connections: CPU ÷ {peer}"
    return Target(what, CPU_US, (_GET, SERVICE), (_GET, peer), must, aim)


def _internal(share: str, must: float, aim: float) -> Target:
    figure = f"internal_{share}_ms"
    return Target(f"`internal_ms` at 500 calls/s, {share}, ms", figure, (FIXED_RATE, SERVICE), None, must, aim)


def _sdk(shown: str, suffix: str) -> Target:
    of, to = (SDK, f"widget-service-sdk{suffix}"), (SDK, f"httpx2{suffix}")
    return Target(f"Python SDK, {shown}: CPU ÷ httpx2", CPU_US, of, to, 1.3, 1.1)


TARGETS = (
    _get_against("fastify-http-proxy", must=1.0),
    _get_against("nginx", must=10),
    _get_against("fastapi-httpx", must=0.1),
    _get_against("caddy", aim=1.2),
    Target(
        "two templates and a response template: CPU ÷ the proxied GET",
        CPU_US,
        (_PIPELINE, SERVICE),
        (_GET, SERVICE),
        must=1.5,
    ),
    Target("the same: CPU ÷ caddy's proxied GET", CPU_US, (_PIPELINE, SERVICE), (_GET, "caddy"), aim=1.5),
    Target(
        "a kept answer, session and CSRF checked, 32 connections: CPU ÷ that of nginx `proxy_cache`",
        CPU_US,
        ("cache_hit_c32", SERVICE),
        ("cache_hit_c32", "nginx"),
        must=5,
        aim=3,
    ),
    _internal("p50", 0.5, 0.2),
    _internal("p99", 3, 1),
    Target(
        "p99 while 200 others call faulty destinations ÷ while they call well ones that are as slow",
        "p99_ms",
        *_BESIDE_FAULTS,
        must=1.2,
    ),
    Target(
        "10,000 connectors: CPU ÷ one connector",
        CPU_US,
        ("connectors_10000_c32", SERVICE),
        ("connectors_1_c32", SERVICE),
        must=1.05,
    ),
    Target("10,000 connectors: serving after, s", "seconds", (startup_of(10_000), SERVICE), None, 3, 1),
    Target(
        "10 MiB streamed: answers/s ÷ nginx",
        "rps",
        ("stream_10mib", SERVICE),
        ("stream_10mib", "nginx"),
        must=0.5,
        aim=0.8,
        more_is_better=True,
    ),
    _sdk("asynchronous", ""),
    _sdk("blocking", "-blocking"),
)
