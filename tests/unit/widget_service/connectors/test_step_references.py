"""What steps refer to: earlier steps, and connectors of the file or stored ones."""

import pytest

from unit.widget_service.connectors.definitions import codes, composite, connector, problems_of, step
from widget_service.registry.validate import validate_connectors


@pytest.mark.parametrize(
    ("reference", "index", "found"),
    [
        ("steps.one.body", 1, []),
        ("steps['one'].body", 2, []),
        ("steps['fetch-user'].body", 2, []),
        ("steps.get('one').body", 1, []),
        ("steps.values() | list | length", 1, []),
        ("steps[user.id].body", 0, []),
        ("steps.one.body", 0, ["step_reference"]),
        ("steps['fetch-user'].body", 0, ["step_reference"]),
        ("steps.last.body", 1, ["step_reference"]),
        ("steps.missing.body", 2, ["step_reference"]),
        ("steps.missing.body | default('')", 2, ["step_reference"]),
        ("steps.one.body ~ steps.missing.body ~ steps.last.body", 1, ["step_reference", "step_reference"]),
    ],
)
@pytest.mark.parametrize(
    ("where", "fields"),
    [
        ("url", lambda text: {"url": f"https://api.example.com/{text}"}),
        ("headers[0].value", lambda text: {"headers": [{"key": "A", "value": text}]}),
        ("query_parameters[0].value", lambda text: {"query_parameters": [{"key": "A", "value": text}]}),
        (
            "authentication.config.token",
            lambda text: {"authentication": {"type": "bearer", "config": {"token": text}}},
        ),
        ("request_body", lambda text: {"request_body": text}),
        ("response_body", lambda text: {"response_body": text}),
        ("when", lambda text: {"when": text}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_step_refers_to_steps_before_it(where, fields, reference, index, found):
    steps = [step("one"), step("fetch-user"), step("last")]
    steps[index] |= fields(f"{{{{ {reference} }}}}")
    assert codes(composite(*steps)) == [(f"steps[{index}].{where}", code) for code in found]


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{{ steps.one.body }}{{ steps['two'].status_code }}{{ request.body_text }}", []),
        ("{{ steps.get('two') }}", []),
        ("{{ get_variable('a') }}{{ user.id }}", []),
        ("{{ steps.three.body }}", ["step_reference"]),
        ("{{ response.body }}", ["template"]),
        ("{{ get_secret('a') }}", ["template"]),
        ("{{ steps.one", ["template"]),
    ],
)
def test_the_answer_of_a_composite_is_made_of_all_steps(template, found):
    definition = composite(step("one"), step("two"), response_body=template)
    assert codes(definition) == [("response_body", code) for code in found]


@pytest.mark.parametrize(
    ("steps", "message", "expected"),
    [
        ([step("one", when="{{ steps.one }}")], "refers to itself", "this step is the first"),
        ([step("a", when="{{ steps.b }}"), step("b")], "'b', a later step", "this step is the first"),
        ([step("a"), step("b", when="{{ steps.c }}"), step("c")], "'c', a later step", "a step before this one: 'a'"),
        ([step("fetch"), step("b", when="{{ steps.fetsh }}")], "'fetsh', which there is not", "Did you mean 'fetch'?"),
        ([step("a", when="{{ steps.x }}")], "'x', which there is not", "no reference"),
    ],
)
def test_a_wrong_reference_names_the_steps_that_would_be_right(steps, message, expected):
    [problem] = problems_of(composite(*steps))
    assert message in problem.message
    assert expected in problem.expected


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("in-file", None, []),
        ("in-file", [], []),
        ("by-hand", ["by-hand"], []),
        ("by-hand", None, ["unknown_connector?"]),
        ("by-hand", [], ["unknown_connector"]),
        ("other", None, ["unknown_connector"]),
        ("other", ["by-hand"], ["unknown_connector"]),
    ],
)
def test_the_connector_of_a_step_is_one_of_the_file_or_a_stored_one(name, known, found):
    registry = {
        "connectors": [connector(permalink="in-file")],
        "composite_connectors": [
            composite({"name": "one", "connector": name}, permalink="mine"),
            composite(step(), permalink="other"),
        ],
    }
    report = validate_connectors(registry, connectors=known)
    told = [problem.code + ("" if problem.is_error else "?") for problem in report.problems]
    assert told == found


@pytest.mark.parametrize(
    ("name", "message", "expected"),
    [
        ("in-fle", "is 'in-fle', which is no connector", "'in-file'?"),
        ("zzz", "is 'zzz', which is no connector", "the permalink of a connector in this file or of a stored one"),
        ("other", "is 'other', a composite", "a composite cannot run another"),
    ],
)
def test_a_connector_that_is_not_there(name, message, expected):
    registry = {
        "connectors": [connector(permalink="in-file")],
        "composite_connectors": [
            composite({"name": "one", "connector": name}, permalink="mine"),
            composite(step(), permalink="other"),
        ],
    }
    [problem] = validate_connectors(registry, connectors=[]).problems
    assert problem.path == "$.composite_connectors[0].steps[0].connector"
    assert problem.message == message
    assert expected in problem.expected
