"""Options that a configuration form asks an endpoint for, through the guarded client: a browser may not ask it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from widget_service.egress import UpstreamClient, UpstreamRequest
from widget_service.errors import ServiceError
from widget_service.widgets.definition import DynamicOptions, OptionsEndpoint, OptionsMapping, WidgetDefinition
from widget_service.widgets.hosting.widget_files import url_segment

_MAX_ANSWER_BYTES = 2 * 1024 * 1024
_MAX_OPTIONS = 500
_FIRST_ERROR = 400


class OptionsError(Exception):
    """There are no options; the text says why, in words for whoever writes the widget."""


@dataclass(frozen=True, slots=True)
class OptionsCall:
    """What a request for options is made for: ``name`` is ``TYPE.FIELD.options``."""

    name: str


class Definitions(Protocol):
    """Where the widgets' definitions are found."""

    def definition(self, type_: str) -> WidgetDefinition | None: ...


class Options:
    """Finds the dynamic options of the widgets' fields."""

    def __init__(self, client: UpstreamClient, definitions: Definitions) -> None:
        self._client, self._definitions = client, definitions

    async def find(self, type_: str, name: str, *, q: str = "", values: Sequence[str] = ()) -> list[dict[str, str]]:
        """Return ``[{"value", "label"}]`` for a search text, or for chosen values; raise `OptionsError`."""
        dynamic = self._dynamic(type_, name)
        endpoint = dynamic.values_endpoint if values and dynamic.values_endpoint is not None else dynamic.endpoint
        request = _request(endpoint, q, values, f"{url_segment(type_)}.{url_segment(name)}.options")
        try:
            answer = await self._client.send(request)
            body = await answer.read(_MAX_ANSWER_BYTES)
        except ServiceError as error:
            raise OptionsError(error.detail) from None
        if answer.status >= _FIRST_ERROR:
            raise OptionsError(f"{endpoint.endpoint} answered with status {answer.status}.")
        try:
            return options_of(json.loads(body), dynamic.mapping)
        except ValueError:
            raise OptionsError(f"{endpoint.endpoint} did not answer with JSON.") from None

    def _dynamic(self, type_: str, name: str) -> DynamicOptions:
        definition = self._definitions.definition(type_)
        fields = definition.configuration.properties if definition and definition.configuration else ()
        field = next((field for field in fields if field.name == name), None)
        if field is None or field.dynamic_options is None:
            raise OptionsError(f"The widget '{type_}' has no field '{name}' with dynamicOptions any more.")
        return field.dynamic_options


def options_of(answer: Any, mapping: OptionsMapping) -> list[dict[str, str]]:
    """Return the options in an answer; raise `OptionsError` where the mapping does not fit it."""
    path = (mapping.path or "").removeprefix("$").removeprefix(".")
    items = _at(answer, path)
    if not isinstance(items, list):
        place = f"'{path}'" if path else "its root"
        raise OptionsError(f"The answer has no list at {place}; mapping.path must lead to one.")
    options = []
    for item in items[:_MAX_OPTIONS]:
        value, label = _at(item, mapping.value_key), _at(item, mapping.label_key)
        if value is not None:
            options.append({"value": _text(value), "label": _text(value if label is None else label)})
    if items and not options:
        raise OptionsError(f"No item of the answer has the member '{mapping.value_key}'; see mapping.valueKey.")
    return options


def _request(endpoint: OptionsEndpoint, q: str, values: Sequence[str], name: str) -> UpstreamRequest:
    url = _filled(endpoint.endpoint, q, values)
    query = urlencode(list(_parameters(endpoint.params)))
    if query:
        url += f"{'&' if '?' in url else '?'}{query}"
    headers = [("Accept", "application/json"), *endpoint.headers.items()]
    body = None
    if endpoint.method == "POST":
        body = json.dumps(endpoint.body).encode() if endpoint.body is not None else None
        headers.append(("Content-Type", "application/json"))
    return UpstreamRequest(method=endpoint.method, url=url, headers=headers, body=body, made_for=OptionsCall(name))


def _filled(url: str, q: str, values: Sequence[str]) -> str:
    chosen = ",".join(quote(value, safe="") for value in values)
    return url.replace("{q}", quote(q, safe="")).replace("{value}", chosen)


def _parameters(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Scalars as text, lists as repetitions, objects as JSON; null is left out."""
    pairs = []
    for name, value in params.items():
        items = value if isinstance(value, list) else [value]
        pairs += [(name, _text(item)) for item in items if item is not None]
    return pairs


def _at(value: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
