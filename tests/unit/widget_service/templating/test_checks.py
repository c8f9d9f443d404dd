"""What is wrong with a template is found when it is saved, with line and column."""

import pytest

from widget_service.templating import Field, check
from widget_service.templating.fields import CONNECTOR_NAMES, STEP_NAMES, USER_ATTRIBUTES

URL, HEADERS, BODY, RESPONSE = Field.URL, Field.HEADERS, Field.REQUEST_BODY, Field.RESPONSE_BODY

USES = {
    "user": "{{ user.id }}",
    "tenant_id": "{{ tenant_id }}",
    "now": "{{ now() }}",
    "get_secret": "{{ get_secret('a') }}",
    "get_variable": "{{ get_variable('a') }}",
    "jwt_encode": "{{ jwt_encode({}, 'k') }}",
    "pathParams": "{{ pathParams.a }}",
    "body_text": "{{ body_text }}",
    "body_raw": "{{ body_raw }}",
    "response": "{{ response.body }}",
    "steps": "{{ steps.a.body }}",
    "request": "{{ request.body_text }}",
}


@pytest.mark.parametrize("composite", [False, True])
@pytest.mark.parametrize("field", list(Field))
@pytest.mark.parametrize("name", USES)
def test_a_name_is_there_in_its_fields_only(name, field, composite):
    table = STEP_NAMES if composite else CONNECTOR_NAMES
    problems = check(USES[name], field, composite=composite)
    if name not in table:
        assert [problem.severity for problem in problems] == ["warning"]
    elif field in table[name]:
        assert not problems
    else:
        assert [(problem.severity, problem.line, problem.column) for problem in problems] == [("error", 1, 4)]
        assert name in problems[0].message


CASES = [
    (HEADERS, "{{ get_secret('a' }}", [("error", 1, 19, "unexpected '}'")]),
    (HEADERS, "x\n  {{ a b }}", [("error", 2, 8, "expected token")]),
    (HEADERS, "{% if x %}", [("error", 1, 9, "Unexpected end of template")]),
    (HEADERS, "a\nbc {% nope %}", [("error", 2, 7, "unknown tag 'nope'")]),
    (HEADERS, "{{ '\\x' }}", [("error", 1, 4, "truncated")]),
    (HEADERS, "{{ 1 | nope }}", [("error", 1, 8, "no filter 'nope'")]),
    (HEADERS, "{{ 1 | from_jsn }}", [("error", 1, 8, "no filter 'from_jsn'")]),
    (HEADERS, "{{ 1 is nope }}", [("error", 1, 6, "no test 'nope'")]),
    (HEADERS, "{{ 1 | map('<loop>') }}", []),
    (HEADERS, "{{ 1 | <loop> }}", [("error", 1, 8, "")]),
    (HEADERS, "{{ usr.id }}", [("warning", 1, 4, "'usr' is not known")]),
    (HEADERS, "{{ user.mail }}", [("warning", 1, 8, "user has no 'mail'")]),
    (URL, "{{ get_secret('a') }}", [("error", 1, 4, "cannot be used in the URL")]),
    (HEADERS, "{{ range(2) | list }}{{ namespace(a=1).a }}{{ dict(a=1) }}{{ cycler(1).next() }}", []),
    (HEADERS, "{% set a = 1 %}{{ a }}{% for b in [] %}{{ b }}{{ loop.index }}{% endfor %}", []),
    (BODY, "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }}", []),
    (HEADERS, "{% extends 'x' %}", [("error", 1, 4, "no other templates")]),
    (BODY, "{% block a %}{% endblock %}{% block a %}{% endblock %}", [("error", 1, 31, "defined twice")]),
    (BODY, "{% for loop in [] %}{% endfor %}", [("error", 1, 8, "loop variable")]),
    (RESPONSE, "{{ a }}\n{{ b }}", [("warning", 1, 4, "'a'"), ("warning", 2, 4, "'b'")]),
    (RESPONSE, "{{ a | nope }}{{ body_text }}", [("warning", 1, 4, "'a'"), ("error", 1, 8, ""), ("error", 1, 18, "")]),
    (RESPONSE, "{{-  nope  -}}  {{- nope2 }}", [("warning", 1, 6, "'nope'"), ("warning", 1, 21, "'nope2'")]),
    (RESPONSE, "é\r\n{{ nope }}", [("warning", 2, 4, "'nope'")]),
    (RESPONSE, "{% for a in [1] %}" * 19 + "{% endfor %}" * 19, [("error", 1, 328, "too many loops")]),
    (RESPONSE, "x" * 100_001, [("error", 1, 1, "100,001 characters")]),
]


@pytest.mark.parametrize(("field", "source", "expected"), CASES)
def test_problems(field, source, expected):
    found = check(source, field)
    assert [(problem.severity, problem.line, problem.column) for problem in found] == [case[:3] for case in expected]
    for problem, case in zip(found, expected, strict=True):
        assert case[3] in problem.message
        assert problem.severity == "error" or problem.expected


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("{{ 1 | from_jsn }}", "from_json"),
        ("{{ usr.id }}", "user"),
        ("{{ user.emial }}", "email"),
        ("{{ 1 is od }}", "odd"),
    ],
)
def test_the_nearest_name_is_proposed(source, near):
    (problem,) = check(source, HEADERS)
    assert f"Did you mean '{near}'?" in problem.expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 1 | zzzz }}", ["from_json, json_encode, base64_encode, base64_decode", "Jinja", "Builtin Filters"]),
        ("{{ 1 is zzzz }}", ["Jinja", "Builtin Tests"]),
    ],
)
def test_where_no_name_is_near_all_are_told_or_where_to_find_them(source, expected):
    (problem,) = check(source, HEADERS)
    assert all(part in problem.expected for part in expected)


def test_every_attribute_of_the_user_is_known():
    assert check("".join(f"{{{{ user.{name} }}}}" for name in USER_ATTRIBUTES), HEADERS) == ()
