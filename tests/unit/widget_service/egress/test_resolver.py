"""Names are looked up once, with a deadline, and never in the event loop's thread."""

import asyncio
import threading

import pytest

from widget_service.egress.resolver import ResolutionFailed, Resolver

ANSWER = ["93.184.216.34", "2606:4700::1111"]


class Names:
    """A name server of the test's own; ``held`` makes look-ups wait."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []
        self.threads = set()
        self.held = threading.Event()
        self.held.set()

    def __call__(self, name):
        self.asked.append(name)
        self.threads.add(threading.current_thread())
        assert self.held.wait(10)
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_all_addresses_in_the_resolvers_order():
    names = Names({"a.example": ANSWER})
    assert await Resolver(names).resolve("a.example", 5) == ANSWER
    assert threading.current_thread() not in names.threads


async def test_one_look_up_serves_all_who_ask_at_once_and_shortly_after():
    names = Names({"a.example": ANSWER})
    resolver = Resolver(names)
    answers = await asyncio.gather(*(resolver.resolve("a.example", 5) for _ in range(50)))
    assert answers == [ANSWER] * 50
    assert await resolver.resolve("a.example", 5) == ANSWER
    assert names.asked == ["a.example"]


async def test_an_answer_is_used_no_longer_than_it_is_fresh():
    names = Names({"a.example": ANSWER})
    resolver = Resolver(names, fresh_s=0)
    await resolver.resolve("a.example", 5)
    names.answers["a.example"] = ["10.0.0.1"]
    assert await resolver.resolve("a.example", 5) == ["10.0.0.1"]


async def test_a_name_server_that_hangs_costs_the_deadline_and_holds_up_no_other_name():
    names = Names({"slow.example": ANSWER, "a.example": ANSWER})
    names.held.clear()
    resolver = Resolver(names)
    with pytest.raises(TimeoutError):
        await resolver.resolve("slow.example", 0.05)
    names.held.set()
    assert await resolver.resolve("a.example", 5) == ANSWER


async def test_who_gives_up_does_not_spoil_it_for_the_others():
    names = Names({"a.example": ANSWER})
    names.held.clear()
    resolver = Resolver(names)
    patient = asyncio.create_task(resolver.resolve("a.example", 5))
    with pytest.raises(TimeoutError):
        await resolver.resolve("a.example", 0.05)
    names.held.set()
    assert await patient == ANSWER


async def test_closing_ends_the_waiting():
    names = Names({"a.example": ANSWER})
    names.held.clear()
    resolver = Resolver(names)
    waiting = asyncio.create_task(resolver.resolve("a.example", 60))
    await asyncio.sleep(0)
    resolver.forget()
    with pytest.raises(ResolutionFailed, match="closes"):
        await waiting
    names.held.set()


@pytest.mark.parametrize(
    "answer", [OSError(-2, "Name or service not known"), UnicodeError("label too long"), KeyError("bug"), []]
)
async def test_a_name_without_an_address(answer):
    names = Names({"a.example": answer})
    resolver = Resolver(names)
    for _ in range(2):  # a failure is not remembered
        with pytest.raises(ResolutionFailed, match=r"a\.example"):
            await resolver.resolve("a.example", 5)
    assert len(names.asked) == 2


@pytest.mark.parametrize("name", ["localhost", "a.localhost"])
async def test_loopback_names_are_not_looked_up(name):
    assert await Resolver(Names({})).resolve(name, 5) == ["127.0.0.1", "::1"]


async def test_what_is_known_is_bounded():
    resolver = Resolver(lambda name: ANSWER)
    for number in range(1100):
        await resolver.resolve(f"n{number}.example", 5)
    assert len(resolver._known) <= 1024


async def test_the_systems_resolver_is_asked_by_default():
    assert "127.0.0.1" in await Resolver().resolve("127.0.0.1", 5)
