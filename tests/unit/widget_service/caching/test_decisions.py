"""Decisions of the cache, without I/O and without a clock."""

import time

import pytest

from widget_service.caching.dates import format_date, parse_date
from widget_service.caching.directives import (
    MAX_DELTA_S,
    NO_DIRECTIVES,
    RequestDirectives,
    parse_directives,
    request_directives,
    response_directives,
)
from widget_service.caching.entry import Entry
from widget_service.caching.freshness import Times, initial_age_s, lifetime_s
from widget_service.caching.invalidation import Epochs, changed_uris, normal_uri
from widget_service.caching.ranges import Part, part_of
from widget_service.caching.reuse import Use, may_replace_error, use_of
from widget_service.caching.storing import Rules, kept_headers, terms_of
from widget_service.caching.validation import conditions_of, confirms, is_unmodified, updated

NOW = 1_700_000_000.0
TIMES = Times(NOW, NOW)


def entry(cache_control: str, *headers: tuple[str, str], status: int = 200) -> Entry:
    pairs = [("Cache-Control", cache_control), ("Date", format_date(int(NOW))), *headers]
    terms = terms_of(status, pairs, TIMES, Rules())
    assert terms is not None
    return Entry(status, tuple(kept_headers(pairs, is_shared=True)), b"0123456789", terms, "u", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("max-age=1", {"max-age": ["1"]}),
        ("MAX-AGE=1 ,\tNo-Store", {"max-age": ["1"], "no-store": [None]}),
        ('a="x, y", b', {"a": ["x, y"], "b": [None]}),
        (r'a="x\"y"', {"a": ['x"y']}),
        ('a="not ended, max-age=1', {}),
        ("a=, b", {"a": [""], "b": [None]}),
        ("max-age =1, b", {"b": [None]}),
        ('"max-age=1", b', {"b": [None]}),
        ("=1, b", {"b": [None]}),
        ('a="x"y, b', {"b": [None]}),
        (",,,", {}),
        ("a=1, a=2", {"a": ["1", "2"]}),
    ],
)
def test_directives_are_read_and_what_is_none_is_passed_over(text, found):
    assert parse_directives(text) == found


@pytest.mark.parametrize(
    "text",
    [
        '"' * 60_000,
        "a=" * 30_000,
        ", " * 30_000 + '"',
        '\\"' * 30_000,
        'a="' + "\\" * 60_000,
        "a=" + " " * 60_000 + '"',
        '"' + '\\"' * 30_000 + "\\",
        " " * 60_000 + '"',
        "a" * 60_000 + '"',
    ],
)
def test_directives_of_any_text_take_no_time(text):
    started = time.process_time()
    parse_directives(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("max-age=5", 5),
        ("max-age=5, max-age=5", 5),
        ("max-age=5, max-age=6", 0),
        ("max-age=x", 0),
        ("max-age=-1", 0),
        ("max-age", 0),
        ("max-age=٣", 0),
        ("max-age=9" + "9" * 100, MAX_DELTA_S),
        ("public", None),
    ],
)
def test_a_lifetime_that_cannot_be_read_is_over(text, seconds):
    assert response_directives(text).max_age == seconds


def test_a_qualified_directive_beside_a_plain_one_is_plain():
    assert response_directives('no-cache="a", no-cache').no_cache
    assert response_directives('private="a"').private_fields == {"a"}


def test_pragma_counts_where_there_is_no_cache_control():
    assert request_directives(None, "no-cache").no_cache
    assert not request_directives("foo", "no-cache").no_cache
    assert request_directives("max-stale").max_stale == MAX_DELTA_S


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
        ("Sun Nov  6 08:49:37 1994", 784111777),
        ("sun, 06 nov 1994 08:49:37 gmt", 784111777),
        ("Sun, 06 Nov 1994 08:49:37 EST", None),
        ("Sun, 32 Nov 1994 08:49:37 GMT", None),
        ("0", None),
        ("Sun, 06 Nov 1994 ٠٨:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT" * 2, None),
    ],
)
def test_dates_have_three_forms(text, seconds):
    assert parse_date(text) == seconds


@pytest.mark.parametrize(
    ("headers", "shared", "private"),
    [
        ([("Cache-Control", "max-age=5, s-maxage=7")], 7, 5),
        ([("Cache-Control", "max-age=5"), ("Expires", format_date(int(NOW) + 9))], 5, 5),
        ([("Expires", format_date(int(NOW) + 9)), ("Date", format_date(int(NOW)))], 9, 9),
        ([("Expires", format_date(int(NOW) + 9))], 9, 9),
        ([("Expires", format_date(int(NOW) + 9)), ("Expires", format_date(int(NOW) + 10))], 0, 0),
        ([("Expires", "0")], 0, 0),
        ([("Last-Modified", format_date(0))], None, None),
    ],
)
def test_lifetimes(headers, shared, private):
    directives = response_directives(dict(headers).get("Cache-Control", ""))
    assert lifetime_s(headers, directives, TIMES, is_shared=True) == shared
    assert lifetime_s(headers, directives, TIMES, is_shared=False) == private


