"""The template language of definitions: Jinja2 in a sandbox, every step of it counted."""

from widget_service.templating.checks import check
from widget_service.templating.errors import (
    LimitExceeded,
    TemplateProblem,
    TemplateRenderError,
    TemplateSyntaxError,
)
from widget_service.templating.fields import Field
from widget_service.templating.limits import Budget
from widget_service.templating.reads import Reads
from widget_service.templating.template import Template, analyse, compile_template, compile_url_rest
from widget_service.templating.values import RenderContext, ResponseView, StepResults
from widget_service.templating.workers import TemplateWorkers

__all__ = [
    "Budget",
    "Field",
    "LimitExceeded",
    "Reads",
    "RenderContext",
    "ResponseView",
    "StepResults",
    "Template",
    "TemplateProblem",
    "TemplateRenderError",
    "TemplateSyntaxError",
    "TemplateWorkers",
    "analyse",
    "check",
    "compile_template",
    "compile_url_rest",
]
