"""The rules of extensions, a module a subject; each check reads an `Entry` and yields problems."""

from widget_service.connectors.checks.entry import Entry
from widget_service.widgets.checks.import_map import check_import_map
from widget_service.widgets.checks.page_file import check_script, check_stylesheet
from widget_service.widgets.checks.widget import check_widget

__all__ = ["Entry", "check_import_map", "check_script", "check_stylesheet", "check_widget"]