@pytest.mark.parametrize(
    ("headers", "requested_before_s", "age_s"),
    [
        ([], 0, 0),
        ([], 3, 3),
        ([("Age", "10")], 0, 10),
        ([("Age", "10")], 3, 13),
        ([("Date", format_date(int(NOW) - 20)), ("Age", "10")], 3, 20),
        ([("Date", format_date(int(NOW) + 20))], 0, 0),
        ([("Age", "x")], 0, 0),
        ([("Age", "10, 20")], 0, 10),
        ([("Date", "x"), ("Age", "-1")], 0, 0),
    ],
)
def test_ages_when_an_answer_comes(headers, requested_before_s, age_s):
    assert initial_age_s(headers, Times(NOW - requested_before_s, NOW)) == age_s


@pytest.mark.parametrize(
    ("cache_control", "after_s", "directives", "use"),
    [
        ("max-age=10", 9, NO_DIRECTIVES, Use.FRESH),
        ("max-age=10", 10, NO_DIRECTIVES, Use.VALIDATE),
        ("max-age=10", -30, NO_DIRECTIVES, Use.FRESH),  # the clock of another process is slow
        ("max-age=10", -3600, NO_DIRECTIVES, Use.VALIDATE),  # this one's was set back
        ("max-age=10", 0, RequestDirectives(no_cache=True), Use.VALIDATE),
        ("max-age=10", 5, RequestDirectives(max_age=5), Use.FRESH),
        ("max-age=10", 6, RequestDirectives(max_age=5), Use.VALIDATE),
        ("max-age=10", 5, RequestDirectives(min_fresh=5), Use.FRESH),
        ("max-age=10", 6, RequestDirectives(min_fresh=5), Use.VALIDATE),
        ("max-age=10", 15, RequestDirectives(max_stale=5), Use.STALE),
        ("max-age=10", 16, RequestDirectives(max_stale=5), Use.VALIDATE),
        ("max-age=10, must-revalidate", 15, RequestDirectives(max_stale=MAX_DELTA_S), Use.VALIDATE),
        ("s-maxage=10", 15, RequestDirectives(max_stale=MAX_DELTA_S), Use.VALIDATE),
        ("max-age=10, no-cache", 0, NO_DIRECTIVES, Use.VALIDATE),
        ("max-age=10, stale-while-revalidate=5", 14, NO_DIRECTIVES, Use.STALE_WHILE_REVALIDATING),
        ("max-age=10, stale-while-revalidate=5", 15, NO_DIRECTIVES, Use.VALIDATE),
        ("s-maxage=10, stale-while-revalidate=5", 14, NO_DIRECTIVES, Use.VALIDATE),
        ("max-age=10, stale-while-revalidate=5", 14, RequestDirectives(max_age=60), Use.VALIDATE),
    ],
)
def test_what_a_request_may_do_with_what_is_kept(cache_control, after_s, directives, use):
    assert use_of(entry(cache_control), directives, NOW + after_s) is use


@pytest.mark.parametrize(
    ("cache_control", "after_s", "directives", "may"),
    [
        ("max-age=10, stale-if-error=5", 14, NO_DIRECTIVES, True),
        ("max-age=10, stale-if-error=5", 15, NO_DIRECTIVES, False),
        ("max-age=10, stale-if-error=5, must-revalidate", 11, NO_DIRECTIVES, False),
        ("max-age=10, stale-if-error=5, proxy-revalidate", 11, NO_DIRECTIVES, False),
        ("max-age=10, stale-if-error=5, no-cache", 1, NO_DIRECTIVES, False),
        ("max-age=10, stale-if-error=5", 11, RequestDirectives(no_cache=True), False),
        ("max-age=10", 11, NO_DIRECTIVES, False),
    ],
)
def test_when_a_stale_answer_stands_for_an_error(cache_control, after_s, directives, may):
    assert may_replace_error(entry(cache_control), directives, NOW + after_s) is may


