"""The sandbox: Jinja2's own, in which nothing leads into Python and everything is counted."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any, Final
from urllib.parse import quote

from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.lexer import TokenStream
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, Undefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import Cycler, Joiner, Namespace
from markupsafe import Markup

from widget_service.templating.bounding import bound
from widget_service.templating.errors import TemplateRenderError
from widget_service.templating.filters import all_filters
from widget_service.templating.formatting import format_text
from widget_service.templating.functions import FUNCTIONS, GLOBALS, fill_dict
from widget_service.templating.json_values import json_encode
from widget_service.templating.limits import Budget, check_key
from widget_service.templating.methods import call_method
from widget_service.templating.missing import Missing
from widget_service.templating.operators import binary
from widget_service.templating.positions import tokenize
from widget_service.templating.predicates import all_tests
from widget_service.templating.values import STEP_METHODS, ProfileFields, RenderContext, StepResults

_DICT_ATTRIBUTES: Final = frozenset(dir(dict))
_OWNERS: Final = (LoopContext, Cycler, ProfileFields, RenderContext)
"""Types of ours and of Jinja's whose methods templates may call."""
_CALLABLES: Final = (Macro, LoopContext, BlockReference, Joiner, Undefined)
_PRINTED: Final = (str, int, float, type(None), Undefined, Markup, bytes)
_COLLECTIONS: Final = (dict, list, tuple)


class TemplateContext(Context):
    """Jinja's context with the budget of the render."""

    budget: Budget


class FormatMethod:
    """``'…'.format`` or ``'…'.format_map``, to be called."""

    __slots__ = ("_is_map", "_text")

    def __init__(self, text: str, *, is_map: bool) -> None:
        self._text, self._is_map = text, is_map

    def call(self, environment: SandboxedEnvironment, budget: Budget, args: Any, kwargs: Any) -> str:
        """Return the formatted text."""
        if self._is_map:
            (mapping,) = args
            return format_text(environment, budget, self._text, (), mapping)
        return format_text(environment, budget, self._text, args, kwargs)


class BoundedEnvironment(SandboxedEnvironment):
    """Compiles templates so that they count, and looks at every call before it happens."""

    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)
    context_class = TemplateContext

    def __init__(self, finalize: Any) -> None:
        super().__init__(undefined=Missing, finalize=finalize, autoescape=False, optimized=False, cache_size=0)
        self.filters = all_filters()
        self.tests = all_tests()
        self.globals = dict(GLOBALS)

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        return tokenize(self, source, name, filename)

    def _generate(self, source: nodes.Template, name: Any, filename: Any, defer_init: bool = False) -> str:
        return super()._generate(bound(source), name, filename, defer_init)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Calculate within bounds."""
        context.budget.spend(1)
        return binary(context.budget, operator, left, right)

    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Call what may be called, within bounds."""
        budget: Budget = __context.budget
        budget.spend(2)
        kwargs.pop("_loop_vars", None)  # what Jinja adds for functions that take the context: here none does
        kwargs.pop("_block_vars", None)
        kind = type(__obj)
        if kind is BuiltinMethodType:
            return call_method(budget, __obj, args, kwargs)
        if kind is MethodType:
            return _call_python_method(budget, __obj, args, kwargs)
        if kind is FunctionType and __obj in FUNCTIONS:
            return __obj(budget, *args, **kwargs) if FUNCTIONS[__obj] else __obj(*args, **kwargs)
        if kind is FormatMethod:
            return __obj.call(__self, budget, args, kwargs)
        if isinstance(__obj, LoopContext) and args:
            args = (budget.counted(args[0]), *args[1:])
        if isinstance(__obj, _CALLABLES) or __obj is Cycler or __obj is Joiner:
            return __context.call(__obj, *args, **kwargs)
        if __obj is Namespace:
            return Namespace(fill_dict(budget, *args, **kwargs))
        raise SecurityError("this cannot be called in a template")

    def call_filter(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a filter by a name that a template gave as a text."""
        _check_nameable(name)
        return super().call_filter(name, *args, **kwargs)

    def call_test(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a test by a name that a template gave as a text."""
        _check_nameable(name)
        return super().call_test(name, *args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``obj.attribute``: the attribute, else the item. A dict has its items and its methods, nothing else."""
        if type(obj) is StepResults and attribute in obj and attribute not in STEP_METHODS:
            return obj[attribute]
        if type(obj) is dict and attribute not in _DICT_ATTRIBUTES:
            try:
                return obj[attribute]
            except KeyError:
                return Missing(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """``obj[argument]``: the item, else the attribute."""
        check_key(argument)
        return super().getitem(obj, argument)

    def wrap_str_format(self, value: Any) -> Any:
        """Hold on to a text's ``format``: Python's own would look up any attribute."""
        if not isinstance(value, MethodType | BuiltinMethodType) or value.__name__ not in ("format", "format_map"):
            return None
        if not isinstance(value.__self__, str):
            return None
        return FormatMethod(value.__self__, is_map=value.__name__ == "format_map")


def _call_python_method(budget: Budget, method: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    owner = method.__self__
    if isinstance(owner, Markup):
        return call_method(budget, method, args, dict(kwargs))
    if not isinstance(owner, _OWNERS):
        raise SecurityError("this cannot be called in a template")
    if isinstance(owner, LoopContext):
        budget.measure(list(args))  # loop.changed() compares them
    return method(*args, **kwargs)


def _check_nameable(name: object) -> None:
    if not isinstance(name, str) or name.startswith("<"):
        raise SecurityError("there is no filter or test of this name")


@pass_context
def _print(context: Any, value: Any) -> Any:
    """What ``{{ }}`` prints: texts as they are, lists and dicts as JSON, everything else as Jinja does."""
    kind = type(value)
    if kind is str:
        context.budget.text(len(value))
        return value
    if isinstance(value, _COLLECTIONS):
        return json_encode(context.budget, value)
    if isinstance(value, _PRINTED):
        return str(value)
    return json_encode(context.budget, list(context.budget.counted(_items(value))))


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, range) or hasattr(value, "__next__") or type(value).__name__.startswith("dict_"):
        return iter(value)
    raise TemplateRenderError("prints a function or a method: call it with (), or write ['name'] to read an item")


@pass_context
def _print_encoded(context: Any, value: Any) -> str:
    """What ``{{ }}`` prints into a URL: percent-encoded, a path segment or a value of the query (RFC 3986 §2.1)."""
    text = str(_print(context, value))
    context.budget.slow_text(text)
    return quote(text, safe="", errors="surrogateescape")


@cache
def text_environment() -> BoundedEnvironment:
    """Return the environment of all templates but those of URLs."""
    return BoundedEnvironment(_print)


@cache
def url_environment() -> BoundedEnvironment:
    """Return the environment of a URL's path and query, where each value is encoded."""
    return BoundedEnvironment(_print_encoded)
