"""Merging: what the caller may replace, what is passed on, and what never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.errors import CallerError
from widget_service.execution.merge import RenderedParameter, merge_headers, merge_query


def fixed(key: str, value: str) -> RenderedParameter:
    return RenderedParameter(key, value, overridable=False)


def free(key: str, value: str) -> RenderedParameter:
    return RenderedParameter(key, value, overridable=True)


@pytest.mark.parametrize(
    ("url_query", "configured", "caller", "expected"),
    [
        pytest.param([], [fixed("a", "1")], [], [("a", "1")], id="a configured parameter is always sent"),
        pytest.param([], [fixed("a", "1")], [("a", "2")], [("a", "1")], id="not overridable: the caller is ignored"),
        pytest.param([], [free("a", "1")], [("a", "2")], [("a", "2")], id="overridable: the caller's value replaces"),
        pytest.param(
            [],
            [free("a", "1"), fixed("b", "x")],
            [("a", "2"), ("c", "9"), ("a", "3")],
            [("a", "2"), ("a", "3"), ("b", "x"), ("c", "9")],
            id="repetitions of the caller stay, in order",
        ),
        pytest.param(
            [], [], [("q", ""), ("q", "x")], [("q", ""), ("q", "x")], id="undeclared parameters are passed on"
        ),
        pytest.param(
            [("a", "u"), ("b", "u")],
            [fixed("b", "c")],
            [],
            [("a", "u"), ("b", "c")],
            id="query_parameters replace those of the URL",
        ),
        pytest.param(
            [("account", "5")], [], [("account", "6")], [("account", "5")], id="the URL's own query is not the caller's"
        ),
        pytest.param([], [free("a", "1")], [("A", "2")], [("a", "1"), ("A", "2")], id="query keys compare with case"),
        pytest.param([], [free("a", "1")], [("a", "")], [("a", "")], id="an empty value replaces too"),
    ],
)
def test_query(url_query, configured, caller, expected):
    assert merge_query(url_query, configured, caller) == expected


_keys = st.sampled_from(["a", "b", "c"])
_pairs = st.lists(st.tuples(_keys, st.text(max_size=3)), max_size=6)


@given(
    url_query=_pairs,
    configured=st.lists(st.builds(RenderedParameter, _keys, st.text(max_size=3), st.booleans()), max_size=4),
    caller=_pairs,
)
def test_a_fixed_parameter_is_sent_whatever_the_caller_sends(url_query, configured, caller):
    merged = merge_query(url_query, configured, caller)
    for parameter in configured:
        if not parameter.overridable:
            assert (parameter.key, parameter.value) in merged
    declared = {parameter.key for parameter in configured} | {key for key, _ in url_query}
    overridable = {parameter.key for parameter in configured if parameter.overridable}
    allowed = {pair for pair in caller if pair[0] not in declared or pair[0] in overridable}
    own = {(p.key, p.value) for p in configured} | set(url_query)
    assert set(merged) <= own | allowed


@pytest.mark.parametrize(
    ("configured", "caller", "expected"),
    [
        pytest.param([fixed("Accept", "a/b")], {"accept": "x/y"}, [("Accept", "a/b")], id="names compare without case"),
        pytest.param([free("Accept", "a/b")], {"accept": "x/y"}, [("Accept", "x/y")], id="overridable"),
        pytest.param([], {"accept": "x/y"}, [("accept", "x/y")], id="Accept is passed on"),
        pytest.param([], {"content-type": "text/csv"}, [("content-type", "text/csv")], id="Content-Type is passed on"),
        pytest.param([], {"x-request-kind": "k"}, [("x-request-kind", "k")], id="X-* is passed on"),
        *[
            pytest.param([], {name: "v"}, [], id=f"{name} is not passed on")
            for name in [
                "authorization",
                "cookie",
                "host",
                "origin",
                "referer",
                "range",
                "if-none-match",
                "connection",
                "transfer-encoding",
                "user-agent",
                "x-path-params",
                "x-csrf-token",
                "x-forwarded-for",
                "x-forwarded-host",
                "x-real-ip",
                "x-http-method-override",
                "x-original-url",
                "forwarded",
            ]
        ],
        pytest.param([free("Cookie", "a=1")], {"cookie": "b=2"}, [("Cookie", "a=1")], id="a cookie is never taken"),
        pytest.param(
            [free("Authorization", "k")], {"authorization": "Bearer t"}, [("Authorization", "k")], id="nor a user token"
        ),
    ],
)
def test_headers(configured, caller, expected):
    assert merge_headers(configured, caller) == expected


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "a\x7fb"])
def test_a_callers_header_with_a_control_character_is_refused(value):
    with pytest.raises(CallerError) as caught:
        merge_headers([free("X-Note", "n")], {"x-note": value})
    assert caught.value.code == "INVALID_REQUEST_HEADER"
    assert caught.value.params == ["x-note"]
