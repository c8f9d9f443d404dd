"""The feed of changes: a page that connects again misses nothing, one too old loads anew, and all streams end."""

import asyncio

import pytest

from widget_service.widgets import change_feed
from widget_service.widgets.change_feed import ChangeFeed

RETRY = "retry: 200\n\n"


@pytest.fixture
def feed(monkeypatch):
    """A feed whose streams end as soon as nothing is left to tell."""
    monkeypatch.setattr(change_feed, "MAX_STREAM_S", 0.01)
    return ChangeFeed()


async def events(feed, position):
    """Return names and data of what a stream tells."""
    chunks = [chunk async for chunk in feed.stream(position)]
    assert chunks[0] == RETRY
    fields = [dict(line.split(": ", 1) for line in chunk.strip().split("\n")) for chunk in chunks[1:]]
    return [(event["event"], event["data"]) for event in fields]


async def test_what_was_published_before_a_page_was_rendered_is_not_told(feed):
    feed.publish("page")
    assert await events(feed, feed.position) == []


async def test_what_happened_meanwhile_is_told_in_order(feed):
    position = feed.position
    feed.publish("widget", '"a"')
    feed.publish("problems")
    assert await events(feed, position) == [("widget", '"a"'), ("problems", "null")]


async def test_the_id_of_an_event_is_the_position_behind_it(feed):
    position = feed.position
    feed.publish("widget", '"a"')
    [_, first] = [chunk async for chunk in feed.stream(position)]
    id_ = first.split("\n")[0].removeprefix("id: ")
    feed.publish("problems")
    assert await events(feed, id_) == [("problems", "null")]


@pytest.mark.parametrize("position", ["0-0", "nonsense", "{epoch}-x", "{epoch}-99", "{epoch}--1"])
async def test_a_position_that_is_not_known_means_to_load_the_page_anew(feed, position):
    assert await events(feed, position.replace("{epoch}", feed.position.partition("-")[0])) == [("page", "null")]


async def test_what_replaces_earlier_events_does_not_push_others_out(feed):
    position = feed.position
    feed.publish("widget", '"a"')
    for _ in range(300):
        feed.publish("calls", replaces=True)
    assert await events(feed, position) == [("widget", '"a"'), ("calls", "null")]


async def test_a_page_that_missed_too_much_loads_anew(feed):
    position = feed.position
    for _ in range(201):
        feed.publish("problems")
    assert await events(feed, position) == [("page", "null")]


@pytest.mark.parametrize("position", [None, ""])
async def test_without_a_position_a_stream_begins_now(feed, position):
    feed.publish("page")
    assert await events(feed, position) == []


async def test_a_waiting_stream_is_woken_and_ends_when_the_feed_closes():
    feed = ChangeFeed()
    stream = feed.stream(feed.position)
    assert await anext(stream) == RETRY
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    feed.publish("widget", '"a"')
    assert "event: widget" in await asyncio.wait_for(waiting, 5)
    waiting = asyncio.ensure_future(anext(stream, "the end"))
    await asyncio.sleep(0)
    feed.close()
    assert await asyncio.wait_for(waiting, 5) == "the end"
    assert [chunk async for chunk in feed.stream(feed.position)] == [RETRY]
