"""What is measured: one row a scenario."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a call does; every stack has a path for each that it can do."""

    GET = "get"
    PIPELINE = "pipeline"
    POST = "post"
    FILE = "file"
    TLS = "tls"
    CACHE = "cache"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Load of one kind. With ``connectors``, a service that holds so many is driven, and no peer."""

    name: str
    kind: Kind
    connections: int
    shown: str
    body_bytes: int = 0
    connectors: int = 0


SCENARIOS = (
    Scenario("proxied_get_c1", Kind.GET, 1, "GET of 1 KiB, key injected, 1 connection"),
    Scenario("proxied_get_c256", Kind.GET, 256, "GET of 1 KiB, key injected, 256 connections"),
    Scenario("proxied_get_c32", Kind.GET, 32, "GET of 1 KiB, key injected, 32 connections"),
    Scenario("pipeline_c32", Kind.PIPELINE, 32, "the same with two templates and a response template over the 1 KiB"),
    Scenario("post_1k_c32", Kind.POST, 32, "POST of 1 KiB, 32 connections", body_bytes=1024),
    Scenario("post_100k_c32", Kind.POST, 32, "POST of 100 KiB, 32 connections", body_bytes=100 * 1024),
    Scenario("stream_10mib", Kind.FILE, 4, "GET of 10 MiB, 4 connections"),
    Scenario("cache_hit_c32", Kind.CACHE, 32, "GET of 1 KiB that is kept and fresh, 32 connections"),
    Scenario("tls_c32", Kind.TLS, 32, "GET of 1 KiB over TLS to the destination, 32 connections"),
    Scenario("connectors_1_c32", Kind.GET, 32, "GET of 1 KiB, the service holds 1 connector", connectors=1),
    Scenario("connectors_100_c32", Kind.GET, 32, "GET of 1 KiB, the service holds 100", connectors=100),
    Scenario("connectors_10000_c32", Kind.GET, 32, "GET of 1 KiB, the service holds 10,000", connectors=10_000),
)

FIXED_RATE = "internal_ms_500rps"
FIXED_RATE_PER_S = 500
FAULTS = "beside_faults"
SDK = "sdk_python"
MEMORY = "memory"
STARTUP = "startup"
PLAN, APPLY = "plan", "apply"
"""Measured in passing where services that hold many connectors are started, as ``startup_N_connectors`` and so on."""

OTHERS = {
    FIXED_RATE: f"GET of 1 KiB at a fixed {FIXED_RATE_PER_S} calls/s",
    FAULTS: "the same while 200 others call destinations that hang, trickle, break off and talk nonsense",
    SDK: "the Python SDK beside the client that it uses, both calling the origin",
    MEMORY: "resident memory of all processes of a stack, in MiB",
    STARTUP: "from starting the command to its first answer, in seconds",
}

ALL_NAMES = (*(scenario.name for scenario in SCENARIOS), *OTHERS)


_IN_PASSING = {
    STARTUP: OTHERS[STARTUP],
    PLAN: "checking a registry and planning its sync, in seconds",
    APPLY: "syncing a registry, its checks included, in seconds",
}


def in_passing(what: str, connectors: int) -> str:
    """Return the name under which ``what`` a service that holds so many connectors took is kept."""
    return f"{what}_{connectors}_connectors"


def startup_of(connectors: int) -> str:
    """Return the name under which the start of a service that holds so many connectors is kept."""
    return in_passing(STARTUP, connectors)


def shown(name: str) -> str:
    """Return what a scenario is, in words."""
    what, _, rest = name.partition("_")
    if what in _IN_PASSING and rest:
        return f"{_IN_PASSING[what]}; connectors: {int(rest.split('_')[0]):,}"
    return OTHERS.get(name) or next(scenario.shown for scenario in SCENARIOS if scenario.name == name)
