"""Authentication: what each type needs, what its fields accept, and what must not stand in a registry."""

import pytest

from support.absent import ABSENT
from unit.widget_service.connectors.definitions import accepted, codes, connector, problems_of
from widget_service.connectors.authentication_config import ALGORITHMS, ALIASES, CONFIGS, config_model

SECRET = "{{ get_secret('key') }}"
TOKEN_URL = "https://login.example.com/oauth/token"
SMALLEST = {
    "none": {},
    "api_key": {"key": "X-Key", "value": SECRET, "in": "header"},
    "apikey": {"key": "key", "value": SECRET, "in": "query"},
    "basic": {"username": "someone", "password": SECRET},
    "bearer": {"token": SECRET},
    "jwt": {"private_key": SECRET, "claims": {"sub": "{{ user.id }}"}},
    "oauth_client_credentials": {"client_id": "me", "client_secret": SECRET, "token_url": TOKEN_URL},
    "oauth_jwt_bearer": {"client_id": "me", "private_key": SECRET, "token_url": TOKEN_URL}
    | {"subject": "someone", "audience": TOKEN_URL},
    "oauth_refresh_token": {"client_id": "me", "refresh_token": SECRET, "token_url": TOKEN_URL},
}
REQUIRED = [(type_, name) for type_, config in SMALLEST.items() for name in config]


def signed_in(type_, **config):
    smallest = SMALLEST.get(type_, {})
    merged = {name: value for name, value in (smallest | config).items() if value is not ABSENT}
    return connector(authentication={"type": type_, "config": merged})


def test_every_type_is_in_these_tables():
    assert SMALLEST.keys() == CONFIGS.keys() | ALIASES.keys()


@pytest.mark.parametrize("type_", SMALLEST)
def test_the_smallest_config_of_each_type(type_):
    authentication = accepted(signed_in(type_)).authentication
    assert authentication.type == ALIASES.get(type_, type_)
    assert SMALLEST[type_].items() <= authentication.config.items()


@pytest.mark.parametrize(("type_", "name"), REQUIRED)
def test_each_required_field(type_, name):
    for absent in (ABSENT, None):
        assert codes(signed_in(type_, **{name: absent})) == [(f"authentication.config.{name}", "missing")]


@pytest.mark.parametrize("type_", [type_ for type_ in SMALLEST if type_ != "none"])
@pytest.mark.parametrize("config", [ABSENT, None, {}])
def test_a_config_that_is_not_there_lacks_every_required_field(type_, config):
    authentication = {"type": type_} | ({} if config is ABSENT else {"config": config})
    found = codes(connector(authentication=authentication))
    assert found == [(f"authentication.config.{name}", "missing") for name in sorted(SMALLEST[type_])]


@pytest.mark.parametrize(
    "authentication",
    [None, {}, {"type": None}, {"type": "none"}, {"type": "none", "config": {}}, {"type": "none", "config": None}],
)
def test_none_signs_in_nowhere(authentication):
    assert codes(connector(authentication=authentication)) == []


def test_the_defaults_are_filled_in():
    assert accepted(signed_in("jwt")).authentication.config == {
        **SMALLEST["jwt"],
        "algorithm": "RS256",
        "jwt_headers": {},
    }
    assert accepted(signed_in("oauth_client_credentials")).authentication.config == {
        **SMALLEST["oauth_client_credentials"],
        "auth_style": "body",
        "extra_params": {},
    }
    assert accepted(signed_in("oauth_jwt_bearer")).authentication.config == {
        **SMALLEST["oauth_jwt_bearer"],
        "token_ttl": 3600,
        "algorithm": "RS256",
        "additional_claims": {},
        "jwt_headers": {},
        "extra_params": {},
    }
    assert accepted(signed_in("oauth_refresh_token")).authentication.config == {
        **SMALLEST["oauth_refresh_token"],
        "auth_style": "body",
        "extra_params": {},
    }


