"""What pages load: scripts, styles and pictures of the package itself, from this origin only."""

from pathlib import Path

from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent / "static"


def static_files() -> StaticFiles:
    """Return the application that answers under ``/admin/static``."""
    return StaticFiles(directory=FOLDER)
