"""Calls at a fixed rate, whether or not earlier ones are answered: a slow answer delays no other call."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from time import perf_counter

from bench.processes import ProgramFailed

CONNECTIONS = 64
LATE_S = 20
_TIMING = b"x-connector-timing"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Target:
    """What is called, on loopback."""

    port: int
    path: str
    headers: Mapping[str, str] = field(repr=False)

    def request(self) -> bytes:
        """Return the call as it is sent."""
        headers = {"Host": f"127.0.0.1:{self.port}", **self.headers}
        lines = [f"GET {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """``latency_ms`` counts from when the call was due; ``internal_ms`` is what the service says of itself."""

    latency_ms: float
    internal_ms: float | None


async def drive_at(target: Target, *, per_second: int, seconds: int) -> list[Answer]:
    """Return the answers to ``per_second`` × ``seconds`` calls; raise `ProgramFailed` where one fails."""
    try:
        async with asyncio.timeout(seconds + LATE_S), AsyncExitStack() as stack:
            free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
            for _ in range(CONNECTIONS):
                connection = await asyncio.open_connection("127.0.0.1", target.port)
                stack.callback(connection[1].close)
                free.put_nowait(connection)
            return await _calls(free, target.request(), per_second, per_second * seconds)
    except TimeoutError:
        raise ProgramFailed(f"{per_second} calls a second were not answered {LATE_S} s after the last") from None
    except (OSError, EOFError, ValueError) as error:
        raise ProgramFailed(f"a call at a fixed rate failed: {error!r}") from None


async def _calls(free: "asyncio.Queue[Connection]", request: bytes, per_second: int, count: int) -> list[Answer]:
    loop = asyncio.get_running_loop()
    started = loop.time()
    tasks: list[asyncio.Task[Answer]] = []
    for number in range(count):
        if (early_s := started + number / per_second - loop.time()) > 0:
            await asyncio.sleep(early_s)
        tasks.append(asyncio.create_task(_call(free, request)))
    return await asyncio.gather(*tasks)


async def _call(free: "asyncio.Queue[Connection]", request: bytes) -> Answer:
    due = perf_counter()
    reader, writer = connection = await free.get()
    writer.write(request)
    headers = await read_answer(reader)
    free.put_nowait(connection)
    latency_ms = (perf_counter() - due) * 1000
    timing = headers.get(_TIMING)
    return Answer(latency_ms, json.loads(timing)["internal_ms"] if timing else None)


async def read_answer(reader: asyncio.StreamReader) -> dict[bytes, bytes]:
    """Read one answer to its end and return its headers by lowercase name; raise ``ValueError`` unless it is a 200."""
    head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    if head[0].split(b" ")[1] != b"200":
        raise ValueError(f"answered with {head[0]!r}")
    pairs = (line.partition(b":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        await _read_chunks(reader)
    else:
        await reader.readexactly(int(headers[b"content-length"]))
    return headers


async def _read_chunks(reader: asyncio.StreamReader) -> None:
    size = -1
    while size != 0:
        size = int(await reader.readuntil(b"\r\n"), 16)
        await reader.readexactly(size + 2)
