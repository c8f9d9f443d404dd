"""Compiling: whatever is found sound compiles, and what a definition reads is known."""

import pytest
from hypothesis import HealthCheck, given, settings

from unit.widget_service.connectors.definitions import accepted, connector
from unit.widget_service.connectors.strategies import registries
from widget_service.connectors.compiling import compile_connector
from widget_service.connectors.snapshot import DEFAULT_TENANT, Snapshot, SnapshotHolder, build_snapshot
from widget_service.registry.validate import validate_connectors
from widget_service.templating import RenderContext

USER = "{{ user.id }}"
GUARDED = "{{ user.id | default('', true) }}"
HALF_GUARDED = "{{ user.id | default('') }}"


def compiled(**fields):
    return compile_connector(accepted(connector(**fields)))


def parameter(value):
    return [{"key": "X-A", "value": value}]


def bearer(token):
    return {"type": "bearer", "config": {"token": "{{ get_secret('a') }}" + token}}


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(registries())
def test_every_sound_connector_compiles(registry):
    for definition in validate_connectors(registry, allow_insecure=True).connectors:
        connector_ = compile_connector(definition)
        assert connector_.permalink == definition.permalink
        assert connector_.url_path_parameters <= connector_.path_parameters.keys()
        assert "#" not in connector_.rest.source or "{" in connector_.rest.source


def test_literals_stay_literals():
    made = compiled(
        url="https://api.example.com/v1?a=b",
        headers=[{"key": "Accept", "value": "text/plain", "overridable": True}],
        query_parameters=parameter("1"),
        method="PUT",
        response_content_type=" text/plain ",
    )
    assert (made.origin.literal, made.rest.literal) == ("https://api.example.com", "/v1?a=b")
    assert [(one.key, one.template.literal, one.overridable) for one in (*made.headers, *made.query)] == [
        ("Accept", "text/plain", True),
        ("X-A", "1", False),
    ]
    assert (made.method, made.response_content_type, made.needs_user) == ("PUT", "text/plain", False)
    assert (made.secrets, made.variables, made.url_path_parameters) == (frozenset(), frozenset(), frozenset())
    assert made.authentication is None


def test_a_fragment_is_not_sent():
    report = validate_connectors({"connectors": [connector(url="https://api.example.com/v1?a=b#part")]})
    assert [problem.severity for problem in report.problems] == ["warning"]
    assert compile_connector(report.connectors[0]).rest.literal == "/v1?a=b"


@pytest.mark.parametrize("body", ["", " ", "\n\t "])
def test_a_blank_body_goes_through(body):
    made = compiled(request_body=body, response_body=body)
    assert made.request_body is None
    assert made.response_body is None


def test_a_body_that_is_not_blank_is_a_template():
    made = compiled(request_body=" {{ body_text }}", response_body="x")
    assert made.request_body.source == " {{ body_text }}"
    assert made.response_body.literal == "x"


@pytest.mark.parametrize(
    ("fields", "needs_user"),
    [
        ({}, False),
        ({"headers": parameter(USER)}, True),
        ({"headers": parameter(GUARDED)}, True),
        ({"headers": parameter("{% if user.id %}a{% endif %}")}, True),
        ({"query_parameters": parameter(USER)}, True),
        ({"query_parameters": parameter(GUARDED)}, True),
        ({"headers": parameter("{{ tenant_id }}")}, False),
        ({"headers": parameter("user.id")}, False),
        ({"url": f"https://api.example.com/{USER}"}, True),
        ({"url": f"https://api.example.com/{GUARDED}"}, False),
        ({"url": f"https://api.example.com/{HALF_GUARDED}"}, True),
        ({"url": f"https://api.example.com/{GUARDED}/{USER}"}, True),
        ({"url": f"https://api.example.com/?id={USER}"}, True),
        ({"url": f"https://api.example.com/?id={GUARDED}"}, False),
        ({"authentication": bearer(USER)}, True),
        ({"authentication": bearer(GUARDED)}, False),
        ({"authentication": bearer("")}, False),
        ({"request_body": USER, "response_body": USER}, False),
    ],
)
def test_anonymous_callers_are_refused_where_their_missing_identity_would_be_sent(fields, needs_user):
    assert compiled(**fields).needs_user is needs_user


