"""The resolved request as a header: ASCII JSON, never longer than 4 KiB, and said to be cut where it was."""

import json

import pytest

from widget_service.control.debug_request import MAX_LENGTH, MEMBERS, debug_request

SMALL = {
    "permalink": "plants",
    "url": "https://api.example.com/ż",
    "method": "POST",
    "headers": [{"name": "X", "value": "line\nbreak", "from": "connector"}],
    "request_body": "漢",
}


def test_a_small_request_is_told_whole_with_all_members():
    text = debug_request(SMALL)
    told = json.loads(text)
    assert tuple(told) == MEMBERS
    assert told["headers"] == SMALL["headers"]
    assert told["authentication"] is None
    assert text.isascii()
    assert text.isprintable(), "nothing in it ends the header"


@pytest.mark.parametrize(
    "more",
    [
        {"request_body": "x" * 100_000},
        {"request_body": "漢" * 100_000},
        {"url": "https://x/" + "a" * 10_000},
        {"headers": [{"name": f"X-{n}", "value": "v" * 1000, "from": "connector"} for n in range(200)]},
        {"query_parameters": [{"name": "n" * 255, "value": "\u0001" * 1000, "from": "caller"}] * 5000},
        {"authentication": {"type": "jwt", "steps": [{"what": "fetched", "ms": 1.0}] * 1000}},
    ],
)
def test_a_large_one_is_cut_to_fit(more):
    text = debug_request({**SMALL, **more})
    told = json.loads(text)
    assert len(text) <= MAX_LENGTH
    assert told["truncated"] is True
    assert told["method"] == "POST"
    assert set(told) == {*MEMBERS, "truncated"}