@pytest.mark.parametrize(
    ("type_", "config"),
    [
        ("api_key", {"in": "query", "key": "any key"}),
        ("api_key", {"value": "Token " + SECRET}),
        ("api_key", {"key": "{{ get_variable('header') }}"}),
        ("basic", {"username": 5}),
        ("basic", {"password": ""}),
        ("jwt", {"claims": {}}),
        ("jwt", {"claims": {"exp": "{{ now(60) }}", "aud": ["a", "b"], "n": 1.5, "ok": True, "no": None}}),
        ("jwt", {"jwt_headers": {"kid": "1"}}),
        *(("jwt", {"algorithm": algorithm}) for algorithm in ALGORITHMS),
        ("jwt", {"algorithm": "{{ get_variable('algorithm') }}"}),
        ("oauth_client_credentials", {"scope": "a b"}),
        ("oauth_client_credentials", {"scope": ""}),
        ("oauth_client_credentials", {"auth_style": "basic", "audience": "https://api.example.com"}),
        ("oauth_client_credentials", {"extra_params": {"resource": "a", "tenant": 7}}),
        ("oauth_client_credentials", {"token_url": "{{ get_secret('token_url') }}"}),
        ("oauth_client_credentials", {"token_url": "https://a.example/" + "x" * 2030}),
        ("oauth_jwt_bearer", {"token_ttl": 1}),
        ("oauth_jwt_bearer", {"token_ttl": 60.0}),
        ("oauth_jwt_bearer", {"token_ttl": "60"}),
        ("oauth_jwt_bearer", {"token_ttl": "{{ get_variable('ttl') }}"}),
        ("oauth_jwt_bearer", {"additional_claims": {"scope": "a"}, "jwt_headers": {"kid": SECRET}}),
        ("oauth_refresh_token", {"client_secret": SECRET}),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_accepted(type_, config):
    assert codes(signed_in(type_, **config)) == []


@pytest.mark.parametrize(
    ("type_", "name", "value", "code"),
    [
        ("api_key", "in", "body", "choice"),
        ("api_key", "in", "Header", "choice"),
        ("api_key", "key", "", "too_short"),
        ("api_key", "key", "a b", "pattern"),
        ("api_key", "key", "Host", "forbidden_header"),
        ("apikey", "key", "", "too_short"),
        ("api_key", "value", "", "too_short"),
        ("api_key", "value", 1.5, "wrong_type"),
        ("api_key", "value", ["a"], "wrong_type"),
        ("basic", "username", "", "too_short"),
        ("basic", "password", {}, "wrong_type"),
        ("bearer", "token", "", "too_short"),
        ("jwt", "private_key", "", "too_short"),
        ("jwt", "algorithm", "none", "choice"),
        ("jwt", "algorithm", "rs256", "choice"),
        ("jwt", "algorithm", 256, "wrong_type"),
        ("jwt", "claims", [], "wrong_type"),
        ("jwt", "claims", "{}", "wrong_type"),
        ("jwt", "jwt_headers", [], "wrong_type"),
        ("oauth_client_credentials", "token_url", "", "too_short"),
        ("oauth_client_credentials", "token_url", "https://a.example/" + "x" * 2031, "too_long"),
        ("oauth_client_credentials", "token_url", "http://login.example.com", "url_not_https"),
        ("oauth_client_credentials", "token_url", "https://10.0.0.1/token", "url_private"),
        ("oauth_client_credentials", "token_url", "https://login.example.com/token#a", "url_fragment"),
        ("oauth_client_credentials", "token_url", "/token", "url_not_absolute"),
        ("oauth_client_credentials", "scope", ["a"], "wrong_type"),
        ("oauth_client_credentials", "auth_style", "header", "choice"),
        ("oauth_client_credentials", "extra_params", [], "wrong_type"),
        ("oauth_jwt_bearer", "token_ttl", 0, "range"),
        ("oauth_jwt_bearer", "token_ttl", -1, "range"),
        ("oauth_jwt_bearer", "token_ttl", 1.5, "wrong_type"),
        ("oauth_jwt_bearer", "token_ttl", "0", "wrong_type"),
        ("oauth_jwt_bearer", "token_ttl", "an hour", "wrong_type"),
        ("oauth_jwt_bearer", "token_ttl", True, "wrong_type"),
        ("oauth_jwt_bearer", "token_ttl", float("inf"), "wrong_type"),
        ("oauth_jwt_bearer", "token_ttl", float("nan"), "wrong_type"),
        ("oauth_jwt_bearer", "subject", "", "too_short"),
        ("oauth_jwt_bearer", "audience", "", "too_short"),
        ("oauth_refresh_token", "refresh_token", "", "too_short"),
    ],
)
def test_refused(type_, name, value, code):
    assert codes(signed_in(type_, **{name: value})) == [(f"authentication.config.{name}", code)]


def test_extra_parameters_are_text():
    definition = signed_in("oauth_client_credentials", extra_params={"a": {}, "b": ""})
    assert codes(definition) == [
        ("authentication.config.extra_params.a", "wrong_type"),
        ("authentication.config.extra_params.b", "too_short"),
    ]


@pytest.mark.parametrize(
    ("authentication", "found"),
    [
        ({"type": "oauth"}, [("authentication.type", "choice")]),
        ({"type": "API_KEY"}, [("authentication.type", "choice")]),
        ({"type": 7}, [("authentication.type", "wrong_type")]),
        ({"type": []}, [("authentication.type", "wrong_type")]),
        ({"type": "bearer", "config": []}, [("authentication.config", "wrong_type")]),
        ({"type": "bearer", "config": "token"}, [("authentication.config", "wrong_type")]),
        (
            {"config": {"token": SECRET}},
            [("authentication.config.token", "unknown_field?"), ("authentication.type", "missing")],
        ),
    ],
)
def test_the_type_is_one_of_a_closed_list(authentication, found):
    assert codes(connector(authentication=authentication)) == found


def test_the_nearest_type_is_proposed():
    [problem] = problems_of(connector(authentication={"type": "api-key", "config": {}}))
    assert problem.message == "is 'api-key'"
    assert "oauth_client_credentials" in problem.expected
    assert problem.expected.endswith("Did you mean 'api_key'?")


def test_a_config_is_only_what_its_type_knows():
    definition = signed_in("bearer", scope="a", tokn="b")
    assert codes(definition) == [
        ("authentication.config.scope", "unknown_field?"),
        ("authentication.config.tokn", "unknown_field?"),
    ]


@pytest.mark.parametrize(
    ("type_", "name"),
    [(type_, name) for type_ in SMALLEST for name in sorted(config_model(type_).secret_fields)],
)
def test_a_secret_in_plain_text_is_a_warning(type_, name):
    where = f"authentication.config.{name}"
    assert codes(signed_in(type_, **{name: "s3cr3t"})) == [(where, "literal_secret?")]
    [problem] = problems_of(signed_in(type_, **{name: "s3cr3t"}))
    assert "s3cr3t" not in problem.message + problem.expected
    assert "get_secret" in problem.expected


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({"claims": {"sub": "{{ response.body }}"}}, "claims.sub"),
        ({"claims": {"a": {"b": ["x", "{{ pathParams.id }}"]}}}, "claims.a.b[1]"),
        ({"jwt_headers": {"kid": "{{ 'a' | nofilter }}"}}, "jwt_headers.kid"),
        ({"private_key": "{{ get_secret('a') "}, "private_key"),
    ],
)
def test_every_text_at_any_depth_is_a_template(config, where):
    assert codes(signed_in("jwt", **config)) == [(f"authentication.config.{where}", "template")]
