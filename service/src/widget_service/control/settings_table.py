"""Every setting with its value in this process, its default and its meaning; secrets are masked."""

from pathlib import Path
from typing import Any

from widget_service.settings import ENV_PREFIX, Settings
from widget_service.storage.urls import printable_url


def settings_table(settings: Settings) -> list[dict[str, Any]]:
    """Return ``{"name", "value", "default", "meaning"}`` for each setting."""
    return [
        {
            "name": ENV_PREFIX + name.upper(),
            "value": _shown(_printable(name, getattr(settings, name))),
            "default": _shown(field.default),
            "meaning": field.description,
        }
        for name, field in type(settings).model_fields.items()
    ]


def _printable(name: str, value: Any) -> Any:
    return printable_url(value.get_secret_value()) if name == "database_url" and value is not None else value


def _shown(value: object) -> object:
    if value is None:
        return "none"
    if isinstance(value, Path) or hasattr(value, "get_secret_value"):  # a secret shows its mask
        return str(value)
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or "none"
    return value
