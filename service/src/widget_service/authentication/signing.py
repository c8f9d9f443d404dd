"""Signing JSON Web Tokens (RFC 7519) with the keys that people paste: PEM in many shapes, or a shared secret."""

import base64
import binascii
import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from widget_service.connectors.authentication_config import ALGORITHMS
from widget_service.errors import AuthenticationFailed

DEFAULT_ALGORITHM = "RS256"

_PEM = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----(?P<body>.*?)-----END (?P=label)-----", re.S)
_FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_KINDS = {"RSA": "an RSA key", "EC": "an elliptic curve key", "OKP": "an Ed25519 key"}


def jwt_encode(
    payload: Any, key: Any, algorithm: Any = DEFAULT_ALGORITHM, headers: Mapping[str, Any] | None = None
) -> str:
    """Return the signed token; ``headers`` are further header parameters, such as ``{"kid": "1"}``.

    Raises `AuthenticationFailed` (``JWT_SIGNING_ERROR``), which says what is wrong and never quotes the key.
    """
    from joserfc import jws, jwt
    from joserfc.errors import JoseError, SecurityWarning

    if not isinstance(payload, Mapping):
        raise _refused("The payload of a token must be an object of claims.")
    if algorithm not in ALGORITHMS:
        raise _refused(f"The algorithm must be one of {', '.join(ALGORITHMS)}.")
    if not isinstance(key, str) or not key.strip():
        raise _refused("There is no key to sign with.")
    if headers is not None and not isinstance(headers, Mapping):
        raise _refused("The headers of a token must be an object.")
    header = {**(headers or {}), "alg": algorithm}
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(header, dict(payload), _key(key, algorithm), registry=registry)
    except (JoseError, TypeError, ValueError, RecursionError):
        raise _refused(
            f"The token cannot be signed with {algorithm}: the claims, the headers or the key do not fit."
        ) from None


@lru_cache(maxsize=256)
def _key(text: str, algorithm: str) -> Any:
    """Return the key as the JOSE library wants it. What was read once is kept: reading costs more than signing."""
    from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

    if algorithm.startswith("HS"):
        if _PEM.search(text):
            raise _refused(f"{algorithm} is signed with a shared secret, and the key is PEM; use RS256 or another.")
        return OctKey.import_key(text)
    private_key, kind = _private_key(text)
    family = _FAMILIES[algorithm[:2]]
    if kind != family:
        raise _refused(
            f"{algorithm} is signed with {_KINDS[family]}, and the key is {_KINDS.get(kind, 'another kind')}."
        )
    types: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    key = types[family].import_key(private_key)
    if algorithm in _CURVES and key.as_dict()["crv"] != _CURVES[algorithm]:
        raise _refused(
            f"{algorithm} is signed with a key on the curve {_CURVES[algorithm]}, and the key is on another."
        )
    return key


def _private_key(text: str) -> tuple[Any, str]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(normalised_pem(text).encode("ascii"), password=None)
    except TypeError:
        raise _refused("The key is encrypted with a passphrase; store it without one.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _refused("The key cannot be read: its PEM is damaged or of a kind that is not known.") from None
    kinds = ((rsa.RSAPrivateKey, "RSA"), (ec.EllipticCurvePrivateKey, "EC"), (ed25519.Ed25519PrivateKey, "OKP"))
    return key, next((name for type_, name in kinds if isinstance(key, type_)), "")


def normalised_pem(text: str) -> str:
    r"""Return the PEM of a private key, whatever was pasted: literal ``\n``, CRLF, one line, or no header at all."""
    text = text.strip().strip("\"'").replace("\\r", "").replace("\\n", "\n")
    match = _PEM.search(text)
    if match is None:
        return _pem("PRIVATE KEY", _base64_body(text))
    label, body = match["label"], match["body"]
    if "PUBLIC" in label or "CERTIFICATE" in label:
        raise _refused(f"The key is a {label.lower()}; signing needs the private key.")
    if "ENCRYPTED" in label or "Proc-Type" in body:
        raise _refused("The key is encrypted with a passphrase; store it without one.")
    return _pem(label, _base64_body(body))


def _base64_body(text: str) -> str:
    body = "".join(text.split())
    try:
        base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        body = ""
    if not body:
        raise _refused("The key is no PEM: it must hold -----BEGIN PRIVATE KEY----- and its base64 lines.")
    return body


def _pem(label: str, body: str) -> str:
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _refused(detail: str) -> AuthenticationFailed:
    return AuthenticationFailed("JWT_SIGNING_ERROR", detail)
