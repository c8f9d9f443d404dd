"""What a template can read is known from its text."""

import pytest

from widget_service.templating import Reads, TemplateSyntaxError, analyse


def reads(**given) -> Reads:
    return Reads(**{name: value if isinstance(value, bool) else frozenset(value) for name, value in given.items()})


CASES = [
    ("plain", reads()),
    ("{{ get_secret('a') }}{{ get_secret(\"b\") }}", reads(names={"get_secret"}, secrets={"a", "b"})),
    ("{{ get_variable('a') | default('x') }}", reads(names={"get_variable"}, variables={"a"})),
    ("{{ get_secret('a' ~ x) }}", reads(names={"get_secret", "x"}, indirect={"get_secret"})),
    ("{% set s = get_secret %}{{ s('a') }}", reads(names={"get_secret"}, indirect={"get_secret"})),
    ("{{ pathParams.a }}/{{ pathParams['b-c'] }}", reads(names={"pathParams"}, path_params={"a", "b-c"})),
    (
        "{{ pathParams.get('a') }}{{ steps.get('b').body }}",
        reads(names={"pathParams", "steps"}, path_params={"a"}, steps={"b"}),
    ),
    ("{{ steps.get(x) }}", reads(names={"steps", "x"}, indirect={"steps"})),
    ("{{ pathParams[x] }}", reads(names={"pathParams", "x"}, indirect={"pathParams"})),
    ("{{ steps.a.body }}{{ steps['b-c'].headers['x'] }}", reads(names={"steps"}, steps={"a", "b-c"})),
    ("{% for s in steps %}{{ s }}{% endfor %}", reads(names={"steps"}, indirect={"steps"})),
    ("{{ user.email }}", reads(names={"user"}, user=True, user_unguarded=True)),
    ("{{ user.email | default('', true) }}", reads(names={"user"}, user=True)),
    ("{{ user.email | d('', boolean=true) }}", reads(names={"user"}, user=True)),
    ("{{ user['email'] | default('', true) | lower }}", reads(names={"user"}, user=True)),
    ("{{ user.profile_fields.by_id(7) | default('', true) }}", reads(names={"user"}, user=True)),
    ("{{ user.email | default('') }}", reads(names={"user"}, user=True, user_unguarded=True)),
    ("{{ user.email | lower | default('', true) }}", reads(names={"user"}, user=True, user_unguarded=True)),
    ("{{ user.a | default(user.b, true) }}", reads(names={"user"}, user=True, user_unguarded=True)),
    ("{% if user.id %}x{% endif %}", reads(names={"user"}, user=True, user_unguarded=True)),
    ("{% set user = 1 %}{{ user }}", reads(names={"user"}, user=True, user_unguarded=True)),
    ("{% set x = 1 %}{{ x }}{% for i in [] %}{{ i }}{{ loop.index }}{% endfor %}", reads()),
    ("{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}{{ m(1) }}", reads()),
    ("{{ range(3) | list }}{{ now() }}", reads(names={"range", "now"})),
    ("{# get_secret('a') #}{% raw %}{{ user.id }}{% endraw %}", reads()),
    ("{{ 'get_secret(1)' }}", reads()),
]


@pytest.mark.parametrize(("source", "expected"), CASES)
def test_reads(source, expected):
    assert analyse(source) == expected


@pytest.mark.parametrize("source", ["{{", "{{ }}", "{% if %}", "{% nope %}", "{{ a b }}", "{% include 'x' %}"])
def test_what_cannot_be_compiled_is_refused(source):
    with pytest.raises(TemplateSyntaxError):
        analyse(source)
