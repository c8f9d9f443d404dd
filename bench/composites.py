"""``python -m bench.composites``: how long composites take beside the slowest chain of their steps, and in a row."""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, redirect_stderr
from typing import Any

from widget_service.authentication.tokens import tokens_of_process
from widget_service.connectors.definition import CompositeDefinition
from widget_service.connectors.snapshot import SnapshotHolder, build_snapshot
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.pipeline import Pipeline
from widget_service.identity.callers import ANONYMOUS, FixedCaller
from widget_service.settings import load_settings
from widget_service.templating import TemplateWorkers

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"a": 1}'

Shape = list[tuple[str, float, str]]
"""Steps: the name, how many shares of the time the destination takes, and the name of the step that it reads."""

SHAPES: dict[str, Shape] = {
    "two independent GETs": [("a", 1, ""), ("b", 0.75, "")],
    "twenty independent GETs": [(f"s-{index}", 1 - index / 40, "") for index in range(20)],
    "two chains of two": [("a", 0.5, ""), ("b", 0.5, ""), ("c", 0.5, "a"), ("d", 0.25, "b")],
    "a look-up, then a fetch": [("a", 0.5, ""), ("b", 0.5, "a")],
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the milliseconds of each shape: its slowest chain, the composite, and all steps one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ms", type=float, default=100.0, help="what a destination takes at most")
    parser.add_argument("--rounds", type=int, default=9, help="of which the median counts")
    given = parser.parse_args(arguments)
    print(f"{'':<28}{'slowest chain':>15}{'composite':>12}{'in a row':>12}")
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):  # the lines of the log
        measured = asyncio.run(_measured(given.ms, given.rounds))
    for name, (chain, composite, row) in measured.items():
        print(f"{name:<28}{chain:>12.1f} ms{composite:>9.1f} ms{row:>9.1f} ms")


async def _measured(ms: float, rounds: int) -> dict[str, tuple[float, float, float]]:
    async with _origin() as origin, _pipeline(origin, ms) as pipeline:
        figures = {}
        for index, (name, shape) in enumerate(SHAPES.items()):
            await _one(pipeline, index)
            taken = statistics.median([await _one(pipeline, index) for _ in range(rounds)])
            figures[name] = (_slowest_chain(shape) * ms, taken, sum(share for _, share, _ in shape) * ms)
        return figures


async def _one(pipeline: Pipeline, index: int) -> float:
    started = time.perf_counter()
    answer = await pipeline.execute(IncomingCall(f"composite/shape-{index}", "POST", "", {}))
    if answer.status != 200:
        raise SystemExit(f"the composite was answered with {answer.status}: {answer.body!r}")
    return (time.perf_counter() - started) * 1000


def _slowest_chain(shape: Shape) -> float:
    until: dict[str, float] = {}
    for name, share, read in shape:
        until[name] = until.get(read, 0.0) + share
    return max(until.values())


def _definition(index: int, shape: Shape, origin: str, ms: float) -> dict[str, Any]:
    steps = []
    for name, share, read in shape:
        reads = [{"key": "X-Read", "value": f"{{{{ steps['{read}'].status_code }}}}"}] if read else []
        steps.append({"name": name, "url": f"{origin}/{share * ms}", "headers": reads})
    return {"name": f"Shape {index}", "permalink": f"shape-{index}", "steps": steps, "response_body": "done"}


@asynccontextmanager
async def _pipeline(origin: str, ms: float) -> AsyncIterator[Pipeline]:
    raw = [_definition(index, shape, origin, ms) for index, shape in enumerate(SHAPES.values())]
    composites = [CompositeDefinition.model_validate(definition) for definition in raw]
    snapshots = SnapshotHolder(build_snapshot([], secrets={}, variables={}, composites=composites))
    settings = load_settings(defaults={"allow_insecure_upstreams": True})
    client, workers = UpstreamClient(EgressPolicy(allow_insecure=True)), TemplateWorkers()
    tokens = tokens_of_process(client, settings)
    try:
        yield Pipeline(settings, FixedCaller(ANONYMOUS, snapshots), client, workers, tokens)
    finally:
        await tokens.aclose()
        await client.aclose()
        await workers.aclose()


@asynccontextmanager
async def _origin() -> AsyncIterator[str]:
    """Answer each request after the milliseconds that its path says."""
    connections: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            await asyncio.sleep(float(head.split(b" ")[1][1:]) / 1000)
            writer.write(_ANSWER)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.get_running_loop().create_task(answer(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*connections)


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


if __name__ == "__main__":
    main()
