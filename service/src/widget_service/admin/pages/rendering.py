"""Rendering pages: everything is escaped, and a name that is missing is a mistake."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

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
