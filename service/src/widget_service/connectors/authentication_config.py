"""What each way to sign in to a destination is configured with."""

import re
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema
from pydantic_core import PydanticCustomError

from widget_service.connectors.fields import BlankConfigText, ConfigText, DefinitionModel, UrlText, is_templated
from widget_service.connectors.problems import json_type, shown, suggestion

ALGORITHMS: Final = (
    *("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"),
    *("PS256", "PS384", "PS512", "EdDSA"),
)
_HAS_TEMPLATE = r"\{[{%#]"
_DIGITS = re.compile(r"[1-9][0-9]{0,8}")


def _algorithm(value: Any) -> Any:
    if isinstance(value, str) and value not in ALGORITHMS and not is_templated(value):
        expected = f"one of {', '.join(ALGORITHMS)}, or a template.{suggestion(value, ALGORITHMS)}"
        raise PydanticCustomError("choice", "is {shown}", {"shown": shown(value), "expected": expected})
    return value


def _lifetime_s(value: Any) -> Any:
    if isinstance(value, str) and is_templated(value):
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:  # also for NaN and infinity
        found = shown(value) if isinstance(value, str) else json_type(value)
        raise PydanticCustomError("wrong_type", "is {found}", {"found": found, "expected": "a whole number of seconds"})
    if value < 1:
        raise PydanticCustomError("range", "is {found}", {"found": shown(value), "expected": "at least 1 second"})
    return int(value)


Algorithm = Annotated[
    str,
    BeforeValidator(_algorithm),
    WithJsonSchema({"anyOf": [{"enum": list(ALGORITHMS)}, {"type": "string", "pattern": _HAS_TEMPLATE}]}),
]
LifetimeS = Annotated[
    int | str,
    BeforeValidator(_lifetime_s),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": rf"^{_DIGITS.pattern}$|{_HAS_TEMPLATE}"},
            ]
        }
    ),
]


class AuthenticationConfig(DefinitionModel):
    """Base of all: every text, at any depth, is a template that may use secrets; numbers and booleans stay."""

    model_config = ConfigDict(validate_by_alias=True, serialize_by_alias=True)
    secret_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields whose value must never stand in a registry itself."""


class NoConfig(AuthenticationConfig):
    """``none``: nothing is added."""


class ApiKeyConfig(AuthenticationConfig):
    """``api_key``: sets the header, or appends the query parameter."""

    secret_fields = frozenset({"value"})
    key: ConfigText = Field(description="The name of the header or query parameter.")
    value: ConfigText = Field(description="Its value, such as \"Token {{ get_secret('api_token') }}\".")
    place: Literal["header", "query"] = Field(alias="in", description="Where the key goes: header or query.")


class BasicConfig(AuthenticationConfig):
    """``basic``: HTTP Basic (RFC 7617)."""

    secret_fields = frozenset({"password"})
    username: ConfigText = Field(description="The user name.")
    password: BlankConfigText = Field(description="The password, from get_secret(); it may be empty.")


class BearerConfig(AuthenticationConfig):
    """``bearer``: a fixed token as ``Authorization: Bearer`` (RFC 6750)."""

    secret_fields = frozenset({"token"})
    token: ConfigText = Field(description="The token, from get_secret().")


class JwtConfig(AuthenticationConfig):
    """``jwt``: a JWT signed for every request, as Bearer."""

    secret_fields = frozenset({"private_key"})
    private_key: ConfigText = Field(
        description="The PEM key, or the shared secret of an HS algorithm, from get_secret()."
    )
    algorithm: Algorithm = Field(default="RS256", description="Signature algorithm (RFC 7518 §3.1).")
    claims: dict[str, JsonValue] = Field(
        description="The claims of the token; exp, iat and nbf may be templates of digits."
    )
    jwt_headers: dict[str, JsonValue] = Field(default={}, description="Further header parameters, such as kid.")


class OAuthConfig(AuthenticationConfig):
    """Base of the types that obtain a token from a token endpoint."""

    token_url: UrlText = Field(description="The token endpoint; the rules of a connector's URL hold.")
    client_id: ConfigText = Field(description="The client's identifier.")
    extra_params: dict[str, ConfigText] = Field(
        default={}, description="Further parameters of the token request; they replace the service's own of that name."
    )


AuthStyle = Annotated[
    Literal["body", "basic"],
    Field(description="Where the client's id and secret go: in the form, or in an HTTP Basic header."),
]


class ClientCredentialsConfig(OAuthConfig):
    """``oauth_client_credentials``: RFC 6749 §4.4."""

    secret_fields = frozenset({"client_secret"})
    client_secret: ConfigText = Field(description="The client's secret, from get_secret().")
    scope: str | None = Field(default=None, description="Scopes, separated by spaces.")
    auth_style: AuthStyle = "body"
    audience: str | None = Field(default=None, description="Audience that the token is asked for.")
    resource: str | None = Field(default=None, description="Resource that the token is asked for (RFC 8707).")


class JwtBearerConfig(OAuthConfig):
    """``oauth_jwt_bearer``: an assertion signed by us, exchanged for a token (RFC 7523 §2.1)."""

    secret_fields = frozenset({"private_key"})
    private_key: ConfigText = Field(description="The PEM key that signs the assertion, from get_secret().")
    subject: ConfigText = Field(description="The claim sub of the assertion.")
    audience: ConfigText = Field(description="The claim aud of the assertion.")
    token_ttl: LifetimeS = Field(default=3600, description="Seconds to keep a token that does not say when it expires.")
    algorithm: Algorithm = Field(default="RS256", description="Signature algorithm (RFC 7518 §3.1).")
    additional_claims: dict[str, JsonValue] = Field(default={}, description="Further claims, such as scope.")
    jwt_headers: dict[str, JsonValue] = Field(default={}, description="Further header parameters, such as kid.")


class RefreshTokenConfig(OAuthConfig):
    """``oauth_refresh_token``: RFC 6749 §6."""

    secret_fields = frozenset({"client_secret", "refresh_token"})
    client_secret: ConfigText | None = Field(default=None, description="The client's secret, from get_secret().")
    refresh_token: ConfigText = Field(
        description="The refresh token, from get_secret(); a rotated one is stored again."
    )
    scope: str | None = Field(default=None, description="Scopes, separated by spaces; not more than were consented to.")
    auth_style: AuthStyle = "body"


CONFIGS: Final[dict[str, type[AuthenticationConfig]]] = {
    "none": NoConfig,
    "api_key": ApiKeyConfig,
    "basic": BasicConfig,
    "bearer": BearerConfig,
    "jwt": JwtConfig,
    "oauth_client_credentials": ClientCredentialsConfig,
    "oauth_jwt_bearer": JwtBearerConfig,
    "oauth_refresh_token": RefreshTokenConfig,
}
ALIASES: Final = {"apikey": "api_key"}
"""Other spellings of a type in existing definitions."""


def config_model(type_: object) -> type[AuthenticationConfig] | None:
    """Return the model of a type's config, by any of its names; None for a type that is not known."""
    return CONFIGS.get(ALIASES.get(type_, type_)) if isinstance(type_, str) else None
