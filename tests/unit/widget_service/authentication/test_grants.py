"""What token endpoints are asked, and which token is whose."""

import base64
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import RSAKey

from support.token_grants import TOKEN_URL, client_credentials, prepare, refresh_token
from widget_service.authentication.grant import TokenGrant
from widget_service.authentication.tokens.endpoint import basic_authorization
from widget_service.errors import ConfigurationError

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
ID_AND_SECRET = {"client_id": "the-client", "client_secret": "s3cret-of-the-client"}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "r3fresh-0"}
CREDENTIALS = {"grant_type": "client_credentials"}


def jwt_bearer(**config) -> TokenGrant:
    smallest = {"client_id": "me", "private_key": PEM, "subject": "you", "audience": "aud", "token_url": TOKEN_URL}
    outside = {"now": config.pop("now")} if "now" in config else {}
    grant = prepare("oauth_jwt_bearer", smallest | config, **outside)
    assert isinstance(grant, TokenGrant)
    return grant


@pytest.mark.parametrize(
    ("grant", "form", "basic"),
    [
        (client_credentials(), CREDENTIALS | ID_AND_SECRET, None),
        (client_credentials(scope="a b"), CREDENTIALS | ID_AND_SECRET | {"scope": "a b"}, None),
        (client_credentials(scope="{{ '' }}"), CREDENTIALS | ID_AND_SECRET, None),
        (client_credentials(auth_style="basic"), CREDENTIALS, ("the-client", "s3cret-of-the-client")),
        (
            client_credentials(audience="https://api", resource="urn:r", extra_params={"x": "{{ 1 + 1 }}"}),
            CREDENTIALS | ID_AND_SECRET | {"audience": "https://api", "resource": "urn:r", "x": "2"},
            None,
        ),
        (
            client_credentials(extra_params={"grant_type": "account_credentials", "account_id": "7"}),
            ID_AND_SECRET | {"grant_type": "account_credentials", "account_id": "7"},
            None,
        ),
        (refresh_token(), REFRESH | {"client_id": "the-client"}, None),
        (
            refresh_token(client_secret="x", scope="s"),
            REFRESH | {"client_id": "the-client", "client_secret": "x", "scope": "s"},
            None,
        ),
        (refresh_token(client_secret="x", auth_style="basic"), REFRESH, ("the-client", "x")),
    ],
)
def test_what_is_asked(grant, form, basic):
    request = grant.request(0)
    assert (request.url, dict(request.form), request.basic) == (TOKEN_URL, form, basic)
    assert len(request.form) == len(form)
    assert request.is_repeatable == (grant.type != "oauth_refresh_token")


@pytest.mark.parametrize(
    ("client", "header"),
    [
        (("id", "secret"), "id:secret"),
        (("a:b c", "p@s/s+ü%"), "a%3Ab%20c:p%40s%2Fs%2B%C3%BC%25"),
        (("", ""), ":"),
    ],
)
def test_basic_encodes_each_part_as_a_form_first(client, header):
    assert base64.b64decode(basic_authorization(client).removeprefix("Basic ")).decode() == header


def test_a_form_survives_what_values_hold():
    secret = "a&b=c+d %20\nü"
    pairs = client_credentials(secrets={"secret": secret}).request(0).form
    body = urlencode(pairs)
    assert dict(parse_qsl(body))["client_secret"] == secret


def test_an_assertion_lasts_three_minutes_and_configured_claims_win():
    grant = jwt_bearer(
        additional_claims={"scope": "x", "aud": ["a", "b"], "jti": "{{ now() }}"}, jwt_headers={"kid": "k"}
    )
    form = dict(grant.request(1000.9).form)
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    token = jwt.decode(form["assertion"], RSAKey.import_key(RSA_KEY))
    assert token.claims == {
        "iss": "me",
        "sub": "you",
        "aud": ["a", "b"],
        "iat": 1000,
        "exp": 1180,
        "scope": "x",
        "jti": "1700000000",
    }
    assert token.header == {"alg": "RS256", "kid": "k", "typ": "JWT"}


@pytest.mark.parametrize(("ttl", "seconds"), [(60, 60), ("{{ 40 + 2 }}", 42), ("{{ '' }}", 300)])
def test_how_long_a_token_is_kept_that_does_not_say(ttl, seconds):
    assert jwt_bearer(token_ttl=ttl).default_ttl_s == seconds


@pytest.mark.parametrize("ttl", ["{{ 'x' }}", "{{ -1 }}", "{{ 1.5 }}", "{{ 10 ** 12 }}"])
def test_a_lifetime_that_is_no_number_of_seconds_is_an_error(ttl):
    with pytest.raises(ConfigurationError, match="token_ttl"):
        jwt_bearer(token_ttl=ttl)


