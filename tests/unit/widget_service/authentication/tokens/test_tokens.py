"""The tokens of a process: asked for once, renewed ahead of need, and a dead endpoint left alone. Time is injected."""

import asyncio
import json
import time
from itertools import pairwise

import pytest

from support.memory_store import MemoryStore
from support.token_grants import client_credentials
from widget_service.authentication.tokens.answer import Answer, TokenRefused
from widget_service.authentication.tokens.fetching import Fetcher
from widget_service.authentication.tokens.memory import TokenMemory
from widget_service.authentication.tokens.service import Tokens
from widget_service.authentication.tokens.token import Token
from widget_service.errors import ServiceError

START = 1_700_000_000.0


class Endpoint:
    """A token endpoint that numbers its tokens; ``down`` makes it fail, ``gate`` makes it wait."""

    def __init__(self) -> None:
        self.now = START
        self.set_back_s = 0.0
        self.asked: list[dict[str, str]] = []
        self.asked_at: list[float] = []
        self.took_s: list[float] = []
        self.expires_in: object = 3600
        self.down: Exception | Answer | None = None
        self.gate: asyncio.Event | None = None
        self.tokens = self.process()

    def process(self, **options) -> Tokens:
        """Return the tokens of a process; ``options`` are the fetcher's."""
        clock = {"now": lambda: self.now, "monotonic": lambda: self.now + self.set_back_s}
        return Tokens(Fetcher(self.ask, now=lambda: self.now, **options), **clock, limit_s=2)

    async def ask(self, request) -> Answer:
        form = dict(request.form)
        self.asked.append(form)
        self.asked_at.append(self.now)
        number = len(self.asked)
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        if isinstance(self.down, Answer):
            return self.down
        if self.down is not None:
            raise self.down
        token = f"{form.get('scope', '')}/{number}"
        return Answer(200, {}, json.dumps({"access_token": token, "expires_in": self.expires_in}).encode())

    async def obtain(self, grant=None, *, refused=None, wait_s=5.0):
        until = asyncio.get_running_loop().time() + wait_s
        return await self.tokens.obtain(grant or client_credentials(), until=until, refused=refused)

    async def value(self, grant=None, **options) -> str:
        return (await self.obtain(grant, **options)).token.value

    async def error(self, **options) -> str:
        started = time.perf_counter()
        with pytest.raises(ServiceError) as caught:
            await self.obtain(**options)
        assert (caught.value.code, caught.value.scope) == ("OAUTH_TOKEN_ERROR", "Authentication (OAuth token)")
        self.took_s.append(time.perf_counter() - started)
        return caught.value.detail

    async def settled(self) -> None:
        """Return when nothing is under way."""
        await asyncio.gather(*self.tokens._flights.values(), return_exceptions=True)


@pytest.fixture
async def endpoint():
    endpoint = Endpoint()
    yield endpoint
    await endpoint.tokens.aclose()


async def test_five_hundred_at_once_ask_once(endpoint):
    for round_ in (1, 2):
        values = await asyncio.gather(*(endpoint.value() for _ in range(500)))
        assert values == [f"/{round_}"] * 500
        endpoint.now += 3600
    assert len(endpoint.asked) == 2


async def test_two_scopes_interleaved_never_get_each_other_s(endpoint):
    endpoint.expires_in = 30
    grants = {scope: client_credentials(scope=scope) for scope in ("read", "write")}

    async def one(number: int) -> None:
        scope = ("read", "write")[number % 2]
        value = await endpoint.value(grants[scope])
        assert value.startswith(scope + "/"), value
        if number % 10 == 0:
            endpoint.now += 1

    for start in range(0, 10_000, 100):
        await asyncio.gather(*(one(start + number) for number in range(100)))
    await endpoint.settled()
    assert {form["scope"] for form in endpoint.asked} == {"read", "write"}
    assert len(endpoint.asked) > 30  # it was renewed on the way, many times


