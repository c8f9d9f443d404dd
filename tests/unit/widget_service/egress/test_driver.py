"""Transfers end once, each in its time, and not at all when they were stopped."""

import asyncio
import socket
import time

import pycurl
import pytest

from support.processes import free_port
from unit.widget_service.egress.scripted import OK, answering, scripted
from widget_service.egress.driver import Driver


@pytest.fixture
async def driver():
    driver = Driver(max_idle=4)
    yield driver
    driver.close()


@pytest.fixture
def deaf():
    """The URL of a port at which nobody accepts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        for filler in fillers:
            filler.close()


def handle_of(url, *, connect_timeout_ms=5000):
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.CONNECTTIMEOUT_MS, connect_timeout_ms)
    handle.setopt(pycurl.WRITEFUNCTION, lambda data: None)
    return handle


def started(driver, handle):
    ended = asyncio.get_running_loop().create_future()
    driver.start(handle, lambda code, message: ended.set_result(code))
    return ended


async def test_a_transfer_that_is_complete(driver):
    async with scripted(answering(OK)) as server:
        for _ in range(3):
            assert await asyncio.wait_for(started(driver, handle_of(server.origin)), 5) == 0
    assert len(server.connections) == 1
    assert not driver.is_busy


async def test_one_that_cannot_begin(driver):
    ended = started(driver, handle_of(f"http://127.0.0.1:{free_port()}/"))
    assert driver.is_busy
    assert await asyncio.wait_for(ended, 5) == pycurl.E_COULDNT_CONNECT


async def test_the_shorter_of_two_times_is_kept_though_the_longer_began_first(driver, deaf):
    began = time.monotonic()
    slow = started(driver, handle_of(deaf, connect_timeout_ms=1200))
    await asyncio.sleep(0.01)
    quick = started(driver, handle_of(deaf, connect_timeout_ms=300))
    assert await asyncio.wait_for(quick, 5) == pycurl.E_OPERATION_TIMEDOUT
    assert time.monotonic() - began >= 0.3
    assert not slow.done()
    assert await asyncio.wait_for(slow, 5) == pycurl.E_OPERATION_TIMEDOUT
    assert time.monotonic() - began >= 1.2


async def test_what_was_stopped_is_told_nothing(driver, deaf):
    handle = handle_of(deaf, connect_timeout_ms=100)
    ended = started(driver, handle)
    driver.stop(handle)
    driver.stop(handle)
    assert not driver.is_busy
    await asyncio.sleep(0.2)
    assert not ended.done()


async def test_closing_tells_what_still_runs(driver, deaf):
    ended = started(driver, handle_of(deaf))
    driver.close()
    driver.close()
    assert await ended == pycurl.E_RECV_ERROR
