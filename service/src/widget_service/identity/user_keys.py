"""The keys that verify user tokens, each with the algorithms that it is for: a token never chooses (RFC 8725 §3.1)."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

MAX_KEYS = 32
MIN_SECRET_BYTES = 32
MIN_RSA_BITS = 2048

_SECRET_ALGORITHMS = {"HS256": 32, "HS384": 48, "HS512": 64}
"""The bytes that a secret needs for each (RFC 7518 §3.2)."""
_RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVE_ALGORITHMS = {
    "P-256": {"ES256": "ES256"},
    "P-384": {"ES384": "ES384"},
    "P-521": {"ES512": "ES512"},
    "Ed25519": {"EdDSA": "Ed25519", "Ed25519": "Ed25519"},
    "Ed448": {"EdDSA": "Ed448", "Ed448": "Ed448"},
}
"""What a token may call the one algorithm of each curve (RFC 7518 §3.4, RFC 9864), and what the library calls it."""


class InvalidUserKey(Exception):
    """A key that cannot verify user tokens; the message says why, and never quotes it."""


@dataclass(frozen=True, slots=True)
class UserKey:
    """One key. ``algorithms`` maps what a token may say in ``alg`` to the library's name of it."""

    key: Key = field(repr=False)
    algorithms: Mapping[str, str]
    kid: str | None = None

    @property
    def is_secret(self) -> bool:
        """Whether it signs as well: a secret that is shared with the host application."""
        return isinstance(self.key, OctKey)

    def has_signed(self, algorithm: str, data: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is this key's, of ``data``, by an algorithm that it is for."""
        name = self.algorithms.get(algorithm)
        if name is None:
            return False
        try:
            return bool(JWSRegistry.algorithms[name].verify(data, signature, self.key))
        except (JoseError, ValueError):
            return False

    @property
    def as_published(self) -> tuple[str | None, str, frozenset[str]]:
        """Name, thumbprint (RFC 7638) and algorithms: by these a published key is the same one as before."""
        return self.kid, self.key.thumbprint(), frozenset(self.algorithms)

    @property
    def description(self) -> str:
        """Kind, name and thumbprint (RFC 7638), which tell nothing of a secret but that it is the same one."""
        kind = "secret" if self.is_secret else str(self.key.as_dict(private=False).get("crv", "RSA"))
        named = f" {self.kid!r}" if self.kid else ""
        return f"{kind}{named}" if self.is_secret else f"{kind}{named} {self.key.thumbprint()[:12]}"


def secret_key(secret: bytes, *, kid: str | None = None) -> UserKey:
    """Return the key of a shared secret; raise `InvalidUserKey` for one that is too short."""
    algorithms = {name: name for name, size in _SECRET_ALGORITHMS.items() if len(secret) >= size}
    if not algorithms:
        raise InvalidUserKey(
            f"A secret must have {MIN_SECRET_BYTES} bytes at least (RFC 7518 §3.2), this one has {len(secret)}; "
            "`openssl rand -base64 48` makes one."
        )
    return UserKey(OctKey.import_key(secret), algorithms, kid)


def read_user_keys(text: str) -> list[UserKey]:
    """Return the keys of a file: PEM public keys and certificates, a JWK, a JWK Set, or a secret as it stands.

    Raises `InvalidUserKey`. What looks like a public key is never taken for a secret.
    """
    text = text.strip()
    if not text:
        raise InvalidUserKey("There is no key: the text is empty.")
    if "-----" in text:
        return _pem_keys(text)
    if text.startswith(("{", "[")):
        return keys_of_set(_json(text))
    return [secret_key(text.encode())]


def keys_of_set(data: object, *, secrets: bool = True) -> list[UserKey]:
    """Return the keys of a JWK or a JWK Set (RFC 7517) that can verify; raise `InvalidUserKey` where none can.

    Of a set, keys for something else are left out, and without ``secrets`` also shared secrets: what anybody can fetch
    is none.
    """
    if isinstance(data, dict) and "keys" not in data:
        data = {"keys": [data]}
    listed = data.get("keys") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise InvalidUserKey('This is no JWK Set: {"keys": [...]} (RFC 7517 §5).')
    if len(listed) > MAX_KEYS:
        raise InvalidUserKey(f"The set has {len(listed)} keys, {MAX_KEYS} at most can be.")
    keys, faults = [], []
    for number, jwk in enumerate(listed, start=1):
        try:
            keys.append(_jwk(jwk, secrets=secrets))
        except InvalidUserKey as fault:
            faults.append(f"key {number}: {fault}")
    if not keys:
        raise InvalidUserKey(f"No key of the set can verify user tokens. {' '.join(faults)}".strip())
    return keys


def as_key_set(keys: list[UserKey]) -> str:
    """Return keys as a JWK Set, secrets included, which `read_user_keys` reads again."""
    return json.dumps({"keys": [_as_jwk(key) for key in keys]})


def _as_jwk(key: UserKey) -> dict[str, Any]:
    jwk = {name: value for name, value in key.key.as_dict(private=key.is_secret).items() if name in _KEPT}
    pinned = {"alg": next(iter(key.algorithms))} if len(key.algorithms) == 1 else {}
    return {**jwk, **pinned, **({"kid": key.kid} if key.kid is not None else {})}


_KEPT = frozenset({"kty", "n", "e", "crv", "x", "y", "k"})


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        raise InvalidUserKey(f"The text looks like JSON and is none: {reason}.") from None


def _jwk(jwk: object, *, secrets: bool) -> UserKey:
    if not isinstance(jwk, dict):
        raise InvalidUserKey("it is no JSON object.")
    if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
        raise InvalidUserKey("it is not for signatures (use, key_ops).")
    kid = jwk.get("kid")
    if kid is not None and not isinstance(kid, str):
        raise InvalidUserKey("its kid is no text.")
    key = _imported(jwk, secrets=secrets)
    algorithms = key.algorithms
    if "alg" in jwk:  # pins it further
        algorithms = {name: of for name, of in algorithms.items() if name == jwk["alg"]}
        if not algorithms:
            raise InvalidUserKey("its alg is none that such a key is used with.")
    return UserKey(key.key, algorithms, kid)


def _imported(jwk: dict[str, Any], *, secrets: bool) -> UserKey:
    bare = {name: value for name, value in jwk.items() if name in _KEPT}
    try:
        match jwk.get("kty"):
            case "oct" if secrets:
                return secret_key(OctKey.import_key(bare).raw_value)
            case "oct":
                raise InvalidUserKey("it is a secret, which nobody publishes.")
            case "RSA":
                _check_rsa(int.from_bytes(base64.urlsafe_b64decode(bare["n"] + "===")).bit_length())
                return _rsa(RSAKey.import_key(bare))
            case "EC":
                return _curve(ECKey.import_key(bare))
            case "OKP":
                return _curve(OKPKey.import_key(bare))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise InvalidUserKey("it is damaged.") from None
    raise InvalidUserKey("its kty is none of RSA, EC, OKP and oct.")


def _check_rsa(bits: int) -> None:
    if bits < MIN_RSA_BITS:
        raise InvalidUserKey(f"it is an RSA key of {bits} bits, and must have {MIN_RSA_BITS}.")


def _rsa(key: RSAKey) -> UserKey:
    return UserKey(key, {name: name for name in _RSA_ALGORITHMS})


def _curve(key: ECKey | OKPKey) -> UserKey:
    algorithms = _CURVE_ALGORITHMS.get(key.curve_name)
    if algorithms is None:
        raise InvalidUserKey(f"its curve is none of {', '.join(_CURVE_ALGORITHMS)}.")
    return UserKey(key, algorithms)


def _pem_keys(text: str) -> list[UserKey]:
    blocks = [f"-----BEGIN {part.strip()}\n" for part in text.split("-----BEGIN ")[1:]]
    if not blocks or len(blocks) > MAX_KEYS:
        raise InvalidUserKey(f"The text is no PEM of 1 to {MAX_KEYS} public keys.")
    return [_pem_key(block) for block in blocks]


def _pem_key(block: str) -> UserKey:
    if "PRIVATE KEY" in block.partition("\n")[0]:
        raise InvalidUserKey(
            "This is a private key. Keep it where tokens are signed, and give its public half: "
            "openssl pkey -in FILE -pubout"
        )
    public = _public_key(block)
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    match public:
        case RSAPublicKey():
            _check_rsa(public.key_size)
            return _rsa(RSAKey.import_key(pem))
        case EllipticCurvePublicKey():
            return _curve(ECKey.import_key(pem))
        case Ed25519PublicKey() | Ed448PublicKey():
            return _curve(OKPKey.import_key(pem))
    raise InvalidUserKey("The public key is of a kind that signs no user tokens; RSA, EC and Ed25519 do.")


def _public_key(block: str) -> CertificatePublicKeyTypes | PublicKeyTypes:
    try:
        if "CERTIFICATE" in block.partition("\n")[0]:
            return x509.load_pem_x509_certificate(block.encode()).public_key()
        return serialization.load_pem_public_key(block.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidUserKey("A PEM block cannot be read as a public key or a certificate.") from None
