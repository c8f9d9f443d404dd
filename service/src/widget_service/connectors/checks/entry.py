"""A definition, or a part of one, as it stands in the registry: what a check reads and where it reports.

Checks read the JSON itself, not the model made of it, so that a definition with a wrong type in one field is still
checked in all others and every problem is found at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from widget_service.connectors.problems import Finding, Location, Problem, Severity, json_path
from widget_service.connectors.rules import Rules


@dataclass(frozen=True, slots=True)
class Entry:
    """A JSON object at ``location``; ``subject`` is the permalink that its problems are told of."""

    raw: Mapping[str, Any]
    location: Location
    rules: Rules
    subject: str | None = None

    def text(self, name: str) -> str | None:
        """Return a member that is text, or None."""
        value = self.raw.get(name)
        return value if isinstance(value, str) else None

    def part(self, name: str) -> "Entry | None":
        """Return a member that is an object, or None."""
        value = self.raw.get(name)
        return self._inner(value, name) if isinstance(value, Mapping) else None

    def parts(self, name: str) -> Iterator["Entry"]:
        """Yield the objects of a member that is a list."""
        value = self.raw.get(name)
        for index, item in enumerate(value if isinstance(value, list) else ()):
            if isinstance(item, Mapping):
                yield self._inner(item, name, index)

    def has(self, name: str) -> bool:
        """Whether the member is there; null is the same as absent."""
        return self.raw.get(name) is not None

    def problem(
        self, *where: str | int, code: str, message: str, expected: str, severity: Severity = "error"
    ) -> Problem:
        """Return a problem with the member at ``where``."""
        return self.found(Finding(code=code, message=message, expected=expected, severity=severity), *where)

    def found(self, finding: Finding, *where: str | int) -> Problem:
        """Return the problem that ``finding`` is with the member at ``where``."""
        return finding.at(json_path((*self.location, *where)), subject=self.subject)

    def _inner(self, value: Mapping[str, Any], *where: str | int) -> "Entry":
        return Entry(value, (*self.location, *where), self.rules, self.subject)
