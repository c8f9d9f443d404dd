"""``python -m widget_service``: the same as the command ``widget-service``."""

from widget_service.cli import main

main()
