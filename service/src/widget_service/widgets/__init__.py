"""Widgets: checking their registry, hosting their files, running them in pages, showing them on a page of our own."""

from widget_service.widgets.site import WidgetSite

__all__ = ["WidgetSite"]
