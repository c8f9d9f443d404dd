"""The optional parts of a connector: how it retries, caches, limits, and whom and what it trusts."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from widget_service.connectors.fields import Attempts, DefinitionModel, Method, PositiveNumber

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""RFC 9110 §9.2.2."""


class Retry(DefinitionModel):
    """Further attempts after a failure to reach the destination."""

    attempts: Attempts = Field(description="Attempts in all, the first one included.")
    methods: Annotated[tuple[Method, ...], Field(strict=False)] | None = Field(
        default=None, description="Methods that may be tried again; idempotent ones when absent."
    )


class RateLimit(DefinitionModel):
    """How often the connector may be called."""

    per_minute: PositiveNumber = Field(description="Calls a minute.")
    per: Literal["connector", "user"] = Field(default="connector", description="Whose calls are counted together.")


class Cache(DefinitionModel):
    """How answers are kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"mode": {"const": "force"}}, "required": ["mode"]},
            "then": {"properties": {"ttl": {"type": "integer"}}, "required": ["ttl"]},
        }
    )

    mode: Literal["http", "off", "force"] = Field(
        default="http", description="By the answer's own headers (RFC 9111), not at all, or for ttl whatever they say."
    )
    ttl: PositiveNumber | None = Field(default=None, description="Seconds to keep an answer; needed by force.")
    scope: Literal["shared", "user"] = Field(default="shared", description="Whom a kept answer may be served to.")


class Access(DefinitionModel):
    """Who may call the connector."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"claims": {"minProperties": 1, "type": "object"}}, "required": ["claims"]},
            "then": {"properties": {"require": {"const": "user"}}, "required": ["require"]},
        }
    )

    require: Literal["anonymous", "user"] = Field(default="anonymous", description="The least that a caller must be.")
    claims: dict[str, JsonValue] = Field(default={}, description="Claims that the user's token must have.")


class Tls(DefinitionModel):
    """Certificates beside the system's own, as PEM."""

    model_config = ConfigDict(
        json_schema_extra={"dependentRequired": {"client_cert": ["client_key"], "client_key": ["client_cert"]}}
    )

    ca: str | None = Field(default=None, description="Certificate authorities to trust instead of the system's.")
    client_cert: str | None = Field(default=None, description="Certificate that the service shows.")
    client_key: str | None = Field(default=None, description="Its key; get_secret() may be used.")
