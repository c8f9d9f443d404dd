"""Cache strategies of content: what is used again, until when, and what makes room."""

import pytest

from unit.widget_service.widgets.extensions import content_widget
from widget_service.widgets.hosting import content_cache
from widget_service.widgets.hosting.content_cache import ContentCache, lifetime_s
from widget_service.widgets.registry import validate_extensions


@pytest.mark.parametrize(
    ("fields", "lifetime"),
    [
        ({}, 0),
        ({"cacheStrategy": "none"}, 0),
        ({"cacheStrategy": "no-cache", "cacheTtlSeconds": 60}, 0),
        ({"cacheStrategy": "ttl", "cacheTtlSeconds": 60}, 60),
        ({"cacheStrategy": "ttl"}, 0),
        ({"cacheStrategy": "permanent"}, float("inf")),
    ],
    ids=str,
)
def test_the_lifetime_follows_from_the_strategy(fields, lifetime):
    [definition] = validate_extensions({"widgets": [content_widget(**fields)]}).widgets
    assert lifetime_s(definition.content) == lifetime


def test_an_answer_is_used_again_until_its_time_is_over():
    cache = ContentCache()
    cache.put("a", "<p>", lifetime_s=10, now_s=100)
    assert [cache.get("a", now_s) for now_s in (100, 109.9, 110, 109)] == ["<p>", "<p>", None, None]
    cache.put("a", "<p>", lifetime_s=float("inf"), now_s=0)
    assert cache.get("a", 1e12) == "<p>"
    cache.put("a", "<b>", lifetime_s=0, now_s=0)
    assert cache.get("a", 0) is None


def test_what_was_used_longest_ago_makes_room(monkeypatch):
    monkeypatch.setattr(content_cache, "MAX_KEPT_BYTES", 10)
    cache = ContentCache()
    for key in "abc":
        cache.put(key, "é" * 2, lifetime_s=10, now_s=0)
        cache.get("a", 0)
    assert [cache.get(key, 0) is not None for key in "abc"] == [True, False, True]
    cache.put("large", "x" * 11, lifetime_s=10, now_s=0)
    assert cache.get("large", 0) is None
    assert cache.get("a", 0) is not None
