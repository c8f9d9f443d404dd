"""Destinations that fail in every way at once, and callers that keep them busy, beside a load that must not notice.

Two hundred callers take time from the load on every machine, whatever becomes of their calls. What the faults
themselves do is seen beside as many callers of destinations that are as slow, and well.

``python -m bench.faults PORT …`` serves one destination on each port, in the order of `DESTINATIONS`.
"""

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from bench.fixed_rate import Target

CALLERS = 40
"""For each fault. Most of them wait, so their number matters more to the service than their rate."""
_PAUSE_S = 1.0
_LATE_S = 14  # just within the service's time for response headers
_READ_BYTES = 1 << 16
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

Fault = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def _silence(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _one_byte_a_second(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(1)


async def _short_body(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Length: 100\r\n\r\nshort")


async def _garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff no status line at all\r\n\r\n")


async def _reset(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    await writer.drain()
    linger_no_longer = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_no_longer)


FAULTS: dict[str, Fault] = {
    "silence": _silence,
    "one-byte-a-second": _one_byte_a_second,
    "short-body": _short_body,
    "garbage": _garbage,
    "reset": _reset,
}


async def _well(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Length: 5\r\n\r\nhello")


async def _late(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(_LATE_S)
    await _well(writer)


async def _slow_body(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Length: %d\r\n\r\n" % _LATE_S)
    for _ in range(_LATE_S):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(1)


WELL: dict[str, Fault] = {"late": _late, "slow-body": _slow_body, "well": _well}
AS_MANY_WELL = ("late", "slow-body", "well", "well", "well")
"""For each fault a destination that takes as long, or answers as soon, and means it."""

DESTINATIONS = FAULTS | WELL


@contextlib.asynccontextmanager
async def faulty_calls(targets: Sequence[Target]) -> AsyncIterator[None]:
    """Keep ``CALLERS`` callers of each target at it until the block is left."""
    count = CALLERS * len(targets)
    callers = [
        asyncio.create_task(_keep_calling(targets[number % len(targets)], _PAUSE_S * number / count))
        for number in range(count)
    ]
    try:
        await asyncio.sleep(_PAUSE_S if callers else 0)
        yield
    finally:
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)


async def _keep_calling(target: Target, first_after_s: float) -> None:
    """Whatever comes back is read and forgotten; the next call is made after a pause, and not by all at once."""
    await asyncio.sleep(first_after_s)
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
            try:
                writer.write(target.request())
                while await reader.read(_READ_BYTES):
                    pass
            finally:
                writer.close()
        await asyncio.sleep(_PAUSE_S)


async def _serve(ports: Sequence[int]) -> None:
    for fault, port in zip(DESTINATIONS.values(), ports, strict=True):
        await asyncio.start_server(partial(_answer, fault), "127.0.0.1", port)
    await asyncio.Event().wait()


async def _answer(fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, EOFError):
        await reader.readuntil(b"\r\n\r\n")
        await fault(writer)
    writer.close()


if __name__ == "__main__":
    asyncio.run(_serve([int(port) for port in sys.argv[1:]]))
