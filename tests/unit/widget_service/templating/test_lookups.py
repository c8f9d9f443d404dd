"""Templates that only look things up are rendered without the engine, and as the engine would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.widget_service.templating.rendering import context
from widget_service.templating import Field, TemplateRenderError, compile_template
from widget_service.templating.template import Template

LOOKUPS = [
    "{{ get_secret('a') }}",
    "{{ get_secret('none') }}",
    "{{ get_variable('v') | default('x') }}",
    "{{ get_variable('none') | default('x') }}",
    "{{ get_variable('none') | default('x', true) }}",
    "{{ user.email }}",
    "{{ user.email | default('', true) }}",
    "{{ user.nothing }}",
    "{{ user.nothing | default('x') }}",
    "{{ tenant_id }}",
    "Bearer {{ get_secret('a') }}!",
    "a {# comment #} {{- tenant_id -}} b",
]
ENGINE = [
    "{{ user.profile_fields.by_id(1) }}",
    "{{ user.items }}",
    "{{ user }}",
    "{{ tenant_id | upper }}",
    "{{ tenant_id }}{% if true %}{% endif %}",
    "{{ get_secret('a', 'b') }}",
    "{{ get_secret(name='a') }}",
    "{{ get_secret() }}",
    "{{ get_variable('v') | default(tenant_id) }}",
    "{{ now() }}",
]


def outcome(template: Template, **given_: object) -> str:
    try:
        return template.render(context(**given_))
    except TemplateRenderError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("source", LOOKUPS)
def test_a_lookup_needs_no_engine(source):
    assert compile_template(source, Field.HEADERS)._pieces is not None


@pytest.mark.parametrize("source", ENGINE)
def test_anything_else_is_for_the_engine(source):
    assert compile_template(source, Field.HEADERS)._pieces is None


@given(
    parts=st.lists(st.sampled_from([*LOOKUPS, *ENGINE, "text", " "]), max_size=4),
    email=st.none() | st.sampled_from(["", "a@example.com", "{{ x }}", "é/ü"]) | st.integers(),
    is_url=st.booleans(),
)
def test_both_ways_render_the_same(parts, email, is_url):
    source = "".join(parts)
    by_lookup, by_engine = (Template(source, Field.QUERY, encodes=is_url) for _ in range(2))
    by_engine._pieces = None
    given_ = {
        "user": {"id": "u", "email": email},
        "tenant_id": "acme",
        "secrets": {"a": "s & t"},
        "variables": {"v": "w"},
    }
    assert outcome(by_lookup, **given_) == outcome(by_engine, **given_)