@pytest.mark.parametrize(
    ("fields", "secrets", "variables"),
    [
        ({"headers": parameter("{{ get_secret('h') }}{{ get_variable('v') }}")}, {"h"}, {"v"}),
        ({"query_parameters": parameter("{{ get_secret('q') }}")}, {"q"}, set()),
        ({"authentication": bearer("{{ get_variable('w') }}")}, {"a"}, {"w"}),
        ({"url": "https://{{ get_variable('host') }}/{{ get_variable('path') }}"}, set(), {"host", "path"}),
        ({"url": "{{ get_variable('origin') | default('https://a.example') }}"}, set(), {"origin"}),
        ({"headers": parameter("get_secret('h')")}, set(), set()),
        (
            {"headers": parameter("{% set s = get_secret('one') %}{{ s if user.id else get_secret('two') }}")},
            {"one", "two"},
            set(),
        ),
    ],
)
def test_the_secrets_and_variables_that_it_reads_are_known(fields, secrets, variables):
    made = compiled(**fields)
    assert (made.secrets, made.variables) == (secrets, variables)


def test_the_path_parameters_of_the_url_are_known():
    made = compiled(
        url="https://api.example.com/{{ pathParams.a }}/{{ pathParams['b'] }}",
        path_parameters=[{"key": "b", "value": "2"}, {"key": "a", "overridable": False}],
    )
    assert made.url_path_parameters == {"a", "b"}
    assert {key: (one.value, one.overridable) for key, one in made.path_parameters.items()} == {
        "a": (None, False),
        "b": ("2", True),
    }


@pytest.mark.parametrize(
    ("url", "origin", "rest"),
    [
        ("https://{{ get_variable('host') }}/a", "https://api.example.com", "/a"),
        ("https://eu.{{ get_variable('host') }}:8443", "https://eu.api.example.com:8443", ""),
        ("{{ get_variable('origin') }}?q={{ get_variable('path') }}", "https://api.example.com", "?q=a%2Fb%20c"),
        ("https://x.example/{{ get_variable('path') }}/{{ user.id }}", "https://x.example", "/a%2Fb%20c/u%26"),
    ],
)
def test_the_origin_is_rendered_as_it_is_and_the_rest_encoded(url, origin, rest):
    variables = {"host": "api.example.com", "origin": "https://api.example.com", "path": "a/b c"}
    context = RenderContext(user={"id": "u&"}, get_variable=variables.__getitem__)
    made = compiled(url=url)
    assert (made.origin.render(context), made.rest.render(context)) == (origin, rest)


def test_a_snapshot_holds_compiled_connectors_and_shows_no_secret():
    definitions = [accepted(connector(permalink=name)) for name in ("one", "two")]
    snapshot = build_snapshot(definitions, secrets={"s": "s3cr3t"}, variables={"v": "w"})
    assert [*snapshot.connectors] == ["one", "two"]
    assert (snapshot.tenant_id, snapshot.variables["v"], snapshot.secrets["s"]) == (DEFAULT_TENANT, "w", "s3cr3t")
    assert "s3cr3t" not in repr(snapshot)
    with pytest.raises(TypeError):
        snapshot.connectors["three"] = snapshot.connectors["one"]


def test_a_snapshot_does_not_change_with_what_it_was_made_of():
    secrets = {"s": "1"}
    snapshot = build_snapshot([], secrets=secrets, variables={})
    secrets["s"] = "2"
    assert snapshot.secrets["s"] == "1"


def test_the_holder_serves_the_last_snapshot():
    holder = SnapshotHolder()
    assert holder.current == Snapshot()
    holder.replace(snapshot := Snapshot(tenant_id="other"))
    assert holder.current is snapshot
