"""``docs/how-to/composites.md`` and ``batch.md``: every definition in them is valid, and does what the page says."""

import json
import re
from pathlib import Path

import pytest

from support.executing import executor
from support.upstream import reply_json
from widget_service.execution.batch.items import read_items

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
FENCED = re.compile(r"```json\n(.*?)```", re.S)
COMPOSITES = [json.loads(text) for text in FENCED.findall((PAGES / "composites.md").read_text())]
WEATHER = {
    "name": "Weather",
    "url": "https://weather.example.com/now",
    "query_parameters": [{"key": "q", "value": "", "overridable": True}],
}
HOSTS = ("api.example.com", "mcp.example.com", "news.example.com", "weather.example.com")
EXPECTED = {
    "order-status": {"status": "sent"},
    "assistant": {"session": "s-1", "params": {"number": "A-17"}},
    "dashboard": {"orders": [{"id": 7}], "news": None, "weather": {"q": [["q", "Gdynia"]]}},
}


@pytest.mark.parametrize("composite", COMPOSITES, ids=lambda composite: composite["permalink"])
async def test_a_composite_of_the_page_runs(composite, upstream):
    upstream.replies |= {
        "/orders": reply_json([{"id": 7}]),
        "/orders/7": reply_json({"status": "sent"}),
        "/latest": reply_json({}, 503),
        "/now": lambda request: reply_json({"q": request.query}),
        "/": _assistant,
    }
    values = {"secrets": {"orders_token": "t"}, "host_map": dict.fromkeys(HOSTS, upstream.origin)}
    async with executor([WEATHER], composites=[composite], **values) as service:
        call = {"body": b'{"number": "A-17"}', "headers": {"content-type": "application/json"}}
        _, answer = await service.compose(composite["permalink"], query_string="city=Gdynia", **call)
    assert (answer.status, json.loads(answer.body)) == (200, EXPECTED[composite["permalink"]])


def _assistant(request):
    asked = json.loads(request.body)
    if asked["method"] == "initialize":
        return reply_json({}, Mcp_Session_Id="s-1")
    return reply_json({"session": request.headers["mcp-session-id"], "params": asked.get("params")})


def test_the_batch_of_the_page_is_one():
    (text,) = FENCED.findall((PAGES / "batch.md").read_text())
    items = read_items(text.encode())
    assert [item.problems for item in items] == [[], [], []]
