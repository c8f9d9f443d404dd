"""``REPO/.widget-service/theme.json``: the design tokens of a community, over the platform's defaults."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from widget_service.connectors.problems import Problem, json_path, json_type, suggestion
from widget_service.registry.load import read_registry
from widget_service.widgets.static_files import RUNTIME_DIR

THEME_NAME = "theme.json"

_EXAMPLE = 'an object of tokens: {"color-content-default": "#2B3346"}'
_NAME = re.compile(r"(?:--)?[A-Za-z_][A-Za-z0-9_-]*")
_DECLARATION = re.compile(r"^ +--([\w-]+):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Theme:
    """Tokens by name, without leading ``--``; ``problems`` are those of the file as it is now."""

    tokens: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class ThemeFile:
    """Reads the theme of a repository, one JSON object of token to value; a broken file leaves the last good theme."""

    def __init__(self, repo: Path) -> None:
        self.path = repo / ".widget-service" / THEME_NAME
        self.theme = Theme()
        self.read()

    def read(self) -> None:
        """Read the file again; one that is not there is no theme."""
        if not self.path.exists():
            self.theme = Theme()
            return
        document, problems = read_registry(self.path)
        if document is not None:
            problems += document.located(_check(document.value))
        told = tuple(_of_the_file(problems))
        if document is None or any(problem.is_error for problem in told):
            self.theme = Theme(self.theme.tokens, told)
        else:
            self.theme = Theme({name.removeprefix("--"): text for name, text in document.value.items()}, told)


@cache
def known_tokens() -> frozenset[str]:
    """Return the names of the tokens that have defaults."""
    return frozenset(_DECLARATION.findall((RUNTIME_DIR / "tokens.js").read_text(encoding="utf-8")))


def _check(tokens: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in tokens.items():
        path = json_path((name,))
        if not _NAME.fullmatch(name):
            expected = "letters, digits, hyphens and underscores, such as color-content-default"
            yield Problem(path=path, code="pattern", message="is no name of a token", expected=expected)
        elif name.removeprefix("--") not in known_tokens():
            expected = f"one of the platform's, unless your pages set it.{suggestion(name, known_tokens())}"
            yield Problem(
                path=path, code="unknown_token", message="is no known token", expected=expected, severity="warning"
            )
        if not isinstance(value, str) or not value.strip():
            message = "is empty" if isinstance(value, str) else f"is {json_type(value)}"
            yield Problem(
                path=path, code="wrong_type", message=message, expected='a CSS value as text, such as "#0c66e4"'
            )


def _of_the_file(problems: list[Problem]) -> Iterator[Problem]:
    for problem in problems:
        expected = _EXAMPLE if '"connectors"' in problem.expected else problem.expected
        yield replace(problem, expected=expected, subject=f".widget-service/{THEME_NAME}")
