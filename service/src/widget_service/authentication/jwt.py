"""``jwt``: a token that we sign for every request, sent as Bearer; never cached."""

import re
from collections.abc import Mapping
from typing import Any

from widget_service.authentication.base import Authenticator, Credential, bearer
from widget_service.authentication.fields import ConfigValue
from widget_service.authentication.grant import digest_of
from widget_service.authentication.signing import jwt_encode
from widget_service.templating import RenderContext

_NUMERIC_DATES = ("exp", "iat", "nbf")
_DIGITS = re.compile(r"\s*([0-9]{1,15})\s*")


class JwtAuthenticator(Authenticator):
    """Signs the configured claims."""

    signs = True

    def __init__(self, config: Mapping[str, Any], *, composite: bool = False) -> None:
        self._values = {name: ConfigValue(name, value, composite=composite) for name, value in config.items()}
        self.reads = tuple(reads for value in self._values.values() for reads in value.reads)

    def prepare(self, context: RenderContext) -> Credential:
        """Return the signed token; raise ``TEMPLATE_ERROR`` and ``JWT_SIGNING_ERROR``."""
        config = {name: value.render(context) for name, value in self._values.items()}
        claims = with_numeric_dates(config["claims"])
        signed = bearer(jwt_encode(claims, config["private_key"], config["algorithm"], config["jwt_headers"]))
        return signed._replace(identity=self._identity(config))

    def _identity(self, config: Mapping[str, Any]) -> str:
        """Return a digest of what is signed and by which key, but for what only tells the time of a token."""
        timed = [value.times for value in self._values.values()]
        return digest_of(
            "jwt", {name: value.without_times(config[name]) for name, value in self._values.items()}, timed
        )


def with_numeric_dates(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``claims`` with the dates that a template wrote as digits turned into numbers (RFC 7519 §2)."""
    dates = {name: _number(claims[name]) for name in _NUMERIC_DATES if name in claims}
    return {**claims, **dates}


def _number(value: Any) -> Any:
    match = _DIGITS.fullmatch(value) if isinstance(value, str) else None
    return int(match[1]) if match else value
