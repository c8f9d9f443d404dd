"""URLs: absolute and https, with hardly a template in the host, and no character that a browser would change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.widget_service.connectors.definitions import codes, connector, problems_of
from widget_service.connectors.rules import Rules
from widget_service.connectors.url_rules import check_url
from widget_service.connectors.url_template import parse_url_template


def found(url, **rules):
    """Return the codes of what is wrong with the URL alone."""
    return [finding.code + ("?" if finding.severity == "warning" else "") for finding in check_url(url, Rules(**rules))]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://api.example.com/",
        "HTTPS://API.Example.com/V1",
        "https://api.example.com:8443/v1",
        "https://api.example.com?a=b",
        "https://93.184.216.34/v1",
        "https://[2606:4700:4700::1111]/v1",
        "https://xn--bcher-kva.example/v1",
        "https://api.example.com/v1/{{ user.id }}/{{ tenant_id }}",
        "https://api.example.com/{% if user.id %}a{% else %}b{% endif %}",
        "https://api.example.com/{# why #}v1",
        "https://api.example.com/v1?q={{ get_variable('q') }}&r={{ now() }}",
        # what browsers leave alone
        "https://api.example.com/v1?filter[roles][]=x&ids=1,2;3&t=12:30&m=a@b.example&$top=5&(x)=!*'",
        "https://api.example.com/v1?q=a|b^c`d&x=<y>&z=%22",
        "https://api.example.com/v1?q=a\\b",
        "https://api.example.com/%7Euser/%zz",
        "https://api.example.com//double//slash",
    ],
)
def test_accepted(url):
    assert found(url) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ["url_not_absolute"]),
        ("api.example.com/v1", ["url_not_absolute"]),
        ("/v1", ["url_not_absolute"]),
        ("//api.example.com", ["url_not_absolute"]),
        ("https:/api.example.com", ["url_not_absolute"]),
        ("mailto:someone", ["url_not_absolute"]),
        ("http://api.example.com", ["url_not_https"]),
        ("HTTP://api.example.com", ["url_not_https"]),
        ("http://localhost:3000/v1", ["url_private"]),
        ("ftp://api.example.com", ["url_scheme"]),
        ("file:///etc/passwd", ["url_scheme"]),
        ("https://", ["url_invalid"]),
        ("https:///v1", ["url_invalid"]),
        ("https://localhost/v1", ["url_private"]),
        ("https://10.0.0.1/v1", ["url_private"]),
        ("https://169.254.169.254/latest/meta-data", ["url_private"]),
        ("https://[::1]/v1", ["url_private"]),
        ("https://127.1/v1", ["url_invalid"]),
        ("https://user:pass@api.example.com/v1", ["url_credentials"]),
        ("https://user@api.example.com/v1", ["url_credentials"]),
        ("https://api.example.com/a b", ["url_character"]),
        (" https://api.example.com", ["url_character", "url_not_absolute"]),
        ("https://api.example.com/v1 ", ["url_character"]),
        ("https://api.example.com/a\tb", ["url_character"]),
        ("https://api.example.com/v1\n", ["url_character"]),
        ("https://api.example.com/v1\r\n", ["url_character"]),
        ("https://api.example.com/{{ user.id }}\n", ["url_character"]),
        ("https://api.example.com/\x00", ["url_character"]),
        ("https://api.example.com/\x7f", ["url_character"]),
        ("https://api.example.com/über", ["url_character"]),
        ("https://bücher.example/v1", ["url_character"]),
        ("https://api.example.com/a b\tü", ["url_character", "url_character", "url_character"]),
        ("https://api.example.com/a\\b", ["url_character"]),
        ("https://api.example.com\\@evil.example/", ["url_character"]),
        ("https://api.example.com/v1#part", ["url_fragment?"]),
        ("https://api.example.com#part", ["url_fragment?"]),
        ("https://api.example.com/v1#{{ user.id }}", ["url_fragment?"]),
        ("https://api.example.com/{% if user.id %}a#b{% endif %}", ["url_fragment"]),
        ("https://api.example.com/{id}", ["url_placeholder?"]),
        ("https://api.example.com/:id/x", ["url_placeholder?"]),
        ("https://api.example.com/users/:id", ["url_placeholder?"]),
        ("https://api.example.com/v1:batch", []),
        ("https://api.example.com/{", []),
    ],
)
def test_what_is_wrong(url, expected):
    assert found(url) == expected


@pytest.mark.parametrize(
    ("url", "production", "development"),
    [
        ("http://api.example.com", ["url_not_https"], []),
        ("http://localhost:3000", ["url_private"], []),
        ("https://127.0.0.1:8443", ["url_private"], []),
        ("http://10.0.0.1", ["url_not_https", "url_private"], ["url_private"]),
        ("http://169.254.169.254", ["url_not_https", "url_private"], ["url_private"]),
        ("{{ get_variable('api') | default('http://localhost:3000') }}/v1", ["url_private"], []),
        ("ftp://localhost", ["url_scheme"], ["url_scheme"]),
    ],
)
def test_a_setting_admits_http_and_this_machine(url, production, development):
    assert found(url) == production
    assert found(url, allow_insecure=True) == development


@pytest.mark.parametrize(
    "url",
    [
        "https://{{ get_variable('host') }}",
        "https://{{ get_variable('host') }}/v1",
        'https://{{get_variable("host")}}/v1',
        "https://{{  get_variable( 'host' )  }}:8443/v1",
        "https://{{ get_variable('sub') }}.example.com/v1",
        "https://api.{{ get_variable('zone') }}.example.com?x=1",
        "https://api.{{ get_variable('domain') }}",
        "https://{{ get_variable('a') }}.{{ get_variable('b') }}/v1",
        "https://{{ get_variable('host') | default('api.example.com') }}/v1",
        'https://{{ get_variable("host") | default("api.example.com", true) }}/v1',
        "https://{{ get_variable('host') | default('api.example.com', True) }}/v1",
        "https://{{ get_variable('host') | default('', true) }}/v1",
        "{{ get_variable('origin') }}",
        "{{ get_variable('origin') }}/v1",
        "{{ get_variable('origin') }}?x=1",
        "{{ get_variable('origin') | default('https://api.example.com:8443') }}/v1",
        "{{ get_variable('origin') | default('', true) }}/v1",
    ],
)
def test_a_variable_may_be_the_origin_the_host_or_a_label_of_it(url):
    assert found(url) == []


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://{{ user.id }}.example.com/v1", "{{ user.id }}"),
        ("https://{{ pathParams.host }}/v1", "{{ pathParams.host }}"),
        ("https://{{ get_variable(name) }}/v1", "{{ get_variable(name) }}"),
        ("https://{{ get_variable('a' ~ 'b') }}/v1", "{{ get_variable('a' ~ 'b') }}"),
        ("https://{{ get_secret('host') }}/v1", "{{ get_secret('host') }}"),
        ("https://{{ get_variable('a') | lower }}/v1", "{{ get_variable('a') | lower }}"),
        ("https://{{ get_variable('a') or 'b' }}/v1", "{{ get_variable('a') or 'b' }}"),
        ("https://{{ get_variable('a') | default(user.id) }}/v1", "{{ get_variable('a') | default(user.id) }}"),
        ("https://{{ get_variable('a') | default('b', false) }}/v1", "{{ get_variable('a') | default('b', false) }}"),
        ("https://api-{{ get_variable('a') }}.example.com/v1", "{{ get_variable('a') }}"),
        ("https://{{ get_variable('a') }}-api.example.com/v1", "{{ get_variable('a') }}"),
        ("https://api.example.com:{{ get_variable('port') }}/v1", "{{ get_variable('port') }}"),
        ("https://{{ get_variable('a') }}{{ get_variable('b') }}/v1", "{{ get_variable('a') }}"),
        ("https://{% if a %}api{% endif %}.example.com/v1", "{% if a %}"),
        ("https://api.example.com{# why #}/v1", "{# why #}"),
        ("https://api.example.com{% if a %}/v1{% endif %}", "{% if a %}"),
        ("{{ get_variable('origin') }}v1", "{{ get_variable('origin') }}v1"),
        ("{{ get_variable('origin') }}.example.com/v1", "{{ get_variable('origin') }}.example.com"),
        ("{{ get_variable('a') }}{{ get_variable('b') }}/v1", "{{ get_variable('a') }}{{ get_variable('b') }}"),
        ("{{ user.id }}/v1", "{{ user.id }}"),
        ("{{ 'https://api.example.com' }}/v1", "{{ 'https://api.example.com' }}"),
        ("{% set a = 1 %}https://api.example.com", "{% set a = 1 %}https:"),
    ],
)
def test_anything_else_in_the_host_is_refused_and_named(url, named):
    findings = [finding for finding in check_url(url, Rules()) if finding.code == "url_host_template"]
    assert findings
    assert f"has {named} in its host" in findings[0].message
    assert "{{ get_variable('name') }}" in findings[0].expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://{{ get_variable('h') | default('localhost') }}/v1", ["url_private"]),
        ("https://{{ get_variable('h') | default('10.0.0.1') }}/v1", ["url_private"]),
        ("https://{{ get_variable('h') | default('https://api.example.com') }}/v1", ["url_invalid"]),
        ("{{ get_variable('o') | default('http://api.example.com') }}/v1", ["url_not_https"]),
        ("{{ get_variable('o') | default('https://localhost') }}/v1", ["url_private"]),
        ("{{ get_variable('o') | default('api.example.com') }}/v1", ["url_invalid"]),
        ("https://user@{{ get_variable('h') }}/v1", ["url_credentials", "url_host_template"]),
    ],
)
def test_the_default_of_a_variable_is_judged_like_a_literal(url, expected):
    assert found(url) == expected


@pytest.mark.parametrize(
    ("url", "message", "expected"),
    [
        ("https://api.example.com/{{ get_secret('key') }}", "get_secret() cannot be used in the URL", "in a header"),
        ("https://api.example.com/?key={{ get_secret('key') }}", "get_secret()", "a query parameter or authentication"),
        ("https://api.example.com/{{ response.body }}", "'response' is not available in url", "response_body only"),
    ],
)
def test_names_that_are_not_there_in_a_url(url, message, expected):
    [problem] = problems_of(connector(url=url))
    assert message in problem.message
    assert expected in problem.expected


@pytest.mark.parametrize(
    ("url", "message", "expected"),
    [
        ("https://api.example.com/a b", "holds a space", "query_parameters"),
        ("https://api.example.com/a\tb", "U+0009", "query_parameters"),
        ("https://bücher.example", "'ü'", "xn--"),
        ("https://api.example.com/{id}", "'{id}'", "{{ pathParams.id }}"),
        ("https://api.example.com/:id", "':id'", "{{ pathParams.id }}"),
        ("https://a@api.example.com", "a user name or a password", "get_secret"),
        ("http://api.example.com", "is http", "https"),
        ("ftp://api.example.com", "the scheme ftp", "https"),
        ("https://api.example.com/#a", "a fragment (#)", "%23"),
        ("https://api.example.com/a\\b", "a backslash", "%5C"),
    ],
)
def test_what_is_wrong_and_what_would_be_right(url, message, expected):
    [finding] = check_url(url, Rules())
    assert message in finding.message
    assert expected in finding.expected


def test_a_long_expression_is_cut():
    [finding] = check_url("https://{{ " + "x" * 500 + " }}/v1", Rules())
    assert "x" * 190 in finding.message
    assert len(finding.message) < 300


def test_the_rules_of_a_url_hold_for_steps_and_token_endpoints():
    url = "http://10.0.0.1/a b"
    wrong = ["url_character", "url_not_https"]
    config = {"client_id": "a", "client_secret": "{{ get_secret('a') }}", "token_url": url}
    signed_in = connector(authentication={"type": "oauth_client_credentials", "config": config})
    assert codes(signed_in) == [("authentication.config.token_url", code) for code in wrong]
    assert codes({"name": "C", "steps": [{"name": "a", "url": url}]}) == [("steps[0].url", code) for code in wrong]


MARKS = ["{{", "}}", "{%", "%}", "{#", "#}", "'", '"', "{{ get_variable('a') }}", "| default('b')"]
PIECES = ["https://", "http://", *"/?#@:.a\\ \n\tü", "127.0.0.1", "[::1]", "localhost", *MARKS]
URL_PARTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@settings(max_examples=150)
@given(URL_PARTS | st.text(max_size=30))
def test_no_url_raises_and_the_verdict_is_stable(url):
    assert list(check_url(url, Rules())) == list(check_url(url, Rules()))
    template = parse_url_template(url)
    assert template.origin + template.rest == url
    assert "".join(template.pieces) == template.authority


@settings(max_examples=100)
@given(URL_PARTS)
def test_what_is_admitted_in_production_is_admitted_in_development(url):
    if not found(url):
        assert found(url, allow_insecure=True) == []


@pytest.mark.parametrize("part", ["{{ 'a", "{{", "{% x", "{#", "'", "{{ get_variable('a') }}", "https://"])
@pytest.mark.timeout(20)
def test_no_url_takes_long(part):
    url = "https://" + part * (2000 // len(part))
    assert codes(connector(url=url))
