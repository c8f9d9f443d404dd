"""Definitions: the one source of their fields, types, limits, defaults and descriptions."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, JsonValue, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from widget_service.connectors.authentication_config import ALIASES, CONFIGS, config_model
from widget_service.connectors.fields import (
    DefinitionModel,
    HeaderName,
    Method,
    Name,
    ParameterValue,
    PathValue,
    Permalink,
    PositiveNumber,
    UrlText,
)
from widget_service.connectors.options import Access, Cache, RateLimit, Retry, Tls
from widget_service.connectors.permalink import permalink_from_name
from widget_service.connectors.problems import shown, suggestion

_List = Field(strict=False)  # JSON's lists, kept as tuples


class Parameter(DefinitionModel):
    """A configured header or query parameter."""

    key: Name = Field(description="The name of the parameter.")
    value: ParameterValue = Field(description="A template of its value.")
    overridable: bool = Field(default=False, description="Whether the caller's value replaces this one.")


class HeaderParameter(Parameter):
    """A configured header."""

    key: HeaderName = Field(description="The name of the header.")


class PathParameter(DefinitionModel):
    """A value that the URL takes as ``{{ pathParams.key }}``."""

    key: Name = Field(description="The name by which the URL refers to the parameter.")
    value: PathValue | None = Field(default=None, description="Default; a literal, never a template.")
    overridable: bool = Field(default=True, description="Whether the caller's value replaces the default.")


class Authentication(DefinitionModel):
    """How to sign in to the destination; ``config`` holds what its type needs, with its defaults filled in."""

    type: str = Field(default="none", description="The way to sign in.", validate_default=True)
    config: Mapping[str, JsonValue] = Field(default={}, description="Depends on the type.", validate_default=True)

    @field_validator("type")
    @classmethod
    def _known_type(cls, type_: str) -> str:
        if type_ in ALIASES:
            return ALIASES[type_]
        if type_ not in CONFIGS:
            expected = f"one of {', '.join(CONFIGS)}.{suggestion(type_, CONFIGS)}"
            raise PydanticCustomError("choice", "is {shown}", {"shown": shown(type_), "expected": expected})
        return type_

    @field_validator("config", mode="before")
    @classmethod
    def _config_of_type(cls, config: Any, info: ValidationInfo) -> Any:
        model = config_model(info.data.get("type"))
        if model is None or not isinstance(config, Mapping):
            return config
        return model.model_validate(dict(config)).model_dump(exclude_none=True)


class _Request(DefinitionModel):
    """What a connector and a step of a composite have in common."""

    method: Method = Field(default="GET", description="Method of the request to the destination.")
    headers: Annotated[tuple[HeaderParameter, ...], _List] = Field(default=(), description="Headers always sent.")
    query_parameters: Annotated[tuple[Parameter, ...], _List] = Field(
        default=(), description="Query parameters always sent; their values are encoded by the service."
    )
    authentication: Authentication | None = Field(default=None, description="How to sign in to the destination.")
    request_body: str = Field(default="", description="Template of the body; blank: the caller's goes through.")
    response_body: str = Field(default="", description="Template of the answer; blank: it goes through unchanged.")
    response_content_type: Annotated[str, Field(max_length=255)] = Field(
        default="", description="Replaces the Content-Type of the answer."
    )


class _Named(DefinitionModel):
    """What is called by its permalink."""

    name: Name = Field(description="A name for people.")
    permalink: Permalink = Field(
        default="", validate_default=True, description="Name in calls; made of the name when absent."
    )
    description: str = Field(default="", description="For people.")
    tags: Annotated[tuple[str, ...], _List] = Field(default=(), description="For people.")

    @model_validator(mode="before")
    @classmethod
    def _permalink_from_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("permalink") is None and isinstance(data.get("name"), str):
            return {**data, "permalink": permalink_from_name(data["name"])}
        return data


class ConnectorDefinition(_Request, _Named):
    """A connector: one request to one destination, with everything that the caller must not see."""

    url: UrlText = Field(description="An absolute https URL; templates may stand in its path and query.")
    path_parameters: Annotated[tuple[PathParameter, ...], _List] = Field(
        default=(), description="Values that the URL takes as {{ pathParams.key }}."
    )
    timeout_ms: PositiveNumber | None = Field(default=None, description="Milliseconds to wait for the destination.")
    retry: Retry | None = Field(default=None, description="Further attempts after a failure.")
    max_concurrency: PositiveNumber | None = Field(default=None, description="Calls at the same time.")
    rate_limit: RateLimit | None = Field(default=None, description="Calls in a time.")
    cache: Cache | None = Field(default=None, description="How answers are kept.")
    access: Access | None = Field(default=None, description="Who may call the connector.")
    tls: Tls | None = Field(default=None, description="Certificates of its own.")
    response_headers: Annotated[tuple[HeaderName, ...], _List] = Field(
        default=(), description="Further headers of the answer to pass back."
    )


class StepDefinition(_Request):
    """A step of a composite: a request of its own (``url``), or a stored connector (``connector``)."""

    fixed_by_connector: ClassVar = ("url", "method", "authentication", "response_body", "response_content_type")
    """What a step that runs a stored connector leaves to it."""

    name: Permalink = Field(description="The name by which later steps refer to this one.")
    url: UrlText | None = Field(default=None, description="Absolute https URL of the step's own request.")
    connector: Permalink | None = Field(default=None, description="Permalink of a connector to run instead.")
    path_parameters: Annotated[tuple[Parameter, ...], _List] = Field(
        default=(), description="Path parameters of that connector; templates."
    )
    parallel: bool = Field(default=False, description="Whether a step that is no GET or HEAD may run beside others.")
    when: str = Field(default="", description="Template; empty, false, 0 or None skips the step.")
    on_error: Literal["stop", "continue"] = Field(default="stop", description="What follows when the step fails.")

    @model_validator(mode="before")
    @classmethod
    def _path_parameters_of_a_connector(cls, data: Any) -> Any:
        """A request of its own has none: they are ignored there, as a field that is not known."""
        if isinstance(data, dict) and data.get("connector") is None:
            return {name: value for name, value in data.items() if name != "path_parameters"}
        return data


class CompositeDefinition(_Named):
    """A composite: connectors in a row, of which the last one's answer counts."""

    steps: Annotated[tuple[StepDefinition, ...], _List] = Field(description="The steps, in order.")
    response_body: str = Field(default="", description="Template of the answer, over the results of all steps.")
    response_content_type: Annotated[str, Field(max_length=255)] = Field(
        default="", description="Replaces the Content-Type of the answer."
    )
