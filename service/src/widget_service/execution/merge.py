"""Merging what the caller sends into what the connector configures, under the rule of ``overridable``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from widget_service.execution.headers import NEVER_FROM_CALLER, is_passed_on
from widget_service.header_values import caller_header_value

Pair = tuple[str, str]
QueryPair = tuple[str, str | None]
"""A query parameter; None stands for one that has no ``=``."""


class RenderedParameter(NamedTuple):
    """A configured header or query parameter with its template rendered."""

    key: str
    value: str
    overridable: bool


def merge_query(
    url_query: Sequence[QueryPair], configured: Sequence[RenderedParameter], caller: Sequence[Pair]
) -> list[QueryPair]:
    """Return the query of the resolved request, in this order: the URL's own, the configured, the caller's.

    ``configured`` replaces same-named parameters of the URL's own query string. A caller's value replaces a
    configured one that is overridable, with all its repetitions; for any other configured key, those of the URL's
    query string included, it is ignored. What is not configured is passed on.
    """
    if not configured and not caller:
        return list(url_query)
    given: dict[str, list[str]] = {}
    for key, value in caller:
        given.setdefault(key, []).append(value)
    fixed = {key for key, _ in url_query}
    declared = {parameter.key for parameter in configured}
    merged = [pair for pair in url_query if pair[0] not in declared]
    replaced: set[str] = set()
    for parameter in configured:
        if parameter.overridable and parameter.key in given:
            if parameter.key not in replaced:
                merged += [(parameter.key, value) for value in given[parameter.key]]
            replaced.add(parameter.key)
        else:
            merged.append((parameter.key, parameter.value))
    merged += [pair for pair in caller if pair[0] not in fixed and pair[0] not in declared]
    return merged


def merge_headers(configured: Iterable[RenderedParameter], caller: Mapping[str, str]) -> list[Pair]:
    """Return the headers of the resolved request; names compare without case.

    ``caller`` has lowercase names. Raises ``INVALID_REQUEST_HEADER`` for a caller's value that cannot be sent.
    """
    merged: list[Pair] = []
    declared: set[str] = set()
    for parameter in configured:
        name = parameter.key.lower()
        declared.add(name)
        if parameter.overridable and name in caller and name not in NEVER_FROM_CALLER:
            merged.append((parameter.key, caller_header_value(name, caller[name])))
        else:
            merged.append((parameter.key, parameter.value))
    for name, value in caller.items():
        if name not in declared and is_passed_on(name):
            merged.append((name, caller_header_value(name, value)))
    return merged
