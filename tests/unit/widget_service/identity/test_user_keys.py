"""Keys of user tokens: read in every common shape, and used for their own algorithm alone, whatever a token says."""

import base64
import hmac
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from widget_service.identity.user_keys import (
    InvalidUserKey,
    as_key_set,
    keys_of_set,
    read_user_keys,
    secret_key,
)
from widget_service.identity.user_tokens import InvalidUserToken, UserTokens

NOW = 1_000_000
CLAIMS = {"sub": "u-1", "aud": "default", "iat": NOW, "exp": NOW + 60}
SECRET = b"a secret that two parties share, and nobody else at all: 64 bytes"

RSA = rsa.generate_private_key(65537, 2048)
PRIVATE = {
    "rsa": RSA,
    "p256": ec.generate_private_key(ec.SECP256R1()),
    "p384": ec.generate_private_key(ec.SECP384R1()),
    "p521": ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ed448": ed448.Ed448PrivateKey.generate(),
}
ALGORITHMS = {
    "rsa": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
    "p256": ["ES256"],
    "p384": ["ES384"],
    "p521": ["ES512"],
    "ed25519": ["EdDSA", "Ed25519"],
    "ed448": ["EdDSA", "Ed448"],
}
EVERY = sorted({"HS256", "HS384", "HS512", "none", "None", "ES256K", *(a for of in ALGORITHMS.values() for a in of)})


def public_pem(name: str) -> str:
    public = PRIVATE[name].public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def private_jwk(name: str):
    pem = PRIVATE[name].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    kinds = {"rsa": RSAKey, "ed25519": OKPKey, "ed448": OKPKey}
    return kinds.get(name, ECKey).import_key(pem)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header: dict, key, algorithm: str | None = None, claims: dict = CLAIMS) -> str:
    """Sign by ``algorithm``, whatever the header says."""
    name = algorithm or header["alg"]
    name = "Ed25519" if name == "EdDSA" and key.curve_name == "Ed25519" else name
    name = "Ed448" if name == "EdDSA" else name
    data = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    signature = jws.JWSRegistry.algorithms[name].sign(data.encode(), key)
    return f"{data}.{b64(signature)}"


def tokens(*keys) -> UserTokens:
    return UserTokens(*keys, tenant_id="default", clock=lambda: NOW)


@pytest.mark.parametrize(("name", "algorithm"), [(name, each) for name, of in ALGORITHMS.items() for each in of])
def test_a_public_key_verifies_by_the_algorithms_of_its_kind(name, algorithm):
    keys = read_user_keys(public_pem(name))
    assert tokens(*keys).verify(signed({"alg": algorithm}, private_jwk(name))).id == "u-1"
    again = read_user_keys(as_key_set(keys))
    assert [key.algorithms for key in again] == [key.algorithms for key in keys]
    assert tokens(*again).verify(signed({"alg": algorithm}, private_jwk(name))).id == "u-1"


@pytest.mark.parametrize("name", PRIVATE)
def test_a_token_cannot_choose_another_algorithm(name):
    """A public key is no shared secret, and no algorithm is none (RFC 8725 §2.1)."""
    keys = read_user_keys(public_pem(name))
    secrets = [public_pem(name).encode(), public_pem(name).strip().encode(), keys[0].key.as_pem(private=False)]
    for algorithm in set(EVERY) - set(ALGORITHMS[name]):
        data = f"{b64(json.dumps({'alg': algorithm}).encode())}.{b64(json.dumps(CLAIMS).encode())}"
        for secret in secrets:
            signature = hmac.digest(
                secret, data.encode(), {"HS384": "sha384", "HS512": "sha512"}.get(algorithm, "sha256")
            )
            for text in (f"{data}.{b64(signature)}", f"{data}."):
                with pytest.raises(InvalidUserToken, match="not signed"):
                    tokens(*keys).verify(text)


@pytest.mark.parametrize(
    ("size", "algorithms"),
    [(32, ["HS256"]), (47, ["HS256"]), (48, ["HS256", "HS384"]), (64, ["HS256", "HS384", "HS512"])],
)
def test_a_secret_is_used_by_the_algorithms_that_it_is_long_enough_for(size, algorithms):
    secret = SECRET[:size]
    key = secret_key(secret)
    assert list(key.algorithms) == algorithms
    for algorithm in ("HS256", "HS384", "HS512"):
        token = signed({"alg": algorithm}, OctKey.import_key(secret))
        if algorithm in algorithms:
            assert tokens(key).verify(token).id == "u-1"
        else:
            with pytest.raises(InvalidUserToken):
                tokens(key).verify(token)


def jwk(name: str, **more: object) -> dict:
    return {**read_user_keys(public_pem(name))[0].key.as_dict(private=False), **more}


