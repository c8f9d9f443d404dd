"""What can be made into a text: plain data, and nothing that would print as an object of Python."""

from typing import Any, Final

from jinja2.runtime import Undefined
from jinja2.utils import Namespace

from widget_service.templating.errors import TemplateRenderError

_PRINTABLE: Final[tuple[type, ...]] = (
    *(str, bytes, int, float, type(None), Undefined, list, tuple, dict, set, frozenset, range, Namespace),
    *(type({}.keys()), type({}.values()), type({}.items())),
)


def check_printable(value: Any) -> None:
    """Raise `TemplateRenderError` for a function, an iterator or another object that has no text of its own."""
    if not isinstance(value, _PRINTABLE):
        raise TemplateRenderError("makes a text of something that is none, such as a function or an iterator")
