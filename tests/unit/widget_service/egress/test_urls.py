"""The one parser of URLs, held against the vectors."""

import re
from pathlib import Path

import pytest

import widget_service
from unit.widget_service.egress.vectors import cases
from widget_service.egress.urls import Url, UrlError, parse_url

REFUSED = cases("urls/refused.json")
ADMITTED = cases("urls/admitted.json")
SECRET = "hunter2-in-the-query"


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: ascii(case["url"]))
def test_refused(case):
    with pytest.raises(UrlError):
        parse_url(case["url"])


@pytest.mark.parametrize("case", ADMITTED, ids=lambda case: case["url"])
def test_admitted(case):
    parts = dict(case)
    assert parse_url(parts.pop("url")) == Url(**parts)


def test_an_origin_is_read_as_itself():
    for case in ADMITTED:
        again = parse_url(case["origin"])
        assert [again.scheme, again.host, again.port, again.origin] == [
            case[part] for part in ("scheme", "host", "port", "origin")
        ]


def test_a_refusal_does_not_repeat_what_may_be_secret():
    for case in REFUSED:
        with pytest.raises(UrlError) as refused:
            parse_url(f"{case['url']}{'&' if '?' in case['url'] else '?'}key={SECRET}#")
        assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", "/"),
        ("https://example.com?x=1", "/?x=1"),
        ("https://example.com/?", "/"),
        ("https://example.com/a?b=c?d", "/a?b=c?d"),
    ],
)
def test_the_target_of_a_request_line(url, target):
    assert parse_url(url).target == target


def test_the_tables_are_as_long_as_they_should_be():
    assert len(REFUSED) + len(cases("addresses/refused.json")) >= 200
    assert len(ADMITTED) + len(cases("addresses/admitted.json")) >= 40


def test_the_service_has_no_second_parser():
    """Two readers of a URL that differ are how guards are passed. The address of a cache is none of http."""
    sources = Path(widget_service.__file__).parent
    others = {
        path.relative_to(sources).as_posix()
        for path in sources.rglob("*.py")
        if re.search(r"\burl(split|parse)\b|\bhttpx2?\.URL\b|\bfurl\b|yarl", path.read_text("utf-8"))
    }
    assert others <= {"valkey.py", "cli/remote.py"}
