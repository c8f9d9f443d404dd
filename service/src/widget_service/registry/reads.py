"""Which secrets and variables a definition reads, known from its templates."""

from collections.abc import Mapping
from typing import Any

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.templates import reads_of, templates_of
from widget_service.connectors.rules import Rules

_FUNCTIONS_BEGIN = "get_"
"""What is in every template that reads a secret or a variable; most read none, and need no parsing."""


def names_read(raw: Mapping[str, Any], *, composite: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the secrets and of the variables that a connector, or a composite's steps, read."""
    entry = Entry(raw, (), Rules())
    entries = [entry, *entry.parts("steps")] if composite else [entry]
    found = [
        reads
        for part in entries
        for template in templates_of(part, composite=composite)
        if _FUNCTIONS_BEGIN in template.source and (reads := reads_of(template.source)) is not None
    ]
    secrets = frozenset[str]().union(*(reads.secrets for reads in found))
    variables = frozenset[str]().union(*(reads.variables for reads in found))
    return tuple(sorted(secrets)), tuple(sorted(variables))
