"""The rules of definitions, a module a subject; each check reads an `Entry` and yields problems."""

from widget_service.connectors.checks.composite import check_composite
from widget_service.connectors.checks.connector import check_connector
from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.plain import check_plain

__all__ = ["Entry", "check_composite", "check_connector", "check_plain"]
