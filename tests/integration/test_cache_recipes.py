"""The recipes of ``docs/how-to/cache-answers.md``: every one is valid, and keeps what it says."""

import itertools
import json

import pytest

from support.executing import executor
from support.pages import blocks
from support.upstream import Reply

RECIPES = {recipe["name"]: recipe for recipe in map(json.loads, blocks("docs/how-to/cache-answers.md", "json"))}
KEPT, NOT_KEPT = ["Cache Miss", "Cache Hit"], ["Cache Miss", "Cache Miss"]


@pytest.mark.parametrize(
    ("name", "cache_control", "expected"),
    [
        ("Opening hours", None, KEPT),
        ("Opening hours", "no-store", NOT_KEPT),
        ("Countries", "no-store, private", KEPT),
        ("My tasks", "private, max-age=60", KEPT),
        ("My tasks", None, NOT_KEPT),
        ("Balance", "max-age=60", ["Bypass", "Bypass"]),
    ],
)
async def test_a_recipe_keeps_what_it_says(upstream, name, cache_control, expected):
    numbers, headers = itertools.count(), {"Cache-Control": cache_control} if cache_control else {}
    path = RECIPES[name]["url"].removeprefix("https://api.example.com")
    upstream.replies[path] = lambda _: Reply(200, str(next(numbers)).encode(), headers)
    permalink = name.lower().replace(" ", "-")
    async with executor([RECIPES[name]], host_map={"api.example.com": upstream.origin}) as service:
        results = [await service.execute(permalink) for _ in range(2)]
    assert [str(execution.timing.cache_result) for execution, _ in results] == expected
    if expected != KEPT:
        assert ("Cache-Control", "no-store") in results[-1][1].headers or cache_control == "max-age=60"


def test_all_recipes_are_tried():
    assert set(RECIPES) == {"Opening hours", "Countries", "My tasks", "Balance"}
