"""The settings of a client: checked once, never changed in place."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

from .._errors import ConnectorBoundaryError
from .base_url import resolve_base_url
from .headers import HeaderTable, header_table, header_value

DEFAULT_TIMEOUT_MS = 30_000
DEFAULT_HEADERS: HeaderTable = header_table({"Accept": "application/json", "Content-Type": "application/json"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What every call of a client starts from. ``base_url`` is resolved, ``headers`` are checked and merged."""

    base_url: str
    headers: HeaderTable = field(default_factory=lambda: DEFAULT_HEADERS)
    timeout_ms: float = DEFAULT_TIMEOUT_MS
    csrf_token: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def wire_headers(self) -> dict[str, tuple[str, str]]:
        """Headers of every request: those made from the tokens, under those that the caller has set."""
        table: dict[str, tuple[str, str]] = {}
        if self.token:
            table["authorization"] = ("Authorization", f"Bearer {self.token}")
        if self.csrf_token:
            table["x-csrf-token"] = ("X-CSRF-Token", self.csrf_token)
        table.update(self.headers)
        return table


def change_settings(
    settings: Settings | None, given: Mapping[str, Any], *, page_origin: str | None, environment_url: str | None
) -> Settings:
    """The settings with those changes; headers are merged into the present ones, None means the default.

    Raises ConnectorBoundaryError for a value that cannot be, and if it is not known where the service is.
    """
    changes: dict[str, Any] = {}
    if settings is None or "base_url" in given:
        changes["base_url"] = resolve_base_url(
            given.get("base_url"), page_origin=page_origin, environment_url=environment_url
        )
    if "timeout" in given:
        timeout = given["timeout"]
        changes["timeout_ms"] = DEFAULT_TIMEOUT_MS if timeout is None else checked_timeout(timeout)
    if given.get("headers") is not None:
        present = settings.headers if settings else DEFAULT_HEADERS
        changes["headers"] = {**present, **header_table(given["headers"])}
    for name in ("csrf_token", "token"):
        if name in given:
            changes[name] = _token(name, given[name])
    return Settings(**changes) if settings is None else replace(settings, **changes)


def with_found_csrf_token(settings: Settings, found: str | None) -> Settings:
    """The settings with the page's CSRF token, unless one was given."""
    if settings.csrf_token or not found:
        return settings
    return replace(settings, csrf_token=_token("csrf_token", found))


def checked_timeout(value: object) -> float:
    """A timeout in milliseconds. Raises ConnectorBoundaryError unless it is a positive finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
        raise ConnectorBoundaryError(f"timeout must be a positive number of milliseconds, not {value!r}")
    return value


def checked_mapping(value: object, what: str) -> Mapping[Any, Any]:
    """The value itself. Raises ConnectorBoundaryError if it is no mapping."""
    if not isinstance(value, Mapping):
        raise ConnectorBoundaryError(f"{what} must be a mapping, not {type(value).__name__}")
    return value


def _token(name: str, value: object) -> str | None:
    """A token that can stand in a header, None for an empty one; an error never quotes it."""
    return None if value is None else header_value(name, value) or None
