"""Templates where they stand: which names are there, what does not compile, and which secrets do not exist."""

import json

import pytest

from unit.widget_service.connectors.definitions import codes, composite, connector, problems_of, step
from widget_service.registry.load import parse_registry
from widget_service.registry.validate import validate_connectors

PLACES = {
    "url": lambda text: {"url": f"https://api.example.com/{text}"},
    "headers": lambda text: {"headers": [{"key": "X-A", "value": text}]},
    "query_parameters": lambda text: {"query_parameters": [{"key": "a", "value": text}]},
    "authentication": lambda text: {"authentication": {"type": "bearer", "config": {"token": text}}},
    "request_body": lambda text: {"request_body": text},
    "response_body": lambda text: {"response_body": text},
}
WHERE = {
    "headers": "headers[0].value",
    "query_parameters": "query_parameters[0].value",
    "authentication": "authentication.config.token",
}
EVERYWHERE = set(PLACES)
SIGNED = "jwt_encode({}, 'k', 'HS256')"
AVAILABLE = {
    "user.id": EVERYWHERE,
    "user.profile_fields.by_id(1)": EVERYWHERE,
    "tenant_id": EVERYWHERE,
    "now()": EVERYWHERE,
    "get_secret('a')": {"headers", "query_parameters", "authentication"},
    "get_variable('a')": {"url", "headers", "query_parameters", "authentication"},
    SIGNED: {"headers", "query_parameters", "authentication"},
    "pathParams.id": {"url"},
    "body_text": {"request_body"},
    "body_raw": {"request_body"},
    "response.body": {"response_body"},
    "response.status_code": {"response_body"},
    "response.headers['x-a']": {"response_body"},
}
AVAILABLE_IN_STEPS = {
    "user.id": EVERYWHERE,
    "tenant_id": EVERYWHERE,
    "now()": EVERYWHERE,
    "steps.one.body": EVERYWHERE,
    "steps['one'].headers": EVERYWHERE,
    "request.body_text": EVERYWHERE,
    "request.query_parameters.a": EVERYWHERE,
    "get_variable('a')": EVERYWHERE,
    "get_secret('a')": {"headers", "query_parameters", "authentication"},
    SIGNED: EVERYWHERE - {"response_body"},
    "response.body": {"response_body"},
}
IN_CONNECTORS = [(expression, place) for expression in AVAILABLE for place in PLACES]
UNKNOWN_IN_STEPS = ["pathParams.id", "body_text", "body_raw"]


def where(place):
    return WHERE.get(place, place)


@pytest.mark.parametrize(("expression", "place"), IN_CONNECTORS)
def test_a_name_is_there_or_refused(expression, place):
    found = codes(connector(**PLACES[place](f"{{{{ {expression} }}}}"), path_parameters=declared(place, expression)))
    assert found == ([] if place in AVAILABLE[expression] else [(where(place), "template")])


def declared(place, expression):
    return [{"key": "id"}] if place == "url" and "pathParams" in expression else []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("expression", AVAILABLE_IN_STEPS)
def test_a_name_is_there_in_a_step_or_refused(place, expression):
    found = codes(composite(step("one"), step("two", **PLACES[place](f"{{{{ {expression} }}}}"))))
    expected = [] if place in AVAILABLE_IN_STEPS[expression] else [(f"steps[1].{where(place)}", "template")]
    assert found == expected


@pytest.mark.parametrize("expression", UNKNOWN_IN_STEPS)
def test_names_of_connectors_are_unknown_in_steps(expression):
    definition = composite(step(request_body=f"{{{{ {expression} }}}}"))
    assert codes(definition) == [("steps[0].request_body", "unknown_name?")]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ something }}", "unknown_name?"),
        ("{{ user.nickname }}", "unknown_name?"),
        ("{{ steps.one.body }}", "unknown_name?"),
        ("{{ user.id | nofilter }}", "template"),
        ("{{ user.id is notest }}", "template"),
        ("{{ user.id", "template"),
        ("{% if user.id %}", "template"),
        ("{% for %}", "template"),
        ("{% nosuch %}", "template"),
        ("{# no end", "template"),
        ("{% include 'a' %}", "template"),
        ("{% if user.id is defined %}{{ user.id | upper }}{% endif %}", None),
        ("{% set a = 1 %}{{ a }}{% for b in [1] %}{{ b }}{{ loop.index }}{% endfor %}", None),
        ("{{ range(3) | list | tojson | base64_encode }}", None),
        ("{{ namespace(a=1).a }}{{ dict(a=1) | json_encode }}{{ '{}' | from_json }}", None),
    ],
)
def test_in_every_field(place, text, code):
    assert codes(connector(**PLACES[place](text))) == ([(where(place), code)] if code else [])


@pytest.mark.parametrize("field", ["when", "response_body", "request_body"])
def test_in_the_further_fields_of_steps(field):
    assert codes(composite(step(**{field: "{{ 1 | nofilter }}"}))) == [(f"steps[0].{field}", "template")]


