"""Rendering pages: everything is escaped, and a name that is missing is a mistake."""

import json
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from widget_service.admin.pages import charts
from widget_service.registry.sync import ABSENT

_environment = Environment(
    loader=PackageLoader("widget_service.admin.pages", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: Any) -> str:
    """Return the page; ``csrf_field`` is the hidden field that every form must have."""
    token = values.get("csrf_token", "")
    field = Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)
    return _environment.get_template(template).render(csrf_field=field, **values)


def pretty(value: object) -> str:
    """Return a JSON value for people, its members in the order in which they came."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def milliseconds(value: float | None) -> str:
    """Return a time: with three figures where it is short; a dash for None."""
    if value is None:
        return "–"
    return f"{value:.3g} ms" if value < 10 else f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.1f} s"


def share(part: float, whole: float) -> str:
    """Return a share in per cent; a dash where there is nothing."""
    return f"{100 * part / whole:.3g} %" if whole else "–"


def size(count: int | None) -> str:
    """Return a number of bytes; a dash for None."""
    if count is None:
        return "–"
    return f"{count} B" if count < 1024 else f"{count / 1024:,.1f} KiB"


_environment.filters |= {"pretty": pretty, "ms": milliseconds, "size": size}
_environment.globals |= {"share": share, "charts": charts}
_environment.tests["absent"] = lambda value: value is ABSENT
