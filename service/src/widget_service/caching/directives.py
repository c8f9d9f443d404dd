"""The directives of ``Cache-Control`` (RFC 9111 §5.2), read strictly where a mistake would show one an old answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

MAX_DELTA_S = 2**31
"""Greater numbers mean this one (RFC 9111 §1.2.2)."""

_DIRECTIVE = re.compile(r'\s*+([^\s,=";]++)(?:=("(?:[^"\\]|\\.)*+"|[^,"]*+))?\s*+(?=,|$)')
_SKIPPED = re.compile(r'(?:"(?:[^"\\]|\\.)*+\\?(?:"|$)|[^,"])*+')
"""Anybody writes these texts: nothing is tried twice (``*+``), an unfinished quote is skipped to its end at once."""

_ESCAPED = re.compile(r"\\(.)")

Arguments = Mapping[str, Sequence[str | None]]


def parse_directives(text: str) -> dict[str, list[str | None]]:
    """Return the arguments of each directive by lowercase name, in order; None stands for one without an argument.

    What follows no grammar is passed over, up to the next comma outside of quotes.
    """
    found: dict[str, list[str | None]] = {}
    position = 0
    while position < len(text):
        match = _DIRECTIVE.match(text, position)
        if match is None:
            skipped = _SKIPPED.match(text, position)
            position = (skipped.end() if skipped else position) + 1
            continue
        found.setdefault(match[1].lower(), []).append(_argument(match[2]))
        position = match.end() + 1
    return found


def _argument(text: str | None) -> str | None:
    if text is None:
        return None
    text = text.rstrip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text


def delta_seconds(text: str | None) -> int | None:
    """Return a number of seconds (RFC 9111 §1.2.2), None for what is none."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return min(int(text[:20]), MAX_DELTA_S)


@dataclass(frozen=True, slots=True)
class ResponseDirectives:
    """What an answer says of its caching. Seconds are None where nothing is said.

    A lifetime that is no number, or that is given twice with different values, is 0: stale (RFC 9111 §4.2.1).
    ``hidden_fields`` are lowercase names of headers that a shared cache does not keep: ``private="a"`` and
    ``no-cache="a"`` name them.
    """

    max_age: int | None = None
    s_maxage: int | None = None
    no_store: bool = False
    no_cache: bool = False
    private: bool = False
    public: bool = False
    must_revalidate: bool = False
    proxy_revalidate: bool = False
    must_understand: bool = False
    stale_while_revalidate: int = 0
    stale_if_error: int = 0
    hidden_fields: frozenset[str] = frozenset()
    """Of ``no-cache="…"``."""
    private_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RequestDirectives:
    """What a request says of the caches on its way. ``max_stale`` is `MAX_DELTA_S` where any age will do."""

    no_cache: bool = False
    no_store: bool = False
    only_if_cached: bool = False
    max_age: int | None = None
    min_fresh: int | None = None
    max_stale: int | None = None


NO_DIRECTIVES = RequestDirectives()
_NOTHING_SAID = ResponseDirectives()
_MAX_REMEMBERED_CHARS = 1024


def response_directives(text: str) -> ResponseDirectives:
    """Return what a ``Cache-Control`` of an answer says; several lines are joined with commas."""
    if not text:
        return _NOTHING_SAID
    return _remembered_directives(text) if len(text) <= _MAX_REMEMBERED_CHARS else _read_directives(text)


def _read_directives(text: str) -> ResponseDirectives:
    found = parse_directives(text)
    no_cache, hidden = _unqualified(found, "no-cache")
    private, private_fields = _unqualified(found, "private")
    return ResponseDirectives(
        max_age=_lifetime(found, "max-age"),
        s_maxage=_lifetime(found, "s-maxage"),
        no_store="no-store" in found,
        no_cache=no_cache,
        private=private,
        public="public" in found,
        must_revalidate="must-revalidate" in found,
        proxy_revalidate="proxy-revalidate" in found,
        must_understand="must-understand" in found,
        stale_while_revalidate=_lifetime(found, "stale-while-revalidate") or 0,
        stale_if_error=_lifetime(found, "stale-if-error") or 0,
        hidden_fields=hidden,
        private_fields=private_fields,
    )


_remembered_directives = lru_cache(maxsize=512)(_read_directives)


@lru_cache(maxsize=128)
def request_directives(cache_control: str | None, pragma: str | None = None) -> RequestDirectives:
    """Return what a request says; ``Pragma`` counts only where there is no ``Cache-Control`` (RFC 9111 §5.4)."""
    if cache_control is None:
        return RequestDirectives(no_cache=True) if pragma and "no-cache" in pragma.lower() else NO_DIRECTIVES
    found = parse_directives(cache_control)
    return RequestDirectives(
        no_cache="no-cache" in found,
        no_store="no-store" in found,
        only_if_cached="only-if-cached" in found,
        max_age=_lifetime(found, "max-age"),
        min_fresh=_lifetime(found, "min-fresh"),
        max_stale=_max_stale(found),
    )


def _lifetime(found: Arguments, name: str) -> int | None:
    if name not in found:
        return None
    values = {delta_seconds(argument) for argument in found[name]}
    return (values.pop() or 0) if len(values) == 1 else 0


def _max_stale(found: Arguments) -> int | None:
    if "max-stale" not in found:
        return None
    return MAX_DELTA_S if None in found["max-stale"] else _lifetime(found, "max-stale")


def _unqualified(found: Arguments, name: str) -> tuple[bool, frozenset[str]]:
    """Return whether a directive stands without field names, and else those names."""
    arguments = found.get(name, ())
    fields = [_field_names(argument) for argument in arguments]
    if any(not names for names in fields):
        return True, frozenset()
    return False, frozenset().union(*fields)


def _field_names(argument: str | None) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in (argument or "").split(",") if name.strip())
