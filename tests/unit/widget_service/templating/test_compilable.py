"""What is said to compile does: over every vector, and over templates made at random."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from security.test_template_fuzz import statements
from widget_service.templating import TemplateSyntaxError
from widget_service.templating.compilable import surely_compiles
from widget_service.templating.parsing import parse
from widget_service.templating.template import compile_source

VECTORS = Path(__file__).parents[4] / "protocol" / "vectors" / "templates"
SOURCES = [case["template"] for file in sorted(VECTORS.glob("*.json")) for case in json.loads(file.read_text())]


@pytest.mark.parametrize("source", SOURCES)
def test_the_vectors(source):
    if surely_compiles(parse(source)):
        compile_source(source)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(source=statements())
def test_templates_made_at_random(source):
    try:
        template = parse(source)
    except TemplateSyntaxError:
        return
    if surely_compiles(template):
        compile_source(source)


@pytest.mark.parametrize(
    "source",
    [
        "{% block a %}{% endblock %}{% block a %}{% endblock %}",
        "{% for loop in [] %}{% endfor %}",
        "{% macro m(a, a) %}{% endmacro %}",
        "{{ f(a=1, a=2) }}",
        "{{ x | default(a=1, a=2) }}",
        "{{ f(*a) }}",
    ],
)
def test_what_can_contradict_itself_is_not_sure(source):
    assert not surely_compiles(parse(source))


def test_most_templates_are_sure():
    sure = [source for source in SOURCES if surely_compiles(parse(source))]
    assert len(sure) > len(SOURCES) * 0.8
