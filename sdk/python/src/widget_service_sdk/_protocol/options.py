"""The options of a call in their two spellings: snake_case keywords, and one mapping with the documented keys."""

import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import ConnectorBoundaryError

_COMMON = {"permalink": "permalink", "payload": "payload", "headers": "headers", "timeout": "timeout"}
_QUERY = {"queryParams": "query_params"}
_PATH = {"pathParams": "path_params"}


@dataclass(frozen=True, slots=True)
class OptionNames:
    """Which options there are: documented spelling → keyword. ``what`` names the call in messages."""

    what: str
    names: Mapping[str, str]

    def keyword(self, name: str) -> str | None:
        """The keyword for an option in either spelling; None for an unknown one."""
        return self.names.get(name) or (name if name in self.names.values() else None)


# `pathParams` is no option of a composite, but one that is refused with a reason of its own.
EXECUTE = OptionNames("execute", {**_COMMON, "method": "method", **_QUERY, **_PATH})
EXECUTE_RAW = OptionNames("execute_raw", EXECUTE.names)
COMPOSITE = OptionNames("composite.execute", {**_COMMON, **_QUERY, **_PATH})
BATCH_EXECUTION = OptionNames(
    "execute_all", {**{k: v for k, v in EXECUTE.names.items() if k != "timeout"}, "composite": "composite"}
)
CONFIG = OptionNames(
    "WidgetServiceSDK",
    {"csrfToken": "csrf_token", "headers": "headers", "timeout": "timeout", "baseUrl": "base_url", "token": "token"},
)

CONFIGURE = OptionNames("configure", CONFIG.names)

_OFTEN_MEANT = {
    "body": "payload",
    "request_body": "payload",
    "requestBody": "payload",
    "data": "payload",
    "json": "payload",
    "path": "path_params",
    "params": "query_params",
    "query": "query_params",
    "name": "permalink",
    "connector": "permalink",
    "url": "base_url",
    "timeout_ms": "timeout",
}


def read_options(accepted: OptionNames, options: object, keywords: dict[str, Any]) -> dict[str, Any]:
    """One dict of keywords from either form of a call.

    Raises TypeError, as any function does, for an unknown keyword or for both forms at once, and
    ConnectorBoundaryError if ``options`` is no mapping. Unknown keys of a mapping are ignored with a warning.
    """
    if options is None:
        for name in keywords:
            if name not in accepted.names.values():
                raise TypeError(f"{accepted.what}() has no option {name!r}{_hint(accepted, name, keywords=True)}")
        return keywords
    if not isinstance(options, Mapping):
        raise ConnectorBoundaryError(
            f"the options of {accepted.what}() must be a mapping, or keywords, not {type(options).__name__}"
        )
    if keywords:
        raise TypeError(f"{accepted.what}() takes one mapping or keywords, not both")
    return _from_mapping(accepted, options)


def _from_mapping(accepted: OptionNames, options: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in options.items():
        keyword = accepted.keyword(name) if isinstance(name, str) else None
        if keyword is None:
            _warn(f"{accepted.what}() ignores the option {name!r}{_hint(accepted, str(name), keywords=False)}")
        else:
            found[keyword] = value
    return found


def _hint(accepted: OptionNames, name: str, *, keywords: bool) -> str:
    keyword = accepted.keyword(name) or _nearest(accepted, name)
    if keyword is None:
        return f"; there are {', '.join(accepted.names.values() if keywords else accepted.names)}"
    documented = next(key for key, value in accepted.names.items() if value == keyword)
    return f"; the right name is {keyword if keywords else documented!r}"


def _nearest(accepted: OptionNames, name: str) -> str | None:
    meant = _OFTEN_MEANT.get(name)
    if meant in accepted.names.values():
        return meant
    from difflib import get_close_matches

    spellings = [*accepted.names.values(), *accepted.names]
    close = get_close_matches(name, spellings, n=1)
    return accepted.keyword(close[0]) if close else None


def _warn(message: str) -> None:
    """Warns at the first caller outside of this package."""
    level, frame = 1, sys._getframe(0)
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] == __name__.partition(".")[0]:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)
