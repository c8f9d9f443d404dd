"""The fields by addition: their types and limits, and where they contradict each other or the service's own."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from unit.widget_service.connectors.definitions import accepted, codes, connector, problems_of

KEY = "{{ get_secret('client_key') }}"


@pytest.fixture(scope="module")
def certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timeout_ms", 1),
        ("timeout_ms", 15_000),
        ("timeout_ms", 500.0),
        ("max_concurrency", 1),
        ("retry", {"attempts": 1}),
        ("retry", {"attempts": 3}),
        ("retry", {"attempts": 2, "methods": ["GET", "POST"]}),
        ("retry", {"attempts": 2, "methods": None}),
        ("rate_limit", {"per_minute": 1}),
        ("rate_limit", {"per_minute": 60, "per": "connector"}),
        ("rate_limit", {"per_minute": 60, "per": "user"}),
        ("cache", {}),
        ("cache", {"mode": "http", "scope": "shared"}),
        ("cache", {"mode": "off"}),
        ("cache", {"mode": "force", "ttl": 1, "scope": "user"}),
        ("cache", {"ttl": 60}),
        ("access", {}),
        ("access", {"require": "anonymous"}),
        ("access", {"require": "anonymous", "claims": {}}),
        ("access", {"require": "user"}),
        ("access", {"require": "user", "claims": {"role": ["admin"], "level": 3}}),
        ("tls", {}),
        ("response_headers", ["X-One"]),
    ],
    ids=repr,
)
def test_accepted(field, value):
    assert codes(connector(**{field: value})) == []


@pytest.mark.parametrize(
    ("field", "value", "where", "code"),
    [
        ("timeout_ms", 0, "", "range"),
        ("timeout_ms", -5, "", "range"),
        ("timeout_ms", 15_001, "", "range"),
        ("timeout_ms", 1.5, "", "wrong_type"),
        ("timeout_ms", "500", "", "wrong_type"),
        ("timeout_ms", True, "", "wrong_type"),
        ("max_concurrency", 0, "", "range"),
        ("max_concurrency", "1", "", "wrong_type"),
        ("retry", 3, "", "wrong_type"),
        ("retry", {}, ".attempts", "missing"),
        ("retry", {"attempts": 0}, ".attempts", "range"),
        ("retry", {"attempts": 4}, ".attempts", "range"),
        ("retry", {"attempts": "2"}, ".attempts", "wrong_type"),
        ("retry", {"attempts": 2, "methods": "GET"}, ".methods", "wrong_type"),
        ("retry", {"attempts": 2, "methods": ["GET", "get"]}, ".methods[1]", "choice"),
        ("retry", {"attempts": 2, "methods": ["POST"]}, "", "no_effect?"),
        ("retry", {"attempts": 2, "methods": []}, "", "no_effect?"),
        ("rate_limit", 60, "", "wrong_type"),
        ("rate_limit", {}, ".per_minute", "missing"),
        ("rate_limit", {"per_minute": 0}, ".per_minute", "range"),
        ("rate_limit", {"per_minute": 1, "per": "tenant"}, ".per", "choice"),
        ("cache", True, "", "wrong_type"),
        ("cache", {"mode": "always"}, ".mode", "choice"),
        ("cache", {"mode": "force"}, ".ttl", "missing"),
        ("cache", {"mode": "force", "ttl": None}, ".ttl", "missing"),
        ("cache", {"mode": "force", "ttl": 0}, ".ttl", "range"),
        ("cache", {"scope": "tenant"}, ".scope", "choice"),
        ("access", "user", "", "wrong_type"),
        ("access", {"require": "admin"}, ".require", "choice"),
        ("access", {"claims": []}, ".claims", "wrong_type"),
        ("access", {"claims": {"role": "admin"}}, ".claims", "contradiction"),
        ("access", {"require": "anonymous", "claims": {"role": "admin"}}, ".claims", "contradiction"),
        ("tls", "PEM", "", "wrong_type"),
        ("tls", {"ca": "no certificate"}, ".ca", "certificate"),
        ("tls", {"ca": ""}, ".ca", "certificate"),
        ("tls", {"ca": "{{ get_secret('ca') }}"}, ".ca", "template"),
        ("tls", {"ca": 7}, ".ca", "wrong_type"),
        ("tls", {"client_key": KEY}, ".client_cert", "missing"),
        ("response_headers", "X-One", "", "wrong_type"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_refused(field, value, where, code):
    assert codes(connector(**{field: value})) == [(field + where, code)]


@pytest.mark.parametrize(("limit_ms", "found"), [(60_000, []), (59_999, [("timeout_ms", "range")])])
def test_the_timeout_ends_at_the_services_own_limit(limit_ms, found):
    assert codes(connector(timeout_ms=60_000), max_timeout_ms=limit_ms) == found


@pytest.mark.parametrize(
    ("method", "retry", "cache"),
    [
        ("GET", False, False),
        ("HEAD", False, False),
        ("OPTIONS", False, True),
        ("PUT", False, True),
        ("DELETE", False, True),
        ("POST", True, True),
        ("PATCH", True, True),
    ],
)
def test_what_does_nothing_for_a_method_is_a_warning(method, retry, cache):
    assert codes(connector(method=method, retry={"attempts": 2})) == [("retry", "no_effect?")] * retry
    assert codes(connector(method=method, retry={"attempts": 2, "methods": [method]})) == []
    assert codes(connector(method=method, cache={"mode": "http"})) == [("cache", "no_effect?")] * cache
    assert codes(connector(method=method, cache={"mode": "off"})) == []


def test_certificates_are_pem(certificate):
    tls = {"ca": certificate * 2, "client_cert": certificate, "client_key": KEY}
    assert accepted(connector(tls=tls)).tls.model_dump() == tls
    assert codes(connector(tls={"client_cert": certificate})) == [("tls.client_key", "missing")]
    assert codes(connector(tls=tls | {"client_cert": certificate[:-60]})) == [("tls.client_cert", "certificate")]


def test_a_private_key_in_plain_text_is_a_warning(certificate):
    tls = {"client_cert": certificate, "client_key": "-----BEGIN PRIVATE KEY-----"}
    assert codes(connector(tls=tls)) == [("tls.client_key", "literal_secret?")]
    assert codes(connector(tls=tls | {"client_key": "{{ nothing.body "})) == [("tls.client_key", "template")]


@pytest.mark.parametrize(
    ("fields", "message", "expected"),
    [
        ({"retry": {"attempts": 4}}, "is the number 4", "at most 3"),
        ({"retry": {"attempts": 0}}, "is the number 0", "at least 1"),
        ({"timeout_ms": 20_000}, "is 20000", "at most 15000"),
        ({"timeout_ms": 1.5}, "is a number", "a whole number"),
        ({"cache": {"mode": "forced"}}, "is 'forced'", "Did you mean 'force'?"),
        ({"cache": {"mode": "force"}}, "is missing", "seconds to keep an answer"),
        ({"access": {"claims": {"a": 1}}}, "anonymous", '"require": "user"'),
        ({"retry": {"attempts": 2}, "method": "POST"}, "does nothing for POST", '"methods": ["POST"]'),
        ({"tls": {"client_key": KEY}}, "beside 'client_key'", "certificate and key together"),
    ],
)
def test_what_is_wrong_and_what_would_be_right(fields, message, expected):
    [problem] = problems_of(connector(**fields))
    assert message in problem.message
    assert expected in problem.expected
