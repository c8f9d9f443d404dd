"""What a registry of extensions holds, and what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any

from widget_service.connectors.problems import Problem
from widget_service.widgets.definition import (
    ImportMapDefinition,
    ScriptDefinition,
    StylesheetDefinition,
    WidgetDefinition,
)


@dataclass(frozen=True, slots=True)
class ExtensionsReport:
    """What a registry holds and what is wrong with it, in the order of the file.

    The definitions are those without an error of their own; with `has_errors` the registry as a whole is refused.
    ``places`` tells the path of each definition, by list and identity: ``("widgets", "acme_plants")``.
    """

    problems: list[Problem] = field(default_factory=list)
    widgets: list[WidgetDefinition] = field(default_factory=list)
    scripts: list[ScriptDefinition] = field(default_factory=list)
    stylesheets: list[StylesheetDefinition] = field(default_factory=list)
    import_maps: list[ImportMapDefinition] = field(default_factory=list)
    places: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        """Whether the registry is refused."""
        return any(problem.is_error for problem in self.problems)

    @property
    def summary(self) -> str:
        """Such as ``2 widgets, 1 script``."""
        counts = {
            "widget": len(self.widgets),
            "script": len(self.scripts),
            "stylesheet": len(self.stylesheets),
            "import map": len(self.import_maps),
        }
        return ", ".join(_count(number, noun) for noun, number in counts.items() if number) or "no widgets"

    def as_dict(self) -> dict[str, Any]:
        """``{"valid": bool, "widgets": [type], "scripts": [name], "stylesheets": [name], "problems": [dict]}``."""
        return {
            "valid": not self.has_errors,
            "widgets": [widget.type for widget in self.widgets],
            "scripts": [script.name for script in self.scripts],
            "stylesheets": [stylesheet.name for stylesheet in self.stylesheets],
            "problems": [problem.as_dict() for problem in self.problems],
        }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
