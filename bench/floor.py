"""``python -m bench.floor``: what the parts that a call is built on cost by themselves, beside the service and peers.

``server`` answers at once; ``libcurl`` gets the answer by bare handles; ``client`` by the guarded client. None of them
looks at who calls, at a definition, or at a header. All run as the service does, in the same server.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median

import pycurl

from bench.cores import Cores, choose_cores, pin
from bench.driving import CpuMeter
from bench.origin import KEY, KEY_HEADER, Origin, json_answer, start_origin
from bench.processes import Program, ProgramFailed, Programs, free_port
from bench.report.markdown import number, table
from bench.requirements import Missing, check_requirements
from bench.scenarios import Kind
from bench.stacks import PEERS
from bench.stacks.proxy import PEER_PATHS, Proxy, Setup
from bench.stacks.service import start_service
from bench.wrk import Load, run_wrk
from widget_service.egress import EgressPolicy, UpstreamClient, UpstreamRequest
from widget_service.egress.driver import Driver
from widget_service.http import ASGIApp, Receive, Scope, Send, send_answer
from widget_service.serving import StopSignal, serve
from widget_service.settings import load_settings

CONNECTIONS = 32
MAX_BYTES = 1 << 20
Get = Callable[[], Awaitable[bytes]]


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    options = _options(arguments)
    if options.serve:
        serve(part, options.serve, options.origin, settings=load_settings(defaults={"port": options.port}))
        return 0
    try:
        check_requirements()
        with tempfile.TemporaryDirectory(prefix="widget-service-floor-") as folder, Programs(Path(folder)) as programs:
            print(_measured(programs, options.rounds, choose_cores(os.sched_getaffinity(0))))
    except (Missing, ProgramFailed) as error:
        print(f"bench.floor: {error}", file=sys.stderr)
        return 1
    return 0


def part(name: str, origin_port: int, _stop: StopSignal) -> ASGIApp:
    """Return the application of one part."""
    url = f"http://127.0.0.1:{origin_port}/json"
    makers: dict[str, Callable[[str], Get]] = {"server": _nothing, "libcurl": _bare, "client": _guarded}
    get: Get | None = None

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal get
        if scope["type"] == "http":
            get = get or makers[name](url)
            await send_answer(send, 200, [("content-type", "application/json")], await get())

    return app


def _nothing(_url: str) -> Get:
    answer = json_answer().encode()

    async def get() -> bytes:
        return answer

    return get


def _bare(url: str) -> Get:
    driver, free = Driver(max_idle=CONNECTIONS), []  # type: ignore[var-annotated]  # handles that are not in use
    loop = asyncio.get_running_loop()

    async def get() -> bytes:
        handle = free.pop() if free else pycurl.Curl()
        parts: list[bytes] = []
        ended: asyncio.Future[int] = loop.create_future()
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.HTTPHEADER, [f"{KEY_HEADER}: {KEY}"])
        handle.setopt(pycurl.WRITEFUNCTION, parts.append)
        driver.start(handle, lambda code, _: ended.set_result(code))
        await ended
        free.append(handle)
        return b"".join(parts)

    return get


def _guarded(url: str) -> Get:
    client = UpstreamClient(EgressPolicy(allow_insecure=True))

    async def get() -> bytes:
        return await (await client.send(UpstreamRequest("GET", url, [(KEY_HEADER, KEY)]))).read(MAX_BYTES)

    return get


def _measured(programs: Programs, rounds: int, cores: Cores) -> str:
    origin, _ = start_origin(programs, cores.load)
    proxies = [_start_part(name, programs, origin, cores) for name in ("server", "libcurl", "client")]
    proxies.append(start_service(programs, origin, core=cores.proxy))
    for peer in PEERS:
        if peer.name in ("nginx", "fastify-http-proxy") and peer.is_there():
            (folder := programs.folder / peer.name).mkdir()
            setup = Setup(folder, free_port(), origin)
            program = programs.start(peer.name, peer.command(setup), port=setup.port, core=cores.proxy)
            proxies.append(Proxy(peer.name, program, PEER_PATHS))
    pin(cores.load)
    found: dict[str, list[float]] = {proxy.name: [] for proxy in proxies}
    for turn in range(rounds + 1):
        for proxy in proxies[turn % len(proxies) :] + proxies[: turn % len(proxies)]:
            cost_us = _cost_us(proxy, programs.folder)
            if turn:  # the first round warms up
                found[proxy.name].append(cost_us)
    return table(
        ["what", "CPU µs", "least"], ([name, number(median(us)), number(min(us))] for name, us in found.items())
    )


def _start_part(name: str, programs: Programs, origin: Origin, cores: Cores) -> Proxy:
    port = free_port()
    command = [sys.executable, "-m", "bench.floor", "--serve", name, "--port", str(port), "--origin", str(origin.port)]
    program: Program = programs.start(name, command, port=port, core=cores.proxy)
    return Proxy(name, program, PEER_PATHS)


def _cost_us(proxy: Proxy, folder: Path) -> float:
    meter = CpuMeter(proxy.program.pid)
    meter.start()
    return meter.us_per(run_wrk(Load(proxy.url(Kind.GET), CONNECTIONS, proxy.headers), 1, folder).requests)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.floor", description="What the parts of a call cost.")
    parser.add_argument("--rounds", type=int, default=7, help="slices of one second each (default 7)")
    parser.add_argument("--serve", choices=["server", "libcurl", "client"], help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--origin", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
