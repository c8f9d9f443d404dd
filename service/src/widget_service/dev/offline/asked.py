"""A request as recordings know it: who made it, and what it asks for, without anything that is secret in it."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from widget_service.dev.offline.bodies import kept_body
from widget_service.egress import UpstreamRequest
from widget_service.execution.execution import Execution
from widget_service.execution.explanation import FROM_AUTHENTICATION, FROM_CALLER_OVER, FROM_CONNECTOR, explain
from widget_service.execution.hiding import hidden_values, scrubbed
from widget_service.templating.masking import Scrubber
from widget_service.widgets.preview.options import OptionsCall

OTHER_NAME = "_other"
_NOT_FOR_FILE_NAMES = re.compile(r"[^A-Za-z0-9]+")
_SLUG_CHARACTERS = 40
_DIGEST_CHARACTERS = 8
_LONG_LINE = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """``name`` is the connector's permalink, ``request`` the masked request as plain data, ``hidden`` what it hides.

    For a step of a composite, ``name`` is ``PERMALINK.STEP``.
    """

    name: str
    request: dict[str, Any]
    hidden: Scrubber = field(repr=False)

    @property
    def file_name(self) -> str:
        """A name that is the same for the same request, and says something to people."""
        path = self.request["url"].partition("://")[2].partition("/")[2]
        slug = _NOT_FOR_FILE_NAMES.sub("-", path).strip("-")[-_SLUG_CHARACTERS:]
        canonical = json.dumps(self.request, sort_keys=True, ensure_ascii=True)
        digest = hashlib.sha256(canonical.encode()).hexdigest()[:_DIGEST_CHARACTERS]
        return "-".join(filter(None, (self.request["method"], slug.strip("-"), digest))) + ".json"

    @property
    def line(self) -> str:
        """The request on one line, for messages."""
        return line_of(self.request)


def asked_by(request: UpstreamRequest, secrets: Iterable[str]) -> Asked:
    """Return what ``request`` asks for; ``secrets`` are hidden whoever read them."""
    made_for = request.made_for
    if isinstance(made_for, Execution):
        return _asked_by_execution(made_for, request, secrets)
    url, _, query = request.url.partition("?")
    hidden = Scrubber(_lines(secrets))
    pairs = parse_qsl(query, keep_blank_values=True)
    name = made_for.name if isinstance(made_for, OptionsCall) else OTHER_NAME
    return Asked(name, _masked(request.method, url, pairs, [], request.body, hidden), hidden)


def line_of(request: Any) -> str:
    """Return the method, the URL and the query of a kept request."""
    query = request.get("query", {})
    texts = [
        f"{name}={item}" for name, value in query.items() for item in (value if isinstance(value, list) else [value])
    ]
    return f"{request.get('method')} {request.get('url')}{'?' if texts else ''}{'&'.join(texts)}"


def _asked_by_execution(execution: Execution, request: UpstreamRequest, secrets: Iterable[str]) -> Asked:
    explained = explain(execution)
    hidden = Scrubber(_lines([*secrets, *hidden_values(execution, explained)]))
    query = [_pair(told) for told in explained["query_parameters"] if told["from"] != FROM_AUTHENTICATION]
    headers = [_pair(told) for told in explained["headers"] if told["from"] in (FROM_CONNECTOR, FROM_CALLER_OVER)]
    masked = _masked(request.method, explained["url"], query, headers, request.body, hidden)
    return Asked(_name_of(execution), masked, hidden)


def _name_of(execution: Execution) -> str:
    """A composite's own steps have its permalink: each is known by its name beside that."""
    connector, snapshot = execution.connector, execution.snapshot
    composite = snapshot.composites.get(connector.permalink)
    is_step = composite is not None and any(step.request is connector for step in composite.steps)
    return f"{connector.permalink}.{connector.definition.name}" if is_step else connector.permalink


def _pair(told: dict[str, Any]) -> tuple[str, Any]:
    return told["name"], told["value"]


def _masked(
    method: str,
    url: str,
    query: Iterable[tuple[str, Any]],
    headers: Iterable[tuple[str, Any]],
    body: bytes | None,
    hidden: Scrubber,
) -> dict[str, Any]:
    masked = {
        "method": method,
        "url": url,
        "query": as_object(query),
        "headers": as_object(headers),
    }
    return {**{name: value for name, value in scrubbed(masked, hidden).items() if value}, **_body(body, hidden)}


def _body(body: bytes | None, hidden: Scrubber) -> dict[str, Any]:
    return {"body": kept_body(body, hidden)} if body else {}


def as_object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return pairs by name; what comes more than once is a list."""
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}


def _lines(values: Iterable[str]) -> Iterable[str]:
    """A key of many lines may come back in parts, or in one line."""
    for value in values:
        yield value
        lines = value.split("\n")
        if len(lines) > 1:
            yield from (line for line in map(str.strip, lines) if len(line) >= _LONG_LINE)
