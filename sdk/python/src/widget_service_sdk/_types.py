"""The types of the interface: what calls take, what they give back, how a client is set up."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, Required, TypeAlias, TypedDict

from ._errors import ConnectorError

HttpMethod: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""Whatever JSON can write; read from an answer, lists are ``list`` and objects are ``dict``."""

ExecutePayload: TypeAlias = Mapping[str, JsonValue]
"""A request body: a JSON object."""

ExecuteResponse: TypeAlias = dict[str, JsonValue]
"""The parsed JSON of an answer. Most are objects; a connector that answers with a list or a scalar gives that."""

QueryValue: TypeAlias = "str | int | float | bool | Sequence[QueryValue] | None"
"""A query parameter: lists are joined by commas, None is left out."""

QueryParams: TypeAlias = Mapping[str, QueryValue]
PathParams: TypeAlias = Mapping[str, str | int | float]
Headers: TypeAlias = Mapping[str, str]


class ExecuteCompositeOptions(TypedDict):
    """The mapping form of ``composite.execute``."""

    permalink: str | int
    payload: NotRequired[ExecutePayload | None]
    queryParams: NotRequired[QueryParams | None]
    headers: NotRequired[Headers | None]
    timeout: NotRequired[float | None]


class ExecuteConnectorOptions(TypedDict):
    """The mapping form of ``execute`` and ``execute_raw``."""

    permalink: str
    method: HttpMethod
    payload: NotRequired[ExecutePayload | None]
    queryParams: NotRequired[QueryParams | None]
    pathParams: NotRequired[PathParams | None]
    headers: NotRequired[Headers | None]
    timeout: NotRequired[float | None]


class BatchExecution(TypedDict, total=False):
    """One execution of ``execute_all``; ``method`` may be left out if ``composite`` is true."""

    permalink: Required[str | int]
    method: HttpMethod
    payload: ExecutePayload | None
    queryParams: QueryParams | None
    pathParams: PathParams | None
    headers: Headers | None
    composite: bool


class SDKConfig(TypedDict, total=False):
    """The settings of a client in their documented spelling; ``timeout`` is in milliseconds."""

    csrfToken: str | None
    headers: Headers | None
    timeout: float | None
    baseUrl: str | None
    token: str | None


class ExecutionSuccess(TypedDict):
    """The result of one execution of ``execute_all`` that succeeded."""

    ok: Literal[True]
    value: JsonValue


class ExecutionFailure(TypedDict):
    """The result of one execution of ``execute_all`` that failed."""

    ok: Literal[False]
    error: ConnectorError


ExecutionResult: TypeAlias = ExecutionSuccess | ExecutionFailure
