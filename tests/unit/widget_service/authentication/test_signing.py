"""Signing tokens: every algorithm, keys in the shapes that people paste, and errors that never quote the key."""

import json
from base64 import b64encode, urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from widget_service.authentication.signing import jwt_encode
from widget_service.errors import AuthenticationFailed

SHARED = "a-shared-secret-of-more-than-64-characters-for-every-one-of-the-hs-algorithms"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEYS = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def pem(key, form=PrivateFormat.PKCS8, encryption=None) -> str:
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


RSA_PEM = pem(RSA_KEY)
OLD_PEM = pem(RSA_KEY, PrivateFormat.TraditionalOpenSSL)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
BODY = "".join(RSA_PEM.splitlines()[1:-1])


def key_for(algorithm: str):
    """Return the text of a key, and the key that verifies."""
    if algorithm.startswith("HS"):
        return SHARED, OctKey.import_key(SHARED)
    if algorithm in EC_KEYS:
        key = ec.generate_private_key(EC_KEYS[algorithm])
        return pem(key), ECKey.import_key(key)
    if algorithm == "EdDSA":
        return pem(ED_KEY), OKPKey.import_key(ED_KEY)
    return RSA_PEM, RSAKey.import_key(RSA_KEY)


def verified(token: str, key, algorithm: str):
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jwt.decode(token, key, registry=registry)


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize(
    "algorithm",
    [f"{family}{bits}" for family in ("HS", "RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"],
)
def test_every_algorithm_signs(algorithm):
    text, key = key_for(algorithm)
    token = verified(jwt_encode({"sub": "a", "n": [1]}, text, algorithm, {"kid": "k1", "x-own": "y"}), key, algorithm)
    assert token.claims == {"sub": "a", "n": [1]}
    assert token.header == {"alg": algorithm, "typ": "JWT", "kid": "k1", "x-own": "y"}


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param(RSA_PEM, id="as it is"),
        pytest.param(RSA_PEM.replace("\n", "\\n"), id="with literal \\n"),
        pytest.param(RSA_PEM.replace("\n", "\\r\\n"), id="with literal \\r\\n"),
        pytest.param(RSA_PEM.replace("\n", "\r\n"), id="with CRLF"),
        pytest.param(RSA_PEM.replace("\n", " "), id="on one line"),
        pytest.param(f'  "{RSA_PEM}"  ', id="in quotes"),
        pytest.param(BODY, id="without header"),
        pytest.param("Key:\n" + RSA_PEM, id="with text before it"),
        pytest.param(OLD_PEM, id="PKCS#1"),
        pytest.param("".join(OLD_PEM.splitlines()[1:-1]), id="PKCS#1 without header"),
        pytest.param(OLD_PEM.replace("RSA ", ""), id="PKCS#1 with the header of PKCS#8"),
        pytest.param(RSA_PEM.replace("\n", "\\\\n"), id="with \\n escaped twice"),
        pytest.param(RSA_PEM.partition("\n")[2], id="without its BEGIN line"),
        pytest.param(RSA_PEM.strip().rpartition("\n")[0], id="without its END line"),
        pytest.param(pem(RSA_KEY, PrivateFormat.OpenSSH), id="OpenSSH"),
        pytest.param(pem(RSA_KEY, PrivateFormat.OpenSSH).replace("\n", "\\n"), id="OpenSSH on one line"),
        pytest.param(CERTIFICATE + RSA_PEM, id="behind a certificate"),
        pytest.param(RSA_PEM + CERTIFICATE, id="before a certificate"),
        pytest.param("\ufeff" + RSA_PEM, id="with a byte order mark"),
        pytest.param(json.dumps({"type": "service_account", "private_key": RSA_PEM}), id="in its JSON file"),
        pytest.param(b64encode(RSA_PEM.encode()).decode(), id="encoded once more"),
    ],
)
def test_a_key_in_the_shapes_that_people_paste(pasted):
    assert verified(jwt_encode({}, pasted), RSAKey.import_key(RSA_KEY), "RS256").claims == {}


OLD_EC_PEM = pem(EC_KEY, PrivateFormat.TraditionalOpenSSL)
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


@pytest.mark.parametrize("pasted", [PARAMETERS + OLD_EC_PEM, OLD_EC_PEM, "".join(OLD_EC_PEM.splitlines()[1:-1])])
def test_an_elliptic_curve_key_in_the_shapes_of_openssl(pasted):
    assert verified(jwt_encode({}, pasted, "ES256"), ECKey.import_key(EC_KEY), "ES256").claims == {}


def test_the_algorithm_of_the_headers_does_not_count():
    token = jwt_encode({}, RSA_PEM, "RS256", {"alg": "none"})
    assert json.loads(urlsafe_b64decode(token.split(".")[0] + "=="))["alg"] == "RS256"


PUBLIC = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
ENCRYPTED = pem(RSA_KEY, encryption=BestAvailableEncryption(b"passphrase"))
OLD_ENCRYPTED = pem(RSA_KEY, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"passphrase"))


@pytest.mark.parametrize(
    ("payload", "key", "algorithm", "says"),
    [
        ({}, "", "RS256", "no key"),
        ({}, None, "RS256", "no key"),
        ({}, "secret-words", "RS256", "no PEM"),
        ({}, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----", "RS256", "cannot be read"),
        ({}, BODY[:200], "RS256", ""),
        ({}, PUBLIC, "RS256", "needs the private key"),
        ({}, ENCRYPTED, "RS256", "passphrase"),
        ({}, OLD_ENCRYPTED, "RS256", "passphrase"),
        ({}, OLD_ENCRYPTED.replace("\n", "\\n"), "RS256", "passphrase"),
        ({}, "".join(ENCRYPTED.splitlines()[1:-1]), "RS256", "passphrase"),
        ({}, CERTIFICATE, "RS256", "block of certificate"),
        ({}, PARAMETERS, "ES256", "block of ec parameters"),
        ({}, RSA_PEM.replace("-----", "\u2014-\u2014"), "RS256", "line of the key is damaged"),
        ({}, RSA_PEM.partition("\n")[2].replace("M", "!"), "RS256", "END line of the key is missing"),
        ({}, RSA_PEM.replace(BODY[100:110], "!" * 10), "RS256", "between its BEGIN and END"),
        ({}, RSA_PEM.replace(BODY[:64] + "\n", ""), "RS256", "not complete"),
        ({}, RSA_PEM, "ES256", "elliptic curve key, and the key is an RSA key"),
        ({}, RSA_PEM, "HS256", "shared secret"),
        ({}, pem(ec.generate_private_key(ec.SECP384R1())), "ES256", "P-256"),
        ({}, RSA_PEM, "none", "one of HS256"),
        ({}, RSA_PEM, None, "one of HS256"),
        ([], RSA_PEM, "RS256", "object of claims"),
        ({"a": {1, 2}}, RSA_PEM, "RS256", "cannot be signed"),
    ],
)
def test_what_cannot_sign_says_why_and_never_quotes_the_key(payload, key, algorithm, says):
    with pytest.raises(AuthenticationFailed) as caught:
        jwt_encode(payload, key, algorithm)
    assert (caught.value.code, caught.value.status) == ("JWT_SIGNING_ERROR", 422)
    assert caught.value.scope == "Authentication (JWT signing)"
    assert says in caught.value.detail
    for quoted in ("secret-words", "c2VjcmV0", BODY[:40]):
        assert quoted not in caught.value.detail
