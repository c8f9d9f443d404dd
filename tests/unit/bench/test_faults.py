"""The faulty destinations of the bench fail as they say, and their callers end with the block."""

import asyncio
import sys
import time
from collections.abc import Iterator

import pytest

from bench.faults import AS_MANY_WELL, DESTINATIONS, FAULTS, WELL, faulty_calls
from bench.fixed_rate import Target
from bench.processes import Programs, free_port


@pytest.fixture(scope="module")
def ports(tmp_path_factory) -> Iterator[dict[str, int]]:
    chosen = {name: free_port() for name in DESTINATIONS}
    numbers = list(chosen.values())
    with Programs(tmp_path_factory.mktemp("faults")) as programs:
        command = [sys.executable, "-m", "bench.faults", *map(str, numbers)]
        programs.start("faults", command, port=numbers[-1], core=None)
        yield chosen


@pytest.mark.parametrize(
    ("name", "received"),
    [
        ("silence", b""),
        ("one-byte-a-second", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n."),
        ("short-body", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nshort"),
        ("garbage", b"\x00\xff no status line at all\r\n\r\n"),
        ("reset", ConnectionResetError),
        ("late", b""),
        ("slow-body", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\n."),
        ("well", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"),
    ],
)
async def test_every_destination_is_what_it_says(ports, name, received):
    reader, writer = await asyncio.open_connection("127.0.0.1", ports[name])
    writer.write(Target(ports[name], "/", {}).request())
    if received is ConnectionResetError:
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(100_000)
    else:
        found = b""
        while len(found) < len(received):
            found += await reader.read(1000)
        assert found == received
        if name in ("silence", "one-byte-a-second", "late", "slow-body"):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(), 0.2)
        else:
            assert await reader.read() == b""
    writer.close()


async def test_the_callers_call_until_the_block_is_left(ports):
    before = asyncio.all_tasks()
    started = time.monotonic()
    async with faulty_calls([Target(port, "/", {}) for port in ports.values()]):
        assert len(asyncio.all_tasks() - before) > 100
    assert time.monotonic() - started < 10
    assert not {task for task in asyncio.all_tasks() - before if "_keep_calling" in repr(task)}


def test_for_each_fault_there_is_one_that_is_well():
    assert len(AS_MANY_WELL) == len(FAULTS)
    assert set(AS_MANY_WELL) == set(WELL)
