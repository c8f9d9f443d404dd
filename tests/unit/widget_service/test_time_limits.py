"""Deadlines keep their time, whether or not a timer was set from the beginning."""

import asyncio

import pytest

from widget_service.time_limits import Deadlines, now


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.3])
async def test_it_comes_at_its_time_and_not_before(after_s):
    due = now() + after_s
    came = asyncio.get_running_loop().create_future()
    Deadlines().add(due, lambda: came.set_result(now()))
    assert due <= await asyncio.wait_for(came, 5) + 0.001


@pytest.mark.parametrize("after_s", [0.05, 0.3])
async def test_what_was_cancelled_never_comes(after_s):
    deadlines, came = Deadlines(), []
    early = deadlines.add(now() + after_s, lambda: came.append("early"))
    last = asyncio.Event()
    deadlines.add(now() + after_s + 0.01, last.set)
    early.cancel()
    early.cancel()
    await asyncio.wait_for(last.wait(), 5)
    assert came == []


async def test_it_can_be_cancelled_when_its_timer_is_set():
    deadlines, came = Deadlines(), []
    first = deadlines.add(now() + 0.4, lambda: came.append("first"))
    await asyncio.sleep(0.2)
    first.cancel()
    await asyncio.sleep(0.3)
    assert came == []


async def test_what_takes_too_long_is_ended():
    with pytest.raises(TimeoutError), Deadlines().limit(0.01):
        await asyncio.Event().wait()


async def test_what_is_done_in_time_is_left_in_peace():
    with Deadlines().limit(0.05):
        pass
    await asyncio.sleep(0.1)


async def test_a_cancellation_from_outside_stays_one():
    async def run():
        with Deadlines().limit(5):
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_that_comes_with_the_end_of_the_time_is_not_lost():
    async def run():
        with Deadlines().limit(0.01):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                task.cancel()
                raise

    task = asyncio.create_task(run())
    with pytest.raises(asyncio.CancelledError):
        await task


def test_it_is_for_tasks():
    with pytest.raises(RuntimeError):
        asyncio.run(_without_task())


async def _without_task():
    failed = asyncio.get_running_loop().create_future()

    def enter():
        try:
            Deadlines().limit(1).__enter__()
        except RuntimeError as error:
            failed.set_exception(error)

    asyncio.get_running_loop().call_soon(enter)
    await failed
