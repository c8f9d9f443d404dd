"""Random templates: whatever they say, checking and rendering end with a text or with an error of their own kind."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.widget_service.templating.rendering import context
from widget_service.errors import ServiceError
from widget_service.templating import (
    Field,
    TemplateRenderError,
    TemplateSyntaxError,
    check,
    compile_template,
    compile_url_rest,
)
from widget_service.templating.environment import text_environment

SECRET = "pl4nted-s3cret"
NAMES = ["user", "now", "get_secret", "get_variable", "response", "body_text", "x", "ns", "range", "dict", "namespace"]
FILTERS = sorted(name for name in text_environment().filters if not name.startswith("<"))
TESTS = sorted(text_environment().tests)
ATOMS = ["1", "0", "-1", "1.5", "'a'", "''", "none", "true", "[]", "{}", "()", "[1, 'b']", "{'a': 1}", "10**9", *NAMES]
CALLS = [
    "get_secret('k')",
    "get_secret('none')",
    "get_variable('v')",
    "user.profile_fields.by_id(1)",
    "now(5)",
    "range(9)",
]
METHODS = [
    "upper()",
    "split(',')",
    "append(1)",
    "get('a')",
    "items()",
    "format(1)",
    "join(['a'])",
    "__class__",
    "a",
    "a.b",
]
SIGNS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "and", "or", "in", "not in"]


def expressions():
    """Expressions of the language, sensible or not."""
    atoms = st.sampled_from([*ATOMS, *CALLS])

    def larger(inner):
        return st.one_of(
            st.tuples(inner, st.sampled_from(SIGNS), inner).map(lambda parts: f"({' '.join(parts)})"),
            st.tuples(inner, st.sampled_from(FILTERS)).map(lambda parts: f"({parts[0]} | {parts[1]})"),
            st.tuples(inner, st.sampled_from(FILTERS), inner).map(
                lambda parts: f"({parts[0]} | {parts[1]}({parts[2]}))"
            ),
            st.tuples(inner, st.sampled_from(TESTS)).map(lambda parts: f"({parts[0]} is {parts[1]})"),
            st.tuples(inner, st.sampled_from(METHODS)).map(lambda parts: f"({parts[0]}).{parts[1]}"),
            st.tuples(inner, inner).map(lambda parts: f"({parts[0]})[{parts[1]}]"),
            st.tuples(inner, inner).map(lambda parts: f"({parts[0]})[:{parts[1]}]"),
            st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
            st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        )

    return st.recursive(atoms, larger, max_leaves=6)


def statements():
    """Templates of a few statements."""

    def larger(inner):
        return st.one_of(
            st.tuples(expressions(), inner).map(lambda parts: f"{{% for x in {parts[0]} %}}{parts[1]}{{% endfor %}}"),
            st.tuples(expressions(), inner).map(lambda parts: f"{{% if {parts[0]} %}}{parts[1]}{{% endif %}}"),
            st.tuples(inner, inner).map("".join),
            inner.map(lambda body: f"{{% macro m(a) %}}{body}{{% endmacro %}}{{{{ m(1) }}}}"),
            inner.map(lambda body: f"{{% set s %}}{body}{{% endset %}}{{{{ s }}}}"),
        )

    printed = expressions().map(lambda text: f"{{{{ {text} }}}}")
    assigned = expressions().map(lambda text: f"{{% set ns = {text} %}}")
    return st.recursive(st.one_of(printed, assigned, st.just("text\n")), larger, max_leaves=4)


def outcome(template, field):
    """Return the compiled template's text, or the error of one of the two kinds that there may be."""
    try:
        compiled = compile_url_rest(template) if field is Field.URL else compile_template(template, field)
        return compiled.render(
            context(
                user={"id": "u"},
                secrets={"k": SECRET},
                variables={"v": "w"},
                response={"body": "[1]", "status_code": 200, "headers": {}},
            )
        )
    except (TemplateSyntaxError, TemplateRenderError, ServiceError) as error:
        return error


def attempt(template, field):
    problems = check(template, field)
    result = outcome(template, field)
    if isinstance(result, TemplateSyntaxError):
        assert any(problem.severity == "error" for problem in problems)
    if isinstance(result, Exception):
        assert SECRET not in f"{problems}{result}{result!r}"


@pytest.mark.parametrize("field", [Field.URL, Field.HEADERS, Field.RESPONSE_BODY])
@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(template=statements())
def test_random_templates(field, template):
    attempt(template, field)


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(
        st.sampled_from(
            [
                "{{",
                "}}",
                "{%",
                "%}",
                "{#",
                "#}",
                "-",
                "'",
                '"',
                "(",
                ")",
                "[",
                "]",
                "|",
                ".",
                "for",
                "if",
                "set",
                "endfor",
                "in",
                "a",
                "1",
                " ",
                "\n",
                "\\",
                "é",
                "\x00",
                "~",
            ]
        )
    )
)
def test_random_text(pieces):
    attempt("".join(pieces), Field.HEADERS)
