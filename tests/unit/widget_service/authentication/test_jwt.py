"""The type ``jwt``: claims at any depth are templates, and dates that render as digits become numbers."""

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from support.token_grants import prepare
from widget_service.authentication.base import Credential
from widget_service.authentication.jwt import with_numeric_dates
from widget_service.errors import ServiceError

KEY = "a-shared-secret-of-more-than-32-characters"


def signed(claims, **config):
    made = prepare(
        "jwt",
        {"private_key": "{{ get_secret('key') }}", "algorithm": "HS256", "claims": claims, **config},
        secrets={"key": KEY},
        user={"id": "u-1"},
    )
    assert isinstance(made, Credential)
    assert (made.place, made.key) == ("header", "Authorization")
    return jwt.decode(made.value.removeprefix("Bearer "), OctKey.import_key(KEY))


def test_every_string_is_a_template_and_other_values_stay():
    token = signed(
        {
            "sub": "{{ user.id }}",
            "exp": "{{ now(300) }}",
            "iat": "{{ now() }}",
            "deep": {"list": ["{{ user.id }}", 1, True, None, {"x": "{{ tenant_id }}"}]},
        },
        jwt_headers={"kid": "{{ 'k' ~ 1 }}"},
    )
    assert token.claims == {
        "sub": "u-1",
        "exp": 1_700_000_300,
        "iat": 1_700_000_000,
        "deep": {"list": ["u-1", 1, True, None, {"x": "default"}]},
    }
    assert token.header["kid"] == "k1"


@pytest.mark.parametrize(
    ("claims", "become"),
    [
        ({"exp": "1700000000"}, {"exp": 1700000000}),
        ({"iat": " 5 ", "nbf": "0"}, {"iat": 5, "nbf": 0}),
        ({"exp": 5}, {"exp": 5}),
        ({"exp": "-5"}, {"exp": "-5"}),
        ({"exp": "1.5"}, {"exp": "1.5"}),
        ({"exp": "٣"}, {"exp": "٣"}),
        ({"exp": "9" * 16}, {"exp": "9" * 16}),
        ({"exp": ""}, {"exp": ""}),
        ({"account": "123", "deep": {"exp": "1"}}, {"account": "123", "deep": {"exp": "1"}}),
    ],
)
def test_only_dates_of_digits_become_numbers(claims, become):
    assert with_numeric_dates(claims) == become


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"algorithm": "{{ 'none' }}"}, "JWT_SIGNING_ERROR"),
        ({"algorithm": "RS256"}, "JWT_SIGNING_ERROR"),
        ({"claims": {"a": {"b": "{{ get_secret('nobody') }}"}}}, "TEMPLATE_ERROR"),
    ],
)
def test_what_cannot_be_signed_is_said_without_the_key(config, code):
    with pytest.raises(ServiceError) as caught:
        signed(**({"claims": {}} | config))
    assert caught.value.code == code
    assert KEY not in caught.value.detail
    if code == "TEMPLATE_ERROR":
        assert "authentication.config.claims.a.b" in caught.value.detail
