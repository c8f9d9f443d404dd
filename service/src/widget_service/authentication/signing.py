"""Signing JSON Web Tokens (RFC 7519) with a private key or a shared secret."""

import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from widget_service.authentication.private_key import read_private_key, refused
from widget_service.connectors.authentication_config import ALGORITHMS

DEFAULT_ALGORITHM = "RS256"

_FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_KINDS = {"RSA": "an RSA key", "EC": "an elliptic curve key", "OKP": "an Ed25519 key"}


def jwt_encode(
    payload: Any, key: Any, algorithm: Any = DEFAULT_ALGORITHM, headers: Mapping[str, Any] | None = None
) -> str:
    """Return the signed token; ``headers`` are further header parameters, such as ``{"kid": "1"}``.

    Raises `widget_service.errors.AuthenticationFailed` (``JWT_SIGNING_ERROR``), which says what is wrong and never
    quotes the key.
    """
    from joserfc import jws, jwt
    from joserfc.errors import JoseError, SecurityWarning

    if not isinstance(payload, Mapping):
        raise refused("The payload of a token must be an object of claims.")
    if algorithm not in ALGORITHMS:
        raise refused(f"The algorithm must be one of {', '.join(ALGORITHMS)}.")
    if not isinstance(key, str) or not key.strip():
        raise refused("There is no key to sign with.")
    if headers is not None and not isinstance(headers, Mapping):
        raise refused("The headers of a token must be an object.")
    header = {**(headers or {}), "alg": algorithm}
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(header, dict(payload), _key(key, algorithm), registry=registry)
    except (JoseError, TypeError, ValueError, RecursionError):
        raise refused(
            f"The token cannot be signed with {algorithm}: the claims, the headers or the key do not fit."
        ) from None


@lru_cache(maxsize=256)
def _key(text: str, algorithm: str) -> Any:
    """Return the key as the JOSE library wants it. What was read once is kept: reading costs more than signing."""
    from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

    if algorithm.startswith("HS"):
        if "-----BEGIN " in text:
            raise refused(f"{algorithm} is signed with a shared secret, and the key is PEM; use RS256 or another.")
        return OctKey.import_key(text)
    private_key, kind = read_private_key(text)
    family = _FAMILIES[algorithm[:2]]
    if kind != family:
        raise refused(
            f"{algorithm} is signed with {_KINDS[family]}, and the key is {_KINDS.get(kind, 'another kind')}."
        )
    types: dict[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    key = types[family].import_key(private_key)
    if algorithm in _CURVES and key.as_dict()["crv"] != _CURVES[algorithm]:
        raise refused(f"{algorithm} is signed with a key on the curve {_CURVES[algorithm]}, and the key is on another.")
    return key
