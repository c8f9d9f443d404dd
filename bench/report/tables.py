"""The parts of the report that hold figures."""

from bench.report.markdown import number, table, verdict
from bench.report.targets import TARGETS
from bench.samples import CPU_US, Samples
from bench.scenarios import shown
from bench.stacks import PEERS, SERVICE

_HEADINGS = {
    "cpu_us": "CPU µs",
    "rps": "per second",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "internal_p50_ms": "internal p50 ms",
    "internal_p99_ms": "internal p99 ms",
    "resident_mib": "resident MiB",
    "idle_mib": "idle MiB",
    "after_mib": "after load MiB",
    "peak_mib": "highest MiB",
    "seconds": "seconds",
}


def goals(samples: Samples) -> str:
    """Return what must be and what is aimed at, beside what was measured."""
    rows = []
    for target in TARGETS:
        measured = target.measured(samples)
        bounds = (
            cell
            for bound in (target.must, target.aim)
            for cell in (target.told(bound), verdict(target.is_met(measured, bound)))
        )
        rows.append([target.what, number(measured), *bounds])
    return table(["what", "measured", "must", "", "aim", ""], rows)


def ratios(samples: Samples) -> str:
    """Return the service's CPU time per call divided by every peer's, one row a scenario."""
    peers = [peer.name for peer in PEERS if any(peer.name in samples.stacks(name) for name in samples.scenarios())]
    rows = [[f"`{name}`", *(_ratio(samples, name, peer) for peer in peers)] for name in _compared(samples)]
    return table(["scenario", *peers], rows)


def figures(samples: Samples) -> str:
    """Return a table for every scenario: medians, and the least CPU time in brackets."""
    return "\n".join(_figures_of(samples, name) for name in samples.scenarios())


def peer_scenario(scenario: str) -> str:
    """Return the scenario of the peers that one of the service's is compared with: no peer has templates."""
    return "proxied_get_c32" if scenario == "pipeline_c32" else scenario


def _compared(samples: Samples) -> list[str]:
    return [
        name
        for name in samples.scenarios()
        if SERVICE in samples.stacks(name)
        and CPU_US in samples.medians(name, SERVICE)
        and any(peer.name in samples.stacks(peer_scenario(name)) for peer in PEERS)
    ]


def _ratio(samples: Samples, name: str, peer: str) -> str:
    of, to = (name, SERVICE), (peer_scenario(name), peer)
    middle = samples.ratio(CPU_US, of, to)
    return "–" if middle is None else f"{number(middle)} ({number(samples.ratio_of_minima(CPU_US, of, to))})"


def _figures_of(samples: Samples, name: str) -> str:
    stacks = samples.stacks(name)
    names = list(dict.fromkeys(figure for stack in stacks for figure in samples.medians(name, stack)))
    rows = [[stack, *(_cell(samples, name, stack, figure) for figure in names)] for stack in stacks]
    return f"### `{name}`\n\n{shown(name)}\n\n" + table(["stack", *(_HEADINGS[figure] for figure in names)], rows)


def _cell(samples: Samples, name: str, stack: str, figure: str) -> str:
    value = number(samples.medians(name, stack).get(figure))
    return f"{value} ({number(samples.minimum(name, stack, figure))})" if figure == CPU_US else value
