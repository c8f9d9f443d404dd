"""Rendering a template that stands in a definition, so that a failure names its place."""

from widget_service.errors import SCOPE_TEMPLATE, ConfigurationError
from widget_service.templating import RenderContext, Template, TemplateRenderError


def render_template(template: Template, context: RenderContext, place: str, *, scope: str = SCOPE_TEMPLATE) -> str:
    """Return the rendered text; raise ``TEMPLATE_ERROR`` naming ``place``, never a value."""
    if template.literal is not None:
        return template.literal
    try:
        return template.render(context)
    except TemplateRenderError as error:
        raise template_error(error, place, scope=scope) from None


def template_error(error: TemplateRenderError, place: str, *, scope: str = SCOPE_TEMPLATE) -> ConfigurationError:
    """Return the error that a caller is answered with when a template fails."""
    return ConfigurationError("TEMPLATE_ERROR", f"{place}, {error}", scope=scope)
