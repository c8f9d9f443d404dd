"""Rendering a template that stands in a definition, so that a failure names its place."""

from widget_service.errors import SCOPE_TEMPLATE, ConfigurationError
from widget_service.templating import RenderContext, Template, TemplateRenderError


def render_template(template: Template, context: RenderContext, place: str, *, scope: str = SCOPE_TEMPLATE) -> str:
    """Return the rendered text; raise ``TEMPLATE_ERROR`` naming ``place``, never a value."""
    if template.literal is not None:
        return template.literal
    try:
        text = template.render(context)
    except TemplateRenderError as error:
        raise template_error(error, place, scope=scope) from None
    check_text(text, place, scope=scope)
    return text


def check_text(text: str, place: str, *, scope: str = SCOPE_TEMPLATE) -> None:
    """Refuse half of a character (an unpaired surrogate, which JSON can write and UTF-8 cannot)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(
            "TEMPLATE_ERROR",
            f"{place}: the rendered text holds half of a character, which cannot be sent.",
            scope=scope,
        ) from None


def template_error(error: TemplateRenderError, place: str, *, scope: str = SCOPE_TEMPLATE) -> ConfigurationError:
    """Return the error that a caller is answered with when a template fails."""
    return ConfigurationError("TEMPLATE_ERROR", f"{place}, {error}", scope=scope)