def test_every_difference_is_another_key():
    """No scope, claim, audience, secret, type or tenant ever gets another's token."""
    grants = [
        client_credentials(),
        client_credentials(tenant_id="other"),
        client_credentials(client_id="another"),
        client_credentials(secrets={"secret": "another"}),
        client_credentials(token_url="https://auth.example.com/token2"),
        client_credentials(scope="a"),
        client_credentials(scope="a b"),
        client_credentials(audience="a"),
        client_credentials(resource="a"),
        client_credentials(auth_style="basic"),
        client_credentials(extra_params={"a": "b"}),
        client_credentials(extra_params={"b": "a"}),
        refresh_token(),
        refresh_token(secrets={"refresh": "r3fresh-1"}),
        jwt_bearer(),
        jwt_bearer(subject="another"),
        jwt_bearer(additional_claims={"a": 1}),
        jwt_bearer(additional_claims={"a": "1"}),
        jwt_bearer(additional_claims={"a": [1]}),
        jwt_bearer(additional_claims={"at": "{{ now() }} {{ tenant_id }}"}),
        jwt_bearer(jwt_headers={"kid": "1"}),
    ]
    keys = {grant.key for grant in grants}
    assert len(keys) == len(grants)
    assert not any("s3cret" in key.digest for key in keys)


def test_the_same_credentials_share_a_token():
    assert client_credentials().key == client_credentials(client_secret="{{ get_secret('secret') | trim }}").key
    assert client_credentials(now=1).key == client_credentials(now=2).key
    timed = {"additional_claims": {"exp": "{{ now(60) }}", "jti": "{{ now() }}"}, "jwt_headers": {"iat": "{{ now() }}"}}
    assert jwt_bearer(now=1, **timed).key == jwt_bearer(now=2, **timed).key


@pytest.mark.parametrize(
    "config",
    [
        {"additional_claims": {"at": "{{ now() }}"}},
        {"additional_claims": {"deep": {"exp": "{{ now() }}"}}},
        {"additional_claims": {"exp": "{{ now() }}{{ tenant_id }}"}},
        {"jwt_headers": {"kid": "{{ now() }}"}},
        {"subject": "{{ now() }}"},
        {"subject": "{{ 'night' if now() > 1500 else 'day' }}"},
    ],
)
def test_what_the_clock_makes_of_anything_else_makes_another_key(config):
    assert jwt_bearer(now=1000, **config).key != jwt_bearer(now=2000, **config).key


def test_a_value_is_never_taken_for_a_template():
    """Texts that look like the template, or like what the key is made of, have keys of their own."""
    template, looks_like_it = "{{ now() }}", "{{ '{{' }} now() }}"
    grants = [jwt_bearer(additional_claims={"jti": jti}) for jti in (template, looks_like_it, [template], "")]
    grants += [jwt_bearer(additional_claims={}), jwt_bearer(additional_claims={"templates of times": {"jti": "x"}})]
    assert len({grant.key for grant in grants}) == len(grants)


def test_one_type_s_token_is_not_another_s():
    """The same values, asked for in another way."""
    grant = client_credentials()
    assert grant.key != replace(grant, type="another").key
    assert grant.key.digest != replace(grant, tenant_id="another").key.digest


@pytest.mark.parametrize(
    ("template", "secret"),
    [
        ("{{ get_secret('refresh') }}", "refresh"),
        ("{{ get_secret('refresh') | trim }}", "refresh"),
        ("{{ get_secret('refresh') }}x", None),
        ("in-the-definition", None),
    ],
)
def test_a_refresh_token_that_is_one_secret_can_be_written_back(template, secret):
    assert refresh_token(refresh_token=template).secret == secret


def test_successors_of_a_refresh_token_have_one_lease():
    first, second = refresh_token(), refresh_token(secrets={"refresh": "r3fresh-1"})
    assert first.key != second.key
    assert first.lease_key == second.lease_key
    assert first.by("r3fresh-1").key == first.by("r3fresh-1").by("r3fresh-2").key == first.key
    assert first.anew("r3fresh-1").key == first.by("r3fresh-1").anew("r3fresh-1").key == second.key
    assert first.lease_key == refresh_token(scope="another").lease_key == refresh_token(client_id="another").lease_key
    assert first.lease_key != refresh_token(tenant_id="other").lease_key


def test_a_refresh_token_that_is_no_secret_has_a_lease_for_its_client_at_its_server():
    differences = ({}, {"refresh_token": "b"}, {"client_id": "b"}, {"token_url": TOKEN_URL + "2"}, {"tenant_id": "b"})
    first, *others = [refresh_token(**({"refresh_token": "a"} | more)) for more in differences]
    assert first.by("b").lease_key == first.lease_key == refresh_token(refresh_token="a", scope="b").lease_key
    assert all(other.lease_key != first.lease_key for other in others)


def test_nothing_secret_is_printed():
    for grant in (client_credentials(auth_style="basic"), refresh_token(), jwt_bearer()):
        shown = repr(grant) + repr(grant.request(0))
        assert not any(secret in shown for secret in ("s3cret", "r3fresh", "PRIVATE"))
