"""What a fake service has been asked."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .._raw import ResponseHeaders

_EXECUTE = re.compile("/connectors/(?P<composite>composite/)?(?P<permalink>[^/]+)/execute")


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One execution; ``headers`` are looked up without case, ``payload`` is None if there was no body."""

    permalink: str
    method: str
    query_params: Mapping[str, str]
    path_params: Mapping[str, str]
    headers: Mapping[str, str]
    payload: Any
    composite: bool


def read_call(method: str, target: str, headers: Mapping[str, str], body: bytes) -> RecordedCall | None:
    """The call that a request makes; None if its path is none of the protocol's."""
    path, _, query = target.partition("?")
    found = _EXECUTE.search(path)
    if found is None:
        return None
    looked_up = ResponseHeaders(headers)
    return RecordedCall(
        permalink=found["permalink"],
        method=method,
        query_params=dict(parse_qsl(query, keep_blank_values=True)),
        path_params=dict(parse_qsl(looked_up.get("x-path-params", ""), keep_blank_values=True)),
        headers=looked_up,
        payload=json.loads(body) if body else None,
        composite=bool(found["composite"]),
    )


def read_execution(execution: Mapping[str, Any]) -> RecordedCall:
    """The call that one execution of a batch makes."""
    return RecordedCall(
        permalink=execution["permalink"],
        method=execution.get("method", "POST"),
        query_params=execution.get("queryParams", {}),
        path_params=execution.get("pathParams", {}),
        headers=ResponseHeaders(execution.get("headers", {})),
        payload=execution.get("payload"),
        composite=execution.get("composite", False),
    )
