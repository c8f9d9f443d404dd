"""The SDK passes the vectors that all its implementations share, in both clients and both forms of a call."""

from typing import Any

import pytest

from unit.widget_service_sdk.vectors import Run, apply_step, cases, check_error, check_request, lowered
from widget_service_sdk import ConnectorError

CLIENTS = pytest.mark.parametrize("blocking", [False, True], ids=["async", "blocking"])
FORMS = pytest.mark.parametrize("keywords", [False, True], ids=["mapping", "keywords"])


def table(*files: str) -> pytest.MarkDecorator:
    """Parametrizes a test by the cases of some files."""
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=f"{file}: {case['name']}") for file in files for case in cases(file)]
    )


@CLIENTS
@FORMS
@table("requests.json")
def test_settings_and_options_become_a_request(case: Any, blocking: bool, keywords: bool) -> None:
    run = Run(case, blocking=blocking, keywords=keywords)
    run.call()
    (request,) = run.transport.requests
    check_request(case["expect"], request)


@CLIENTS
@table("query.json")
def test_query_parameters_become_a_query_string(case: Any, blocking: bool) -> None:
    run = Run(case, blocking=blocking)
    run.call(queryParams=case["queryParams"])
    _, mark, query = run.transport.requests[0].url.partition("?")
    assert query == case["expect"]["query"]
    assert bool(mark) == bool(query)


@CLIENTS
@table("path_params.json")
def test_path_parameters_become_a_header(case: Any, blocking: bool) -> None:
    run = Run(case, blocking=blocking)
    run.call(pathParams=case["pathParams"])
    header = lowered(dict(run.transport.requests[0].headers)).get("x-path-params")
    if "length" in case["expect"]:
        assert len(header or "") == case["expect"]["length"]
    else:
        assert header == case["expect"]["header"]


@CLIENTS
@FORMS
@table("refused.json")
def test_malformed_calls_are_refused_before_sending(case: Any, blocking: bool, keywords: bool) -> None:
    run = Run(case, blocking=blocking, keywords=keywords)
    with pytest.raises(ValueError) as caught:  # noqa: PT011  check_error looks closely
        run.call()
    check_error(case["expect"], caught.value)
    assert run.transport.requests == []


@CLIENTS
@FORMS
@table("client.json")
def test_the_clients_own_methods(case: Any, blocking: bool, keywords: bool) -> None:
    expected = case["expect"]
    if "error" in expected:
        with pytest.raises(ConnectorError) as caught:
            _after_steps(case, blocking=blocking, keywords=keywords)
        check_error(expected, caught.value)
        return
    connectors = _after_steps(case, blocking=blocking, keywords=keywords)
    told = {
        "headers": lowered(connectors.get_headers()),
        "timeout": connectors.get_default_timeout(),
        "baseUrl": connectors.get_base_url(),
    }
    if "headers" in expected:
        expected = {**expected, "headers": lowered(expected["headers"])}
    assert {name: told[name] for name in expected} == expected


def _after_steps(case: Any, *, blocking: bool, keywords: bool) -> Any:
    connectors = Run(case, blocking=blocking, keywords=keywords).sdk().connectors
    for name, argument in case.get("steps", []):
        apply_step(connectors, name, argument)
    return connectors


@CLIENTS
@table("answers.json")
def test_successful_answers_become_values(case: Any, blocking: bool) -> None:
    value = Run(case, blocking=blocking).call()
    assert value == case["expect"]["value"]
    assert type(value) is type(case["expect"]["value"])


@CLIENTS
@table("errors.json")
def test_other_answers_become_errors(case: Any, blocking: bool) -> None:
    with pytest.raises(ConnectorError) as caught:
        Run(case, blocking=blocking).call()
    check_error(case["expect"], caught.value)
    assert caught.value.permalink == str(case.get("options", {}).get("permalink", "weather-api"))
    assert caught.value.permalink in str(caught.value)


@CLIENTS
@table("raw.json")
def test_raw_answers(case: Any, blocking: bool) -> None:
    expected = case["expect"]
    if "error" in expected:
        with pytest.raises(ConnectorError) as caught:
            Run(case, blocking=blocking).call()
        check_error(expected, caught.value)
        return
    raw = Run(case, blocking=blocking).call()
    for name, value in expected.pop("headers", {}).items():
        assert raw["headers"][name] == value
    assert {name: raw[name] for name in expected} == expected


@CLIENTS
@table("batch.json")
def test_batches(case: Any, blocking: bool) -> None:
    run = Run(case, blocking=blocking)
    results = run.call()
    assert len(results) == len(case["expect"]["results"])
    for result, expected in zip(results, case["expect"]["results"], strict=True):
        if "error" in expected:
            assert result["ok"] is False
            check_error(expected, result["error"])
        else:
            assert result == {"ok": True, "value": expected["value"]}
    if "request" in case["expect"]:
        check_request(case["expect"]["request"], run.transport.requests[0])
