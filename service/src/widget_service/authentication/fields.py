"""A string of an authentication's ``config``: a template that knows its place."""

from widget_service.rendering import render_template
from widget_service.templating import Field, Reads, RenderContext, compile_template


class ConfigField:
    """One templated string, such as ``config.value``."""

    __slots__ = ("_place", "_template")

    def __init__(self, name: str, source: str) -> None:
        self._place = f"authentication.config.{name}"
        self._template = compile_template(source, Field.AUTH)

    @property
    def reads(self) -> Reads:
        """What the template can read."""
        return self._template.reads

    def render(self, context: RenderContext) -> str:
        """Return the rendered text; raise ``TEMPLATE_ERROR`` naming this place."""
        return render_template(self._template, context, self._place)