async def test_a_token_is_renewed_within_its_margin_while_the_old_one_serves(endpoint):
    assert (await endpoint.obtain()).how == "fetched"
    endpoint.now = START + 3539
    obtained = await endpoint.obtain()
    assert (obtained.how, obtained.is_renewing, len(endpoint.asked)) == ("cached", False, 1)
    endpoint.now, endpoint.gate = START + 3541, asyncio.Event()
    for _ in range(50):
        obtained = await endpoint.obtain()
        assert (obtained.token.value, obtained.how, obtained.is_renewing) == ("/1", "cached", True)
    endpoint.gate.set()
    await endpoint.settled()
    assert (await endpoint.value(), len(endpoint.asked)) == ("/2", 2)


async def test_a_token_without_a_lifetime_serves_those_who_waited_for_it(endpoint):
    endpoint.expires_in = 0
    assert await asyncio.gather(*(endpoint.value() for _ in range(10))) == ["/1"] * 10
    assert await endpoint.value() == "/2"


@pytest.mark.parametrize(
    ("down", "says"),
    [
        (TokenRefused("It is dead.", is_of_endpoint=True, is_silent=True), "It is dead."),
        (TokenRefused("It gives nonsense."), "It gives nonsense."),
        (Answer(503, {}, b""), "answered 503"),
    ],
)
async def test_an_endpoint_that_is_dead_for_five_minutes(endpoint, down, says):
    """Calls succeed while the token lives, then fail at once; few attempts; recovery within ten seconds."""
    assert await endpoint.value() == "/1"
    endpoint.down = down
    endpoint.now = dead = START + 3400
    outcomes = []
    while endpoint.now < dead + 300:
        if endpoint.now < START + 3600:
            assert await endpoint.value() == "/1"
        else:
            outcomes.append(await endpoint.error())
        await endpoint.settled()
        endpoint.now += 0.5
    assert len(outcomes) == 200
    assert sorted(endpoint.took_s)[190] < 1  # who waits does so for 2 s
    assert all(says in detail for detail in outcomes)
    attempts = endpoint.asked_at[1:]
    assert 160 / 6 <= len(attempts) <= 160 / 5 + 1  # since the margin began
    assert all(later - earlier >= 5 for earlier, later in pairwise(attempts))
    endpoint.down = None
    back = endpoint.now
    while endpoint.tokens._memory.get(client_credentials().key, endpoint.now) is None:
        try:
            await endpoint.obtain()
        except ServiceError:
            endpoint.now += 0.5
    assert endpoint.now - back < 10
    assert (await endpoint.obtain()).how == "cached"


async def test_an_endpoint_that_hangs_makes_only_the_first_wait(endpoint):
    endpoint.down = TokenRefused("It is dead.", is_silent=True)
    await endpoint.error()
    endpoint.gate = asyncio.Event()
    endpoint.now += 6
    for _ in range(3):
        assert "It is dead" in await endpoint.error()
    assert len(endpoint.asked) == 2
    endpoint.down = None
    endpoint.gate.set()
    await endpoint.settled()
    assert await endpoint.value() == "/2"


async def test_an_endpoint_that_answered_and_is_slow_now_is_waited_for(endpoint):
    endpoint.down = Answer(503, {}, b"")
    await endpoint.error()
    endpoint.down, endpoint.gate = None, asyncio.Event()
    endpoint.now += 6
    waiting = asyncio.create_task(endpoint.value())
    done, _ = await asyncio.wait({waiting}, timeout=0.15)
    assert not done
    endpoint.gate.set()
    assert await waiting == "/2"


async def test_a_clock_that_is_set_back_does_not_prolong_a_failure(endpoint):
    endpoint.down = TokenRefused("It is dead.")
    await endpoint.error()
    endpoint.down = None
    endpoint.now -= 7200
    endpoint.set_back_s = 7200 + 6
    assert await endpoint.value() == "/2"


async def test_a_failure_is_forgotten_after_a_while(endpoint):
    endpoint.down = TokenRefused("It is dead.", is_silent=True)
    await endpoint.error()
    endpoint.down, endpoint.gate = None, asyncio.Event()
    endpoint.now += 60
    waiting = asyncio.create_task(endpoint.value())
    done, _ = await asyncio.wait({waiting}, timeout=0.15)
    assert not done
    endpoint.gate.set()
    assert await waiting == "/2"


