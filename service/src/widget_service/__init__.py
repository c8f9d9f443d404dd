"""Widget Service: holds the keys of other people's APIs, so that widgets in a browser can use them."""

from widget_service._version import __version__

__all__ = ["__version__"]
