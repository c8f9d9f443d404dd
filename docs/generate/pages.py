"""Which reference pages there are, and what makes each."""

from collections.abc import Callable
from pathlib import Path

from docs.generate import (
    admin_api,
    commands,
    definitions,
    errors,
    javascript_sdk,
    metrics,
    python_sdk,
    settings,
    templates,
    wire_protocol,
)

FOLDER = Path(__file__).resolve().parents[1] / "reference"
PAGES: dict[str, Callable[[], str]] = {
    "admin-api.md": admin_api.make,
    "browser-sdk.md": javascript_sdk.make,
    "commands.md": commands.make,
    "definitions.md": definitions.make,
    "errors.md": errors.make,
    "metrics.md": metrics.make,
    "python-sdk.md": python_sdk.make,
    "settings.md": settings.make,
    "templates.md": templates.make,
    "wire-protocol.md": wire_protocol.make,
}
