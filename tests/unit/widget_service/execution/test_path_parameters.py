"""Path parameters: the header is read strictly, values never step up the path."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.errors import ServiceError
from widget_service.execution.path_parameters import is_path_value, parse_path_parameters, resolve_path_parameters


def connector(used: set[str], declared: dict[str, tuple[str | None, bool | None]]) -> SimpleNamespace:
    return SimpleNamespace(
        url_path_parameters=frozenset(used),
        path_parameters={
            key: SimpleNamespace(value=value, overridable=overridable) for key, (value, overridable) in declared.items()
        },
    )


PLAIN = {"id": (None, None)}


@pytest.mark.parametrize(
    ("used", "declared", "header", "expected"),
    [
        pytest.param({"id"}, PLAIN, "id=42", {"id": "42"}, id="given"),
        pytest.param({"id"}, PLAIN, "id=a%7Eb", {"id": "a~b"}, id="decoded"),
        pytest.param({"id"}, PLAIN, "id=42&more=x", {"id": "42"}, id="unused keys are ignored"),
        pytest.param({"id"}, {"id": ("7", None)}, None, {"id": "7"}, id="default"),
        pytest.param({"id"}, {"id": ("7", None)}, "id=8", {"id": "8"}, id="overridable when absent"),
        pytest.param({"id"}, {"id": ("7", True)}, "id=8", {"id": "8"}, id="overridable"),
        pytest.param({"id"}, {"id": ("7", False)}, "id=8", {"id": "7"}, id="not overridable"),
        pytest.param(set(), {}, "id=8", {}, id="none used"),
        pytest.param(set(), {}, None, {}, id="none used, none given"),
    ],
)
def test_values(used, declared, header, expected):
    assert resolve_path_parameters(connector(used, declared), header) == expected


@pytest.mark.parametrize(
    ("used", "declared", "header", "code", "params"),
    [
        pytest.param({"id", "x"}, PLAIN, "id=1", "CONNECTOR_MISCONFIGURED", ["x"], id="undeclared"),
        pytest.param({"id"}, PLAIN, None, "MISSING_PATH_PARAMETERS", ["id"], id="missing"),
        pytest.param({"id"}, {"id": (None, False)}, "id=1", "MISSING_PATH_PARAMETERS", ["id"], id="nobody may give it"),
        pytest.param(
            {"id", "b"},
            {**PLAIN, "b": (None, None)},
            "id=..",
            "MISSING_PATH_PARAMETERS",
            ["b"],
            id="missing comes first",
        ),
        pytest.param(
            {"id", "b"},
            {**PLAIN, "b": (None, None)},
            "id=..&b=%2F",
            "INVALID_PATH_PARAMETERS",
            ["b", "id"],
            id="all invalid ones are named",
        ),
        pytest.param({"id"}, PLAIN, "id=", "INVALID_PATH_PARAMETERS", ["id"], id="empty"),
        pytest.param({"id"}, PLAIN, "id=1&id=2", "INVALID_PATH_PARAMETERS", ["id"], id="a key twice"),
        pytest.param({"id"}, PLAIN, "id", "INVALID_PATH_PARAMETERS", None, id="no equals sign"),
        pytest.param({"id"}, PLAIN, "id=%FF", "INVALID_PATH_PARAMETERS", None, id="no UTF-8"),
        pytest.param({"id"}, PLAIN, "id=" + "a" * 4096, "INVALID_PATH_PARAMETERS", None, id="header too long"),
        pytest.param({"id"}, PLAIN, "id={{ get_secret('k') }}", "INVALID_PATH_PARAMETERS", ["id"], id="a template"),
    ],
)
def test_refused(used, declared, header, code, params):
    with pytest.raises(ServiceError) as caught:
        resolve_path_parameters(connector(used, declared), header)
    assert (caught.value.code, caught.value.params) == (code, params)


@pytest.mark.parametrize("value", ["a", "A-z_0.9~", "a.b", "x" * 200, "-", "~"])
def test_a_plain_value_is_admitted(value):
    assert is_path_value(value)


@pytest.mark.parametrize(
    "value", ["", ".", "..", "a..b", "/", "a/b", "%2e", "a b", "é", "a\n", "x" * 201, "{{x}}", "a?b", "a#b", "a\\b"]
)
def test_anything_else_is_not(value):
    assert not is_path_value(value)


@given(st.text(max_size=30))
def test_an_admitted_value_is_one_segment_and_never_dots(value):
    if is_path_value(value):
        assert "/" not in value
        assert value.strip(".")
        assert value.isascii()


@given(st.text(max_size=60))
def test_any_header_is_read_or_refused(header):
    outcome: object
    try:
        outcome = set(map(type, parse_path_parameters(header).values())) if header else {str}
    except ServiceError as error:
        outcome = error.code
    assert outcome in ({str}, "INVALID_PATH_PARAMETERS")
