"""A gate lets so many through, so many more wait in their order, and no place is ever lost."""

import asyncio

import pytest

from widget_service.execution.limits.gate import Gate, GateFull


def soon():
    return asyncio.get_running_loop().time() + 5


async def test_so_many_go_through_and_so_many_wait():
    gate = Gate(2, 1)
    await gate.enter(soon())
    assert gate.try_enter()
    assert not gate.try_enter()
    waiting = asyncio.create_task(gate.enter(soon()))
    await asyncio.sleep(0)
    with pytest.raises(GateFull):
        await gate.enter(soon())
    gate.leave()
    await waiting
    assert not gate.try_enter()
    gate.leave()
    gate.leave()
    assert gate.is_idle


async def test_who_waits_longest_is_next():
    gate, order = Gate(1, 10), []
    await gate.enter(soon())

    async def visit(number):
        await gate.enter(soon())
        order.append(number)
        gate.leave()

    visits = [asyncio.create_task(visit(number)) for number in range(5)]
    await asyncio.sleep(0)
    gate.leave()
    await asyncio.gather(*visits)
    assert order == [0, 1, 2, 3, 4]
    assert gate.is_idle


async def test_who_gives_up_leaves_its_place_in_the_row():
    gate = Gate(1, 1)
    await gate.enter(soon())
    with pytest.raises(TimeoutError):
        await gate.enter(asyncio.get_running_loop().time() + 0.01)
    waiting = asyncio.create_task(gate.enter(soon()))
    await asyncio.sleep(0)
    gate.leave()
    await waiting
    gate.leave()
    assert gate.is_idle


async def test_a_place_that_is_given_to_one_who_is_cancelled_goes_on():
    gate = Gate(1, 2)
    await gate.enter(soon())
    first, second = (asyncio.create_task(gate.enter(soon())) for _ in range(2))
    await asyncio.sleep(0)
    gate.leave()  # gives the place to the first …
    first.cancel()  # … which never learns of it
    await second
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.leave()
    assert gate.is_idle


async def test_a_higher_limit_holds_for_those_who_come_after():
    gate = Gate(1, 0)
    assert gate.try_enter()
    assert not gate.try_enter()
    gate.limit = 2
    assert gate.try_enter()