@pytest.mark.parametrize(("retry_after", "pause_s"), [(None, 5), ("2", 5), ("20", 20), ("86400", 300), ("soon", 5)])
async def test_retry_after_is_honoured_within_bounds(endpoint, retry_after, pause_s):
    headers = {} if retry_after is None else {"retry-after": retry_after}
    endpoint.down = Answer(429, headers, b'{"error": "slow_down"}')
    assert "answered 429: slow_down" in await endpoint.error()
    endpoint.down = None
    endpoint.now += pause_s - 0.1
    await endpoint.error()
    assert len(endpoint.asked) == 1
    endpoint.now += 0.2
    assert await endpoint.value() == "/2"


@pytest.mark.parametrize(
    ("down", "asked"),
    [
        (TokenRefused("It is dead.", is_of_endpoint=True), 1),
        (Answer(503, {}, b""), 1),
        (Answer(429, {}, b""), 1),
        (Answer(400, {}, b'{"error": "invalid_scope"}'), 20),
    ],
)
async def test_a_dead_endpoint_is_not_asked_for_each_of_many_tokens(endpoint, down, asked):
    """One token a user, say: what is wrong with the endpoint is wrong for all, what is wrong with one is not."""
    endpoint.down = down
    grants = [client_credentials(scope=str(number)) for number in range(20)]
    for round_ in (1, 2):
        for grant in grants:
            await endpoint.error(grant=grant)
        assert len(endpoint.asked) == asked * round_
        endpoint.now += 6
    other = client_credentials(tenant_id="other")
    await endpoint.error(grant=other)
    assert len(endpoint.asked) == asked * 2 + 1
    endpoint.down = None
    assert (await endpoint.value(grants[0])).startswith("0/")
    assert (await endpoint.value(grants[1])).startswith("1/")


async def test_a_refused_token_is_replaced_once_for_all_who_had_it(endpoint):
    first = (await endpoint.obtain()).token
    endpoint.now += 6
    values = await asyncio.gather(*(endpoint.value(refused=first) for _ in range(100)))
    assert values == ["/2"] * 100
    assert await endpoint.value(refused=first) == "/2"  # compared: the new one stays
    assert len(endpoint.asked) == 2


async def test_a_token_of_a_moment_ago_is_replaced(endpoint):
    token = (await endpoint.obtain()).token
    for number in range(2, 6):
        token = (await endpoint.obtain(refused=token)).token
        assert token.value == f"/{number}"


async def test_where_a_new_token_did_not_help_none_is_asked_for_in_five_seconds(endpoint):
    """A destination that always refuses costs one token request in that time, however many calls there are."""
    token = (await endpoint.obtain()).token
    for _ in range(200):
        endpoint.now += 0.1
        token = (await endpoint.obtain(refused=token)).token
        endpoint.tokens.note_in_vain(client_credentials())
    assert 5 <= len(endpoint.asked) <= 6
    other = client_credentials(tenant_id="other")
    refused = (await endpoint.obtain(other)).token
    assert (await endpoint.obtain(other, refused=refused)).token != refused


async def test_a_refusal_during_an_outage_leaves_the_living_token_to_the_others(endpoint):
    token = (await endpoint.obtain()).token
    endpoint.now += 6
    endpoint.down = TokenRefused("It is dead.")
    assert "It is dead" in await endpoint.error(refused=token)
    assert await endpoint.value() == "/1"


async def test_a_server_that_gives_the_same_token_again_is_believed(endpoint):
    endpoint.down = Answer(200, {}, b'{"access_token": "same"}')
    first = (await endpoint.obtain()).token
    endpoint.now += 6
    second = (await endpoint.obtain(refused=first)).token
    assert (second.value, len(endpoint.asked)) == ("same", 2)
    assert (await endpoint.obtain(refused=first)).token == second


async def test_one_who_gives_up_does_not_take_the_others_along(endpoint):
    endpoint.gate = asyncio.Event()
    first = asyncio.create_task(endpoint.value())
    await asyncio.sleep(0)
    second = asyncio.create_task(endpoint.obtain())
    await asyncio.sleep(0)
    first.cancel()
    endpoint.gate.set()
    obtained = await second
    assert (obtained.token.value, obtained.how, len(endpoint.asked)) == ("/1", "waited", 1)


