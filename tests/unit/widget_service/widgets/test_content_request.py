"""The request for content: how params and props travel, what of them does not, and which headers are sent."""

import json

import pytest

from unit.widget_service.widgets.extensions import content_widget
from widget_service.widgets.hosting.content_request import content_request
from widget_service.widgets.registry import validate_extensions

URL = "https://api.example.com/html"


def request_for(props, **content):
    [definition] = validate_extensions({"widgets": [content_widget(**content)]}).widgets
    return content_request(definition.content, props)


@pytest.mark.parametrize(
    ("props", "content", "url"),
    [
        ({}, {}, URL),
        ({"title": "a b&c"}, {}, f"{URL}?title=a%20b%26c"),
        ({"plants": ["fern", "a,b", "é"]}, {}, f"{URL}?plants=fern,a,b,%C3%A9"),
        ({"plants": []}, {}, f"{URL}?plants="),
        ({"title": "", "size": None}, {}, f"{URL}?title="),
        ({"on": True, "n": 1.5, "deep": {"a": 1}}, {}, f"{URL}?on=true&n=1.5&deep=%7B%22a%22%3A%201%7D"),
        ({"a": 1}, {"endpoint": f"{URL}?x=1#top"}, f"{URL}?x=1&a=1#top"),
        (
            {"a": "of the instance"},
            {"params": {"key": [1, None, "b"], "no": None, "deep": {"c": True}}},
            f"{URL}?key=1&key=b&deep=%7B%22c%22%3A%20true%7D&a=of%20the%20instance",
        ),
        # What a form keeps beside a value stays here, and the order of a list is kept.
        (
            {"plants": [{"value": "b", "cachedLabel": "B"}, {"value": "a", "cachedLabel": "A"}]},
            {},
            f"{URL}?plants=b,a",
        ),
        ({"plant": {"value": 7, "cachedLabel": "Fern"}}, {}, f"{URL}?plant=7"),
        ({"plant": {"value": 7}}, {}, f"{URL}?plant=%7B%22value%22%3A%207%7D"),
    ],
    ids=str,
)
def test_a_get_carries_params_and_props_in_its_query(props, content, url):
    request = request_for(props, **content)
    assert (request.method, request.url, request.body) == ("GET", url, None)


@pytest.mark.parametrize(
    ("props", "content", "body"),
    [
        ({}, {}, {}),
        ({"plants": ["b", "a"], "none": [], "nothing": None}, {}, {"plants": ["b", "a"], "none": [], "nothing": None}),
        ({"a": 2}, {"body": {"a": 1, "b": 1}}, {"a": 2, "b": 1}),
        ({"a": 2}, {"body": [1]}, {"a": 2}),
        ({"p": [{"value": 1, "cachedLabel": "x"}]}, {}, {"p": [1]}),
        ({"p": {"id": 1, "cachedLabel": "x"}}, {}, {"p": {"id": 1}}),
    ],
    ids=str,
)
def test_a_post_carries_props_over_its_body_as_json(props, content, body):
    request = request_for(props, method="POST", params={"key": 1}, **content)
    assert (request.method, request.url) == ("POST", f"{URL}?key=1")
    assert json.loads(request.body) == body
    assert dict(request.headers)["Content-Type"] == "application/json"


def test_headers_of_the_definition_win_and_do_not_follow_a_redirect_elsewhere():
    request = request_for({}, headers={"accept": "text/plain", "X-Key": "k"})
    assert request.headers == [("accept", "text/plain"), ("X-Key", "k")]
    assert set(request.sensitive_headers) == {"accept", "x-key"}
