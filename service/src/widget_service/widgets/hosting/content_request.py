"""The request for a widget's content: the definition's own, with the props of the instance forwarded."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from widget_service.egress import UpstreamRequest
from widget_service.widgets.definition import Content

Pair = tuple[str, str]

_LABEL = "cachedLabel"
_TIMEOUT_S = 15.0


def content_request(content: Content, props: Mapping[str, Any]) -> UpstreamRequest:
    """Return the request: GET carries ``params`` and props as a query, POST carries props over ``body`` as JSON.

    Lists of props are joined by commas in a query, an empty one is sent empty. Labels that a form keeps beside its
    values are not sent. Headers are dropped when a redirect leads to another host.
    """
    forwarded = {name: _without_labels(value) for name, value in props.items()}
    pairs = list(_parameters(content.params))
    headers = {"Accept": "text/html, */*;q=0.1"}
    body = None
    if content.method == "POST":
        body = json.dumps({**_members(content.body), **forwarded}, ensure_ascii=False).encode()
        headers["Content-Type"] = "application/json"
    else:
        pairs += _forwarded(forwarded)
    return UpstreamRequest(
        content.method,
        _with_query(content.endpoint, pairs),
        headers=list(_merged(headers, content.headers)),
        body=body,
        sensitive_headers=frozenset(name.lower() for name in content.headers),
        headers_timeout_s=_TIMEOUT_S,
        body_timeout_s=_TIMEOUT_S,
    )


def _without_labels(value: Any) -> Any:
    """Return a value without the labels in it; what is then only its ``value`` is that."""
    if isinstance(value, Mapping):
        members = {name: _without_labels(member) for name, member in value.items() if name != _LABEL}
        return members["value"] if _LABEL in value and members.keys() == {"value"} else members
    return [_without_labels(item) for item in value] if isinstance(value, list) else value


def _members(body: Any) -> Mapping[str, Any]:
    return body if isinstance(body, Mapping) else {}


def _parameters(params: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the pairs of ``params``: a list repeats its name, null is left out."""
    for name, value in params.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                yield name, _text(item)


def _forwarded(props: Mapping[str, Any]) -> Iterator[Pair]:
    for name, value in props.items():
        if isinstance(value, list):
            yield name, ",".join(_text(item) for item in value if item is not None)
        elif value is not None:
            yield name, _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _with_query(url: str, pairs: list[Pair]) -> str:
    if not pairs:
        return url
    # A comma joins the values of one prop; it is legal in a query (RFC 3986 §3.4).
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe=',')}" for name, value in pairs)
    address, mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{mark}{fragment}"


def _merged(own: Mapping[str, str], given: Mapping[str, str]) -> Iterator[Pair]:
    replaced = {name.lower() for name in given}
    yield from ((name, value) for name, value in own.items() if name.lower() not in replaced)
    yield from given.items()