def test_a_jwk_pins_its_algorithm_and_its_use():
    (key,) = keys_of_set(jwk("rsa", alg="PS256"))
    assert tokens(key).verify(signed({"alg": "PS256"}, private_jwk("rsa"))).id == "u-1"
    with pytest.raises(InvalidUserToken):
        tokens(key).verify(signed({"alg": "RS256"}, private_jwk("rsa")))
    for wrong in ({"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "HS256"}, {"alg": "RSA-OAEP"}):
        with pytest.raises(InvalidUserKey):
            keys_of_set(jwk("rsa", **wrong))


def test_a_kid_chooses_among_keys_and_nothing_else():
    own, other = keys_of_set({"keys": [jwk("p256", kid="one"), jwk("ed25519", kid="two")]})
    verifier = tokens(own, other)
    assert verifier.verify(signed({"alg": "ES256", "kid": "one"}, private_jwk("p256"))).id == "u-1"
    assert verifier.verify(signed({"alg": "ES256"}, private_jwk("p256"))).id == "u-1"
    for kid in ("two", "", "../../dev/null", "' OR 1=1 --", "one\0", 1, ["one"], {"one": 1}, "x" * 300):
        with pytest.raises(InvalidUserToken):
            verifier.verify(signed({"alg": "ES256", "kid": kid}, private_jwk("p256")))


def test_a_token_brings_no_key_of_its_own():
    """Neither is anything fetched: there is nothing here that could (RFC 8725 §3.10)."""
    attacker = private_jwk("p256")
    embedded = {
        "jwk": jwk("p256"),
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert",
        "x5c": [b64(b"cert")],
        "kid": "https://evil.example/jwks#1",
    }
    for name, value in embedded.items():
        with pytest.raises(InvalidUserToken):
            tokens(secret_key(SECRET)).verify(signed({"alg": "ES256", name: value}, attacker))


@pytest.mark.parametrize("more", [{"crit": ["b64"], "b64": False}, {"crit": ["exp"]}, {"crit": []}])
def test_critical_extensions_are_refused(more):
    with pytest.raises(InvalidUserToken):
        tokens(secret_key(SECRET)).verify(signed({"alg": "HS256", **more}, OctKey.import_key(SECRET)))


@pytest.mark.parametrize(
    "text",
    [
        "a.b.c",
        "..",
        "e30.e30.",
        "e30.e30.e30.e30.e30",
        "W10.W10.W10",
        "bnVsbA.bnVsbA.bnVsbA",
        "ä.b.c",
        "a b.c.d",
        "x" * 9000,
        ".".join([b64(b"[" * 5000), "e30", "x"]),
        ".".join([b64(b'{"alg":"HS256"}'), b64(b'{"exp":' + b"9" * 4400 + b"}"), "x"]),
    ],
)
def test_what_is_no_token_is_refused_in_words(text):
    with pytest.raises(InvalidUserToken):
        tokens(secret_key(SECRET)).verify(text)


def test_times_may_have_fractions_and_nothing_stranger():
    key = OctKey.import_key(SECRET)
    assert tokens(SECRET).verify(signed({"alg": "HS256"}, key, claims={**CLAIMS, "exp": NOW + 30.5})).id == "u-1"
    for wrong in (float("nan"), float("inf"), True, None, "1"):
        with pytest.raises(InvalidUserToken):
            tokens(SECRET).verify(signed({"alg": "HS256"}, key, claims={**CLAIMS, "exp": wrong}))


def test_several_keys_stand_in_one_file():
    both = read_user_keys(public_pem("p256") + public_pem("ed25519"))
    assert [key.is_secret for key in both] == [False, False]
    for name, algorithm in (("p256", "ES256"), ("ed25519", "EdDSA")):
        assert tokens(*both).verify(signed({"alg": algorithm}, private_jwk(name))).id == "u-1"


def test_a_published_set_holds_no_secret_and_what_it_cannot_use_is_left_out():
    oct_key = {"kty": "oct", "k": b64(SECRET)}
    strange = {"kty": "EC", "crv": "secp256k1", "x": b64(b"x" * 32), "y": b64(b"y" * 32)}
    published = {"keys": [oct_key, strange, {"kty": "new"}, 5, jwk("p256", kid="one")]}
    (key,) = keys_of_set(published, secrets=False)
    assert key.kid == "one"
    with pytest.raises(InvalidUserKey, match="which nobody publishes"):
        keys_of_set({"keys": [oct_key]}, secrets=False)
    with pytest.raises(InvalidUserKey, match="32 at most"):
        keys_of_set({"keys": [jwk("p256")] * 33})


def test_a_key_shows_no_secret():
    key = secret_key(SECRET, kid="one")
    assert "secret that" not in repr(key)
    assert key.description == "secret 'one'"
    assert read_user_keys(public_pem("p256"))[0].description.startswith("P-256 ")


def test_a_key_that_is_taken_away_takes_its_tokens_with_it():
    """What was verified is remembered, and shared by those who verify for one tenant."""
    from widget_service.identity.remembered import Remembered

    remembered = Remembered()
    old = UserTokens(SECRET, tenant_id="default", remembered=remembered, clock=lambda: NOW)
    token = signed({"alg": "HS256"}, OctKey.import_key(SECRET))
    assert old.verify(token).id == "u-1"
    new = UserTokens(SECRET[::-1], tenant_id="default", remembered=remembered, clock=lambda: NOW)
    with pytest.raises(InvalidUserToken):
        new.verify(token)


def test_what_is_remembered_is_bounded():
    from widget_service.identity.remembered import Remembered

    remembered = Remembered(max_entries=3, max_characters=100)
    for number in range(10):
        remembered.put("t", f"{number}", number)
    assert [remembered.get("t", f"{number}") for number in (6, 7, 8, 9)] == [None, 7, 8, 9]
    remembered.put("t", "x" * 99, 99)
    assert len(remembered) == 2
    remembered.put("t", "x" * 101, 101)
    assert (len(remembered), remembered.get("other", "9")) == (0, None)