@pytest.mark.parametrize(
    ("status", "cache_control", "rules", "is_kept"),
    [
        (200, "max-age=1", Rules(), True),
        (200, "private, max-age=1", Rules(), False),
        (200, "private, max-age=1", Rules(is_shared=False), True),
        (200, "no-store", Rules(is_shared=False), False),
        (200, "max-age=1", Rules(is_authorized=True), False),
        (200, "max-age=1, public", Rules(is_authorized=True), True),
        (200, "", Rules(default_s=5), True),
        (200, "no-store", Rules(default_s=5), False),
        (200, "no-store, private", Rules(forced_s=5), True),
        (404, "max-age=1", Rules(), False),
        (404, "max-age=1", Rules(any_status=True), True),
        (500, "", Rules(forced_s=5), False),
        (206, "max-age=1", Rules(any_status=True), False),
        (304, "max-age=1", Rules(any_status=True), False),
        (499, "max-age=1, must-understand", Rules(any_status=True), False),
        (301, "max-age=1, must-understand, no-store", Rules(), True),
    ],
)
def test_what_is_kept(status, cache_control, rules, is_kept):
    headers = [("Cache-Control", cache_control)] if cache_control else []
    assert (terms_of(status, headers, TIMES, rules) is not None) is is_kept


def test_a_304_of_another_answer_confirms_nothing():
    kept = entry("max-age=1", ("ETag", '"a"'))
    assert confirms([("ETag", 'W/"a"')], kept)
    assert confirms([], kept)
    assert not confirms([("ETag", '"b"')], kept)


def test_a_304_without_date_makes_fresh_from_when_it_came():
    kept = entry("max-age=10", ("ETag", '"a"'), ("X", "1"))
    newer = updated(kept, [("X", "2")], Times(NOW + 100, NOW + 100), Rules(), epoch="e")
    assert newer is not None
    assert newer.fresh_until == NOW + 110
    assert ("X", "2") in newer.headers
    assert newer.epoch == "e"
    assert conditions_of(newer) == [("If-None-Match", '"a"')]


@pytest.mark.parametrize(
    ("request_headers", "is_not_modified"),
    [
        ({}, False),
        ({"if-none-match": '"a"'}, True),
        ({"if-none-match": '"b", W/"a"'}, True),
        ({"if-none-match": '"b"', "if-modified-since": format_date(int(NOW))}, False),
        ({"if-modified-since": format_date(int(NOW))}, True),
        ({"if-modified-since": format_date(int(NOW) - 1)}, False),
        ({"if-modified-since": "x"}, False),
    ],
)
def test_conditions_of_a_client(request_headers, is_not_modified):
    assert is_unmodified(entry("max-age=1", ("ETag", '"a"')), request_headers) is is_not_modified


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", Part(0, 0)),
        ("bytes=9-9", Part(9, 9)),
        ("bytes=5-", Part(5, 9)),
        ("bytes=-3", Part(7, 9)),
        ("bytes=-30", Part(0, 9)),
        ("bytes=5-3", None),
        ("bytes=-", None),
        ("bytes=a-b", None),
        ("bytes=1-2, 4-5", None),
    ],
)
def test_parts_of_what_is_kept(asked, part):
    assert part_of(entry("max-age=1"), {"range": asked}) == part


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_parts_that_there_are_not(asked):
    with pytest.raises(ValueError, match=r"beyond|nothing"):
        part_of(entry("max-age=1"), {"range": asked})


@pytest.mark.parametrize(
    ("method", "status", "headers", "uris"),
    [
        ("GET", 200, {}, []),
        ("POST", 200, {}, ["https://a.example/x"]),
        ("POST", 404, {}, []),
        ("PATCH", 200, {"Location": "HTTPS://A.example:443/y"}, ["https://a.example/x", "https://a.example/y"]),
        ("DELETE", 204, {"Location": "/y?z#f"}, ["https://a.example/x", "https://a.example/y?z"]),
        ("PUT", 201, {"Content-Location": "https://a.example/y"}, ["https://a.example/x", "https://a.example/y"]),
        ("PUT", 201, {"Location": "https://b.example/y"}, ["https://a.example/x"]),
        ("PUT", 201, {"Location": "http://a.example/y"}, ["https://a.example/x"]),
        ("PUT", 201, {"Location": "https://a.example:x/y"}, ["https://a.example/x"]),
    ],
)
def test_what_an_exchange_has_changed(method, status, headers, uris):
    assert changed_uris(method, "https://a.example/x", status, list(headers.items())) == uris


@pytest.mark.parametrize(
    ("uri", "spelled"),
    [
        ("HTTPS://A.Example:443/x?Y=1", "https://a.example/x?Y=1"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("https://user@a.example/", "https://user@a.example/"),
    ],
)
def test_uris_are_compared_in_one_spelling(uri, spelled):
    assert normal_uri(uri) == spelled


def test_more_changes_than_are_remembered_make_everything_unusable():
    epochs = Epochs(max_kept=2)
    untouched, first = epochs.of("never changed"), epochs.end("a")
    assert epochs.of("a") == first != untouched
    epochs.end("b")
    epochs.end("c")
    assert epochs.of("never changed") != untouched
    assert epochs.of("a") != first
