"""Rendering a template with a context that is written as plain data."""

from collections.abc import Mapping
from typing import Any

from widget_service.templating import Field, RenderContext, ResponseView, compile_template, compile_url_rest


def context(**given: Any) -> RenderContext:
    """Return a context; members as in the vectors."""
    values = dict(given)
    response = values.pop("response", None)
    now = values.pop("now", 1_700_000_000)
    body_text = values.pop("body_text", "")
    secrets: Mapping[str, str] = values.pop("secrets", {})
    variables: Mapping[str, str] = values.pop("variables", {})
    return RenderContext(
        get_secret=secrets.__getitem__,
        get_variable=variables.__getitem__,
        now=lambda: now,
        body_text=body_text,
        body_raw=body_text,
        response=ResponseView(**response) if response else None,
        **values,
    )


def render(template: str, field: Field = Field.RESPONSE_BODY, **given: Any) -> str:
    """Return the rendered text."""
    compiled = compile_url_rest(template) if field is Field.URL else compile_template(template, field)
    return compiled.render(context(**given))