async def test_nobody_waits_for_longer_than_there_is_time(endpoint):
    endpoint.gate = asyncio.Event()
    assert "did not give a token in time" in await endpoint.error(wait_s=0.02)


async def test_an_endpoint_that_never_answers_ends_with_the_limit():
    endpoint = Endpoint()
    endpoint.tokens._limit_s = 0.05
    endpoint.gate = asyncio.Event()
    with pytest.raises(ServiceError, match=r"auth\.example\.com did not give a token in time"):
        await endpoint.obtain()
    await endpoint.tokens.aclose()


async def test_a_mistake_of_the_program_reaches_who_waits_and_is_not_remembered(endpoint):
    endpoint.down = ZeroDivisionError()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await endpoint.obtain()
    assert len(endpoint.asked) == 2


def test_memory_keeps_the_tokens_used_last():
    memory, token = TokenMemory(max_tokens=2), Token("t", 0, 100)
    keys = [client_credentials(scope=str(number)).key for number in range(3)]
    for key in keys[:2]:
        memory.put(key, token)
    assert memory.get(keys[0], 1) == token
    memory.put(keys[2], token)
    assert [memory.get(key, 1) is not None for key in keys] == [True, False, True]


class Leased(MemoryStore):
    """A store in which somebody else has every lease."""

    async def acquire(self, key, holder, lease_s):
        return False


async def test_a_lease_that_others_hold_for_too_long_is_passed_by(endpoint):
    endpoint.tokens = endpoint.process(shared=Leased(), lease_s=0.05)
    assert await endpoint.value() == "/1"


async def test_a_lease_that_is_lost_while_the_request_runs_costs_a_second_request_and_no_error(endpoint):
    """A process that stood still comes back: what it was given is used, and the other's lease stays the other's."""
    store = MemoryStore()
    slow, quick = (endpoint.process(shared=store, lease_s=0.05) for _ in range(2))
    endpoint.gate = asyncio.Event()
    until = asyncio.get_running_loop().time() + 5
    first = asyncio.create_task(slow.obtain(client_credentials(), until=until))
    while not endpoint.asked:
        await asyncio.sleep(0)
    store.leases.clear()
    second = asyncio.create_task(quick.obtain(client_credentials(), until=until))
    while len(endpoint.asked) < 2:
        await asyncio.sleep(0)
    store.leases = dict.fromkeys(store.leases, "a third process")
    endpoint.gate.set()
    obtained = [(await each).token.value for each in (first, second)]
    assert obtained == ["/1", "/2"]
    assert list(store.leases.values()) == ["a third process"]
    for tokens in (slow, quick):
        await tokens.aclose()


async def test_the_wait_for_others_is_no_failure_of_the_endpoint(endpoint):
    endpoint.tokens = endpoint.process(shared=Leased(), lease_s=30)
    endpoint.tokens._limit_s = 0.1
    assert "asked for elsewhere, or the database is locked" in await endpoint.error()
    endpoint.tokens._fetcher._shared = None
    assert await endpoint.value() == "/1"


async def test_a_refused_token_is_nobody_s_any_more_when_there_is_another(endpoint):
    """Also where the new one ends at once and is not kept."""
    store = MemoryStore()
    endpoint.tokens = endpoint.process(shared=store)
    first = (await endpoint.obtain()).token
    assert store.tokens == {client_credentials().key: first}
    endpoint.now += 6
    endpoint.expires_in = 0
    assert await endpoint.value(refused=first) == "/2"
    assert first not in store.tokens.values()


async def test_a_store_that_hangs_does_not_keep_a_token_from_who_waits(endpoint):
    store = MemoryStore()
    store.gate = asyncio.Event()
    endpoint.tokens = endpoint.process(shared=store)
    endpoint.tokens._limit_s = 0.1
    assert await endpoint.value(wait_s=0.2) == "/1"
    assert (await endpoint.obtain()).how == "cached"
    store.gate.set()
    await endpoint.tokens.aclose()
    assert [token.value for token in store.tokens.values()] == ["/1"]
    assert not store.leases