def test_the_path_parameters_of_a_step_are_templates_without_secrets():
    one = step("one")
    two = {"name": "two", "connector": "stored", "path_parameters": [{"key": "id", "value": "{{ steps.one.body }}"}]}
    assert codes(composite(one, two), connectors=["stored"]) == []
    two["path_parameters"] = [{"key": "id", "value": "{{ get_secret('a') }}"}]
    assert codes(composite(one, two), connectors=["stored"]) == [("steps[1].path_parameters[0].value", "template")]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"when": "{{ broken"}, "when"),
        ({"authentication": {"type": "none", "config": {"value": "{{ broken"}}}, "authentication.config.value"),
        ({"note": "{{ broken"}, "note"),
    ],
)
def test_what_is_ignored_is_no_template(fields, place):
    assert codes(connector(**fields)) == [(place, "unknown_field?")]


@pytest.mark.parametrize(
    ("text", "message", "expected"),
    [
        ("{{ response.body }}", "line 1, column 4 of the template: 'response' is not available in headers", "only"),
        ("a\n  {{ user.id | uper }}", "line 2, column 16 of the template: there is no filter 'uper'", "'upper'"),
        ("{{ user.id is strng }}", "there is no test 'strng'", "'string'"),
        ("{{ usr.id }}", "'usr' is not known; it prints as nothing", "Did you mean 'user'?"),
        ("{{ user.mail }}", "user has no 'mail'; it prints as nothing", "'email'"),
        ("{{ user.id", "line 1, column", "a template of Jinja2"),
    ],
)
def test_what_is_wrong_and_what_would_be_right(text, message, expected):
    [problem] = problems_of(connector(headers=[{"key": "X-A", "value": text}]))
    assert message in problem.message
    assert expected in problem.expected


def test_every_problem_of_a_template_is_told_in_its_order():
    text = "{{ user.nick }}\n{{ response.body | nofilter }}\n{{ other }}"
    found = [(problem.within, problem.severity) for problem in problems_of(connector(request_body=text))]
    assert found == [((1, 8), "warning"), ((2, 4), "error"), ((2, 20), "error"), ((3, 4), "warning")]


def test_the_place_in_a_template_becomes_the_place_in_the_file():
    registry = {"connectors": [connector(response_body='é "quoted"\n{{ user.id }}\n  {{ body_text }}')]}
    text = json.dumps(registry, indent=1)
    document, _ = parse_registry(text.encode())
    [problem] = validate_connectors(document).problems
    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("body_text")
    assert problem.excerpt.splitlines()[1].index("^") == problem.excerpt.splitlines()[0].index("body_text")


@pytest.mark.parametrize(
    ("text", "secrets", "variables", "found"),
    [
        ("{{ get_secret('a') }}", None, None, []),
        ("{{ get_secret('a') }}", ["a"], None, []),
        ("{{ get_secret('a') }}", ["b"], None, ["unknown_secret?"]),
        ("{{ get_secret('a') }}", [], [], ["unknown_secret?"]),
        ("{{ get_secret('A') }}", ["a"], [], ["unknown_secret?"]),
        ("{{ get_variable('a') }}", None, ["a"], []),
        ("{{ get_variable('a') }}", None, ["b"], ["unknown_variable?"]),
        ("{{ get_variable('a') | default('b') }}", None, ["b"], ["unknown_variable?"]),
        ("{{ get_secret('a') }}{{ get_secret('b') }}", [], None, ["unknown_secret?", "unknown_secret?"]),
        ("{{ get_secret('a') }}{{ get_variable('a') }}", ["a"], [], ["unknown_variable?"]),
        ("{{ get_secret(name) }}", [], [], ["unknown_name?"]),
        ("get_secret('a')", [], [], []),
    ],
)
def test_secrets_and_variables_that_do_not_exist_are_warnings(text, secrets, variables, found):
    for place in ("headers", "query_parameters"):
        told = codes(connector(**PLACES[place](f"x {text}")), secrets=secrets, variables=variables)
        assert told == [(where(place), code) for code in found]


@pytest.mark.parametrize(
    ("text", "secrets", "variables", "expected"),
    [
        ("{{ get_secret('token') }}", [], [], "widget-service secrets set token"),
        ("{{ get_secret('tokn') }}", ["token"], [], "widget-service secrets set tokn. Did you mean 'token'?"),
        ("{{ get_secret('a') }}", [], ["a"], "get_variable('a'): 'a' is a variable"),
        ("{{ get_variable('a') }}", ["a"], [], "get_secret('a'): 'a' is a secret"),
        ("{{ get_variable('a') }}", [], [], "widget-service variables set a VALUE"),
    ],
)
def test_the_advice_for_a_name_that_does_not_exist(text, secrets, variables, expected):
    definition = connector(headers=[{"key": "X-A", "value": text}])
    [problem] = problems_of(definition, secrets=secrets, variables=variables)
    assert problem.expected == expected


def test_variables_of_the_host_and_of_steps_are_looked_up_too():
    url = "https://{{ get_variable('host') }}/v1"
    assert codes(connector(url=url), variables=[]) == [("url", "unknown_variable?")]
    assert codes(composite(step(url=url)), variables=[]) == [("steps[0].url", "unknown_variable?")]
