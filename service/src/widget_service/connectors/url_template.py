"""The two halves of a URL template: its origin, where hardly a template may stand, and the rest, where any may."""

import re
from dataclasses import dataclass

_QUOTED = r"(?:'[^'\\]*'|\"[^\"\\]*\")"
_GET_VARIABLE = re.compile(
    rf"\{{\{{\s*get_variable\(\s*(?P<name>{_QUOTED})\s*\)\s*"
    rf"(?:\|\s*default\(\s*(?P<default>{_QUOTED})\s*(?:,\s*[Tt]rue\s*)?\)\s*)?\}}\}}"
)
_STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
# A template up to its end mark outside of quotes. No text matches in two ways: a URL cannot make this slow.
_TEMPLATE = (
    rf"(?:\{{\{{(?:{_STRING}|(?!\}}\}})[^'\"])*\}}\}}"
    rf"|\{{%(?:{_STRING}|(?!%\}})[^'\"])*%\}}"
    r"|\{#(?:(?!#\}).)*#\})"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_AUTHORITY = re.compile(rf"(?:{_TEMPLATE}|[^/?#\\])*", re.DOTALL)
_PIECE = re.compile(rf"({_TEMPLATE})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """A URL in three parts that make the whole again: ``https://``, the host with its port, path and query.

    ``scheme`` is empty where the URL begins with a template (``authority`` is then that template and whatever
    stands before the path) or has none at all.
    """

    scheme: str
    authority: str
    rest: str

    @property
    def origin(self) -> str:
        """Scheme and authority."""
        return self.scheme + self.authority

    @property
    def pieces(self) -> list[str]:
        """The authority cut into literal text (at even indexes, perhaps empty) and templates (at odd ones)."""
        return _PIECE.split(self.authority)


@dataclass(frozen=True, slots=True)
class HostVariable:
    """``{{ get_variable('name') | default('literal') }}``: the only template that an origin may hold."""

    name: str
    default: str | None


def parse_url_template(url: str) -> UrlTemplate:
    """Cut ``url`` where its path, its query or its fragment begins outside of a template."""
    match = _SCHEME.match(url)
    scheme = match[0] if match else ""
    authority = _AUTHORITY.match(url, len(scheme))
    end = authority.end() if authority else len(scheme)
    return UrlTemplate(scheme, url[len(scheme) : end], url[end:])


def split_url_template(url: str) -> tuple[str, str]:
    """Return the sources of ``https://host[:port]`` and of path and query, of a URL that keeps the rules."""
    template = parse_url_template(url)
    return template.origin, without_fragment(template.rest)


def without_fragment(rest: str) -> str:
    """Return path and query without the fragment behind them, which is never sent (RFC 9110 §7.1).

    Where statements stand beside it, it stays: a block could begin before it and end in it.
    """
    if "#" not in rest or "{%" in rest:
        return rest
    kept: list[str] = []
    for index, piece in enumerate(_PIECE.split(rest)):
        if index % 2 == 0 and "#" in piece:
            return "".join([*kept, piece.partition("#")[0]])
        kept.append(piece)
    return rest


def host_variable(template: str) -> HostVariable | None:
    """Return what a template in an origin stands for, or None where it is none that may stand there."""
    match = _GET_VARIABLE.fullmatch(template)
    if match is None:
        return None
    default = match["default"]
    return HostVariable(match["name"][1:-1], default[1:-1] if default is not None else None)
