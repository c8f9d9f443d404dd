"""From options to samples: everything is started, checked, driven in turn and stopped."""

import os
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench.checking import check_answer
from bench.cores import Cores, choose_cores, pin
from bench.driving import Turn, drive_all
from bench.options import Options
from bench.origin import KEY, KEY_HEADER, start_origin
from bench.proc import resident_mib
from bench.processes import ProgramFailed, Programs, free_port
from bench.requirements import check_requirements
from bench.samples import Samples
from bench.scenarios import FAULTS, FIXED_RATE, MEMORY, SCENARIOS, SDK, STARTUP, Kind, Scenario, in_passing, startup_of
from bench.sdk_cost import sdk_turns
from bench.slices import beside_faults, beside_well, fixed_rate, full_speed
from bench.stacks import PEERS, SERVICE
from bench.stacks.proxy import PEER_PATHS, Peer, Proxy, Setup
from bench.stacks.service import start_service
from bench.versions import machine, versions_of

_ONE_GET = Scenario(FIXED_RATE, Kind.GET, 1, "")


@dataclass(slots=True)
class Outcome:
    """What was measured. ``skipped`` and ``failed`` say in a line each what was not."""

    samples: Samples
    versions: dict[str, str]
    machine: str
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def measure(options: Options) -> Outcome:
    """Measure what the options ask for.

    Raises `Missing` and `ProgramFailed`; whatever was started is stopped then too.
    """
    check_requirements()
    cores = choose_cores(os.sched_getaffinity(0))
    peers = [peer for peer in PEERS if options.wants_stack(peer.name)]
    there = [peer for peer in peers if peer.is_there()]
    skipped = [f"{peer.name} is not on this machine: {peer.install}" for peer in peers if peer not in there]
    outcome = Outcome(Samples(), versions_of(there), machine(cores), skipped)
    for line in skipped:
        tell(line)
    pin(cores.load)
    with tempfile.TemporaryDirectory(prefix="widget-service-bench-") as folder, Programs(Path(folder)) as programs:
        _Bench(options, programs, cores, outcome).run(there)
    return outcome


def tell(line: str) -> None:
    """Say how far it is."""
    print(f"bench: {line}", flush=True)


class _Bench:
    """One run, between the start of the origin and the last sample."""

    def __init__(self, options: Options, programs: Programs, cores: Cores, outcome: Outcome) -> None:
        self._options, self._programs, self._cores, self._outcome = options, programs, cores, outcome
        self._samples = outcome.samples
        self._origin, program = start_origin(programs, cores.load)
        self._no_proxy = Proxy("origin", program, PEER_PATHS, {KEY_HEADER: KEY})

    def run(self, peers: list[Peer]) -> None:
        turns: list[Turn] = []
        proxies: list[Proxy] = []
        if self._is_wanted_of_proxies():
            proxies = [start_service(self._programs, self._origin, core=self._cores.proxy)]
            proxies += [proxy for peer in peers if (proxy := self._start_peer(peer)) is not None]
            turns += self._proxy_turns(proxies)
        turns += self._connector_turns()
        if self._options.wants(SDK):
            turns += sdk_turns(self._origin)
        idle = [resident_mib(proxy.program.pid)[0] for proxy in proxies]
        self._outcome.failed += drive_all(
            turns, self._samples, rounds=self._options.rounds, seconds=self._options.seconds, tell=tell
        )
        if self._options.wants(MEMORY):
            self._keep_memory(proxies, idle)

    def _is_wanted_of_proxies(self) -> bool:
        names = [scenario.name for scenario in SCENARIOS if not scenario.connectors]
        return any(self._options.wants(name) for name in (*names, FIXED_RATE, FAULTS, MEMORY))

    def _start_peer(self, peer: Peer) -> Proxy | None:
        folder = self._programs.folder / peer.name
        folder.mkdir()
        setup = Setup(folder, free_port(), self._origin)
        try:
            program = self._programs.start(peer.name, peer.command(setup), port=setup.port, core=self._cores.proxy)
        except ProgramFailed as error:
            self._outcome.failed.append(str(error))
            return None
        return Proxy(peer.name, program, peer.paths)

    def _proxy_turns(self, proxies: list[Proxy]) -> list[Turn]:
        wanted = [s for s in SCENARIOS if not s.connectors and self._options.wants(s.name)]
        turns = [
            self._full_speed(scenario, proxy)
            for scenario in wanted
            for proxy in proxies
            if scenario.kind in proxy.paths and self._is_right(scenario, proxy)
        ]
        if self._options.wants(FIXED_RATE):
            right = [proxy for proxy in (*proxies, self._no_proxy) if self._is_right(_ONE_GET, proxy)]
            turns += [Turn(FIXED_RATE, proxy.name, partial(fixed_rate, proxy)) for proxy in right]
        if self._options.wants(FAULTS):
            turns += [
                Turn(FAULTS, SERVICE, partial(beside_faults, proxies[0])),
                Turn(FAULTS, f"{SERVICE} beside as many that are well", partial(beside_well, proxies[0])),
                Turn(FAULTS, f"{SERVICE} alone", partial(fixed_rate, proxies[0])),
            ]
        return turns

    def _connector_turns(self) -> list[Turn]:
        turns = []
        for scenario in SCENARIOS:
            is_driven = self._options.wants(scenario.name)
            if scenario.connectors and (is_driven or self._options.wants(STARTUP)):
                tell(f"starting a service, connectors held: {scenario.connectors:,}")
                proxy = start_service(
                    self._programs, self._origin, core=self._cores.proxy, connectors=scenario.connectors
                )
                check_answer(scenario, proxy)
                started = {"seconds": proxy.program.started_in_s}
                self._samples.add(startup_of(scenario.connectors), proxy.name, started)
                for step, seconds in proxy.prepared_s.items():
                    self._samples.add(in_passing(step, scenario.connectors), proxy.name, {"seconds": seconds})
                turns += [self._full_speed(scenario, proxy)] if is_driven else []
        return turns

    def _full_speed(self, scenario: Scenario, proxy: Proxy) -> Turn:
        return Turn(scenario.name, proxy.name, partial(full_speed, scenario, proxy, self._programs.folder))

    def _is_right(self, scenario: Scenario, proxy: Proxy) -> bool:
        """Whether a peer's answer is the origin's; the service's must be."""
        try:
            check_answer(scenario, proxy)
        except ProgramFailed as error:
            if proxy.name == SERVICE:
                raise
            self._outcome.failed.append(str(error))
            return False
        return True

    def _keep_memory(self, proxies: list[Proxy], idle: list[float]) -> None:
        for proxy, idle_mib in zip(proxies, idle, strict=True):
            now_mib, peak_mib = resident_mib(proxy.program.pid)
            self._samples.add(MEMORY, proxy.name, {"idle_mib": idle_mib, "after_mib": now_mib, "peak_mib": peak_mib})
