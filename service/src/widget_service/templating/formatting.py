"""Formatting of texts, ``'%s' % x`` and ``'{}'.format(x)``, that cannot grow without bound."""

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from jinja2.sandbox import SandboxedEnvironment, SandboxedFormatter

from widget_service.templating.errors import LimitExceeded
from widget_service.templating.limits import MAX_FORMAT_WIDTH, Budget
from widget_service.templating.printable import check_printable

_DIRECTIVE = re.compile(
    r"%(?:\([^)]*\))?[#0\- +]*(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+)?)?[hlL]?(?P<kind>.)", re.S
)
MAX_DIRECTIVES = 1_000
_NUMBER = re.compile(r"\d+")
_DIGITS_OF_A_NUMBER = 400  # more than '%f' or '%d' write of any number that templates can hold


def percent(budget: Budget, template: str, arguments: Any) -> str:
    """Return ``template % arguments``."""
    budget.text(_percent_length(budget, template, arguments))
    text: str = template % arguments
    return text


def format_text(environment: SandboxedEnvironment, budget: Budget, template: str, args: Any, kwargs: Any) -> str:
    """Return ``template.format(*args, **kwargs)``; attributes are looked up as templates look them up."""
    budget.slow_text(template)
    return _BoundedFormatter(environment, budget).vformat(template, args, kwargs)


class _BoundedFormatter(SandboxedFormatter):
    """Counts each field before it is written."""

    def __init__(self, environment: SandboxedEnvironment, budget: Budget) -> None:
        super().__init__(environment)
        self._budget = budget
        self._length = 0

    def format_field(self, value: Any, format_spec: str) -> Any:
        _check_widths(_NUMBER.findall(format_spec))
        self._count(value)
        return super().format_field(value, format_spec)

    def convert_field(self, value: Any, conversion: Any) -> Any:
        if conversion is not None:
            self._count(value)
        return super().convert_field(value, conversion)

    def _count(self, value: Any) -> None:
        """Everything that was written for this text counts together."""
        check_printable(value)
        self._length += self._budget.measure(value) + MAX_FORMAT_WIDTH
        self._budget.text(self._length)


def _percent_length(budget: Budget, template: str, arguments: Any) -> int:
    """Return at least the length that the text will have."""
    budget.slow_text(template)
    directives = list(islice(_DIRECTIVE.finditer(template), MAX_DIRECTIVES + 1))
    if len(directives) > MAX_DIRECTIVES:
        raise LimitExceeded(f"formats more than {MAX_DIRECTIVES:,} values at once")
    _check_widths(
        text
        for directive in directives
        for text in (directive["width"], directive["precision"])
        if text is not None and text != "*"
    )
    values = list(arguments.values()) if isinstance(arguments, Mapping) else arguments
    values = values if isinstance(values, list | tuple) else (values,)
    if any("*" in (directive["width"], directive["precision"]) for directive in directives):
        _check_widths(str(value) for value in values if isinstance(value, int))
    for value in values:
        check_printable(value)
    longest = max((budget.measure(value) * 2 for value in values), default=0)
    named = isinstance(arguments, Mapping)
    texts = longest * len(directives) if named else sum(budget.measure(value) * 2 for value in values)
    return len(template) + texts + len(directives) * (_DIGITS_OF_A_NUMBER + MAX_FORMAT_WIDTH)


def _check_widths(numbers: Any) -> None:
    for number in numbers:
        digits = number.lstrip("-")
        if len(digits) > 6 or int(digits or 0) > MAX_FORMAT_WIDTH:
            raise LimitExceeded(f"pads a text to more than {MAX_FORMAT_WIDTH:,} characters")
