"""Configured query parameters: keys that would not be sent as they were meant."""

from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.fields import is_templated
from widget_service.connectors.problems import Problem, shown


def check_query(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with ``query_parameters``. A key may stand twice: both are sent, in order."""
    for parameter in entry.parts("query_parameters"):
        key = parameter.text("key") or ""
        if is_templated(key):
            yield parameter.problem(
                "key",
                code="template",
                message=f"is {shown(key)}, which is sent as it stands",
                expected="a plain name; templates are rendered in values only",
                severity="warning",
            )
