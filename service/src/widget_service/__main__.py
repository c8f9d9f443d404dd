"""``python -m widget_service``: the same as the command ``widget-service``."""

from widget_service.cli import main

if __name__ == "__main__":  # the process of the admin origin imports this module too
    main()
