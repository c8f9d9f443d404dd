"""Where redirects lead, and what goes with them; decided without I/O."""

import pytest

from widget_service.egress.redirects import headers_for_other_origin, redirect_target
from widget_service.egress.urls import UrlError, parse_url

BASE = "https://a.example/b/c/d?q=1"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("https://b.example/x", "https://b.example/x"),
        ("HTTP://B.example", "http://b.example"),
        ("//b.example:8443/x?y", "https://b.example:8443/x?y"),
        ("/x", "https://a.example/x"),
        ("x", "https://a.example/b/c/x"),
        ("./x", "https://a.example/b/c/x"),
        ("../x", "https://a.example/b/x"),
        ("../../../../x", "https://a.example/x"),
        ("..", "https://a.example/b/"),
        (".", "https://a.example/b/c/"),
        ("?y=2", "https://a.example/b/c/d?y=2"),
        ("/x?y=/../z", "https://a.example/x?y=/../z"),
        ("/x#part", "https://a.example/x"),
        (" /x ", "https://a.example/x"),
        ("/a b/ü?é", "https://a.example/a%20b/%C3%BC?%C3%A9"),
        ("/x:y", "https://a.example/x:y"),
        ("./x:y", "https://a.example/b/c/x:y"),
        ("/a/./b/../c", "https://a.example/a/c"),
        ("/.hidden", "https://a.example/.hidden"),
        ("https://b.example/a/../b", "https://b.example/b"),
    ],
)
def test_target(location, expected):
    assert redirect_target(parse_url(BASE), location) == parse_url(expected)


@pytest.mark.parametrize(
    "location",
    [
        "",
        "#part",
        "ftp://b.example/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "https:/b.example",
        "https:b.example",
        "x:y",
        "https://",
        "//",
        "///b.example/",
        "\\\\b.example/",
        "/\\b.example/",
        "https://user:password@b.example/",
        "https://127.1/",
        "https://bücher.example/",
        "https://b.example:0/",
        "/x\ny",
        "/x\ty",
        "https://b.example\t/",
    ],
    ids=ascii,
)
def test_unusable(location):
    with pytest.raises(UrlError):
        redirect_target(parse_url(BASE), location)


def test_a_path_that_is_empty_counts_as_the_root():
    assert redirect_target(parse_url("https://a.example"), "x").target == "/x"
    assert redirect_target(parse_url("https://a.example"), "?x").target == "/?x"


def test_what_does_not_go_to_another_origin():
    headers = [("Accept", "a"), ("AUTHORIZATION", "b"), ("X-Key", "c"), ("Cookie", "d"), ("Proxy-Authorization", "e")]
    assert headers_for_other_origin(headers, frozenset({"x-key"})) == [("Accept", "a")]
