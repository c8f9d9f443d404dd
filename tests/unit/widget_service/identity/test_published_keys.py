"""Published keys: fetched when a token needs them, once for all who wait, and kept while the provider is away."""

import asyncio

import pytest

from widget_service.identity.published_keys import (
    MAX_FRESH_S,
    MIN_INTERVAL_S,
    Fetched,
    KeysUnavailable,
    PublishedKeys,
)
from widget_service.identity.user_keys import UserKey, secret_key

ONE, TWO = secret_key(b"1" * 32, kid="one"), secret_key(b"2" * 32, kid="two")


class Provider:
    """What a test has published; it can be away, or not answer."""

    def __init__(self) -> None:
        self.keys = [ONE]
        self.fresh_s: float | None = None
        self.is_away = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = 0
        self.now = 0.0

    async def fetch(self) -> Fetched:
        self.asked += 1
        await self.answers.wait()
        if self.is_away:
            raise KeysUnavailable("away")
        return Fetched(list(self.keys), self.fresh_s)

    def published(self, wait_s: float = 5.0) -> PublishedKeys:
        return PublishedKeys("default", self.fetch, monotonic=lambda: self.now, wait_s=wait_s)


@pytest.fixture
def provider() -> Provider:
    return Provider()


async def settled(provider: Provider, asked: int) -> None:
    """Wait until a fetch in the background has come and gone."""
    async with asyncio.timeout(5):
        while provider.asked < asked:
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)


async def test_calls_wait_for_one_fetch_together(provider):
    published = provider.published()
    assert await asyncio.gather(*(published.look_again() for _ in range(50))) == [True] * 50
    assert (provider.asked, list(published.keys)) == (1, [ONE])


async def test_a_key_that_nobody_publishes_is_not_asked_for_again_and_again(provider):
    published = provider.published()
    await published.look_again()
    for _ in range(100):
        assert await published.look_again() is False
    assert provider.asked == 1
    provider.now += MIN_INTERVAL_S
    assert await published.look_again() is False
    assert provider.asked == 2


async def test_a_new_key_is_found_when_a_token_names_it(provider):
    published = provider.published()
    await published.look_again()
    provider.keys, provider.now = [ONE, TWO], MIN_INTERVAL_S
    assert await published.look_again() is True
    assert list(published.keys) == [ONE, TWO]


async def test_a_call_waits_no_longer_than_it_may_for_a_provider_that_hangs(provider):
    provider.answers.clear()
    published = provider.published(wait_s=0.05)
    async with asyncio.timeout(5):
        assert await published.look_again() is False
    provider.answers.set()
    await settled(provider, 1)
    assert list(published.keys) == [ONE]  # the fetch went on beside


async def test_a_call_that_is_broken_off_breaks_no_other_off(provider):
    provider.answers.clear()
    published = provider.published()
    first, second = (asyncio.create_task(published.look_again()) for _ in range(2))
    await settled(provider, 1)
    first.cancel()
    provider.answers.set()
    assert await second is True
    assert first.cancelled() or first.cancelling()


async def test_the_last_keys_stay_while_the_provider_is_away(provider):
    published = provider.published()
    await published.look_again()
    provider.is_away = True
    for _ in range(3):
        provider.now += MAX_FRESH_S
        published.renew_if_stale()
        await settled(provider, provider.asked)
        assert list(published.keys) == [ONE]
        assert await published.look_again() is False
    provider.is_away, provider.keys, provider.now = False, [TWO], provider.now + MAX_FRESH_S
    assert await published.look_again() is True
    assert list(published.keys) == [TWO]


@pytest.mark.parametrize(("fresh_s", "stale_at"), [(None, 600), (0, 60), (3600, 3600), (10**9, MAX_FRESH_S)])
async def test_keys_are_renewed_beside_the_calls_when_it_is_time(provider, fresh_s, stale_at):
    provider.fresh_s = fresh_s
    published = provider.published()
    published.renew_if_stale()
    await settled(provider, 1)
    provider.now = stale_at - 1
    published.renew_if_stale()
    await settled(provider, 1)
    assert provider.asked == 1
    provider.now = stale_at
    published.renew_if_stale()
    await settled(provider, 2)
    assert provider.asked == 2


async def test_it_is_the_same_set_while_the_keys_are_the_same(provider):
    published = provider.published()
    await published.look_again()
    before, provider.now = published.keys, MAX_FRESH_S
    published.renew_if_stale()
    await settled(provider, 2)
    assert published.keys is before


async def test_a_key_that_is_for_another_algorithm_now_is_another_key(provider):
    published = provider.published()
    provider.keys = [UserKey(ONE.key, {"HS256": "HS256"}, "one")]
    await published.look_again()
    provider.keys, provider.now = [UserKey(ONE.key, {"HS512": "HS512"}, "one")], MAX_FRESH_S
    published.renew_if_stale()
    await settled(provider, 2)
    assert list(published.keys) == provider.keys


async def test_closing_ends_a_fetch(provider):
    provider.answers.clear()
    published = provider.published()
    published.renew_if_stale()
    await settled(provider, 1)
    async with asyncio.timeout(5):
        await published.aclose()
