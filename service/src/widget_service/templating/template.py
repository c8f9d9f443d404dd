"""A template, compiled: what it is made of, what it can read, and its rendering within bounds."""

from functools import lru_cache
from types import TracebackType
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from jinja2.exceptions import SecurityError
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import TemplateSyntaxError as JinjaSyntaxError

from widget_service.errors import ServiceError
from widget_service.templating.compilable import surely_compiles
from widget_service.templating.environment import BoundedEnvironment, TemplateContext, text_environment, url_environment
from widget_service.templating.errors import LimitExceeded, NamedError, TemplateRenderError, TemplateSyntaxError
from widget_service.templating.fields import Field, names_of
from widget_service.templating.functions import GLOBALS
from widget_service.templating.limits import IN_PROCESS, Budget
from widget_service.templating.lookups import Piece, is_plain, pieces_of
from widget_service.templating.parsing import parse, parsed
from widget_service.templating.positions import normalised, place_of
from widget_service.templating.reads import Reads, reads_of
from widget_service.templating.values import RenderContext
from widget_service.templating.walking import walk

_FILE_NAME: Final = "<template>"
_MARKS: Final = ("{{", "{%", "{#")
_REASONS: Final[dict[type[BaseException], str]] = {
    ZeroDivisionError: "divides by zero",
    OverflowError: "calculates with a number that is too large",
    RecursionError: "calls itself too often, or works on a structure that is nested too deeply",
    MemoryError: "uses more memory than there is",
    UnicodeError: "holds text that cannot be encoded or decoded so",
    KeyError: "asks for an item that is not there",
    IndexError: "asks for an item that is not there",
    AttributeError: "asks for an attribute that is not there",
    TypeError: "uses a value in a way that its type does not allow, or calls something with the wrong arguments",
    ValueError: "uses a value that is not right for its purpose",
}


class Compiled:
    """The code of a template. Immutable; shared by all templates of the same text and kind."""

    __slots__ = ("_debug_info", "blocks", "environment", "root", "source")

    def __init__(self, source: str, environment: BoundedEnvironment) -> None:
        self.source = normalised(source)
        self.environment = environment
        namespace: dict[str, Any] = {"environment": environment}
        try:
            text = environment._generate(parse(source), None, _FILE_NAME)
            exec(compile(text, _FILE_NAME, "exec"), namespace)  # noqa: S102 - what Jinja does itself
        except JinjaSyntaxError as error:
            line, column = place_of(self.source, error.lineno)
            raise TemplateSyntaxError(error.message or "cannot be compiled", line=line, column=column) from None
        except (SyntaxError, RecursionError, MemoryError, ValueError, OverflowError):
            raise TemplateSyntaxError(
                "the template is nested too deeply or holds too long a calculation", expected="simpler parts"
            ) from None
        self.root, self.blocks = namespace["root"], namespace["blocks"]
        self._debug_info: str = namespace["debug_info"]

    def place_of(self, traceback: TracebackType | None) -> tuple[int, int]:
        """Return line and column of the expression that raised; (0, 0) when it is not known."""
        code_line = 0
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == _FILE_NAME:
                code_line = traceback.tb_lineno
            traceback = traceback.tb_next
        number = 0
        for pair in filter(None, self._debug_info.split("&")):
            template_number, _, line = pair.partition("=")
            if int(line) > code_line:
                break
            number = int(template_number)
        return place_of(self.source, number) if number else (0, 0)


class _Known(NamedTuple):
    """What the text of a template tells without compiling it. ``size`` is the number of its expressions."""

    reads: Reads = Reads()
    pieces: tuple[Piece, ...] | None = None
    size: int = 0


@lru_cache(maxsize=4096)
def _known(source: str) -> _Known:
    template = parsed(source)
    return _Known(reads_of(template), pieces_of(template), sum(1 for _ in walk(template)))


def analyse(source: str) -> Reads:
    """Return what the template ``source`` can read; raise `TemplateSyntaxError` where it cannot be compiled."""
    return _known(source).reads


@lru_cache(maxsize=4096)
def _compiled(source: str, is_url: bool) -> Compiled:
    return Compiled(source, url_environment() if is_url else text_environment())


def compile_source(source: str) -> Compiled:
    """Return the code of a template; raise `TemplateSyntaxError`."""
    return _compiled(source, False)


def check_compilation(source: str) -> None:
    """Raise `TemplateSyntaxError` for what only a compilation shows; that of a large template is left to a worker."""
    known = _known(source)
    if known.pieces is not None or surely_compiles(parsed(source)):
        return
    if known.size <= IN_PROCESS.max_expressions:
        _compiled(source, False)
        return
    try:
        text_environment()._generate(parse(source), None, _FILE_NAME)
    except JinjaSyntaxError as error:
        line, column = place_of(normalised(source), error.lineno)
        raise TemplateSyntaxError(error.message or "cannot be compiled", line=line, column=column) from None


class Template:
    """One template of a definition. ``literal`` is its text when it holds no template at all.

    Its code is made when it is first rendered.
    """

    __slots__ = (
        "_code",
        "_encodes",
        "_globals",
        "_names",
        "_pieces",
        "_size",
        "composite",
        "field",
        "literal",
        "reads",
        "source",
    )

    def __init__(self, source: str, field: Field, *, encodes: bool = False, composite: bool = False) -> None:
        self.source = source
        self.field = field
        self.composite = composite
        self.literal = None if any(mark in source for mark in _MARKS) else normalised(source)
        self.reads, self._pieces, self._size = _Known() if self.literal is not None else _known(source)
        self._encodes = encodes
        self._code: Compiled | None = None
        table = names_of(composite=composite)
        self._names = tuple(name for name in self.reads.names if field in table.get(name, ()))
        self._globals = {name: GLOBALS[name] for name in self.reads.names if name in GLOBALS}

    def __repr__(self) -> str:
        return f"Template({self.source!r}, {self.field})"

    def prepare(self) -> None:
        """Make the code now, where nobody waits for it; a large template is left to a worker process."""
        if self.literal is None and self._pieces is None and self._size <= IN_PROCESS.max_expressions:
            self._code = _compiled(self.source, self._encodes)

    def render(self, context: RenderContext) -> str:
        """Return the text; raise `TemplateRenderError`, `LimitExceeded` among them, or a `ServiceError` of signing."""
        if self.literal is not None:
            return self.literal
        names = context.names()
        if self._pieces is not None and all(name in names for name in self._names):
            text = self._look_up(self._pieces, names)
            if text is not None:
                return text
        if self._size > context.budget.limits.max_expressions:
            raise LimitExceeded(f"has more than {context.budget.limits.max_expressions:,} expressions")
        if self._code is None:
            self._code = _compiled(self.source, self._encodes)
        return self._run(self._code, names, context.budget)

    def _look_up(self, pieces: tuple[Piece, ...], names: dict[str, Any]) -> str | None:
        """Return the text of a template that only looks things up; None where a value is for the engine to print."""
        parts: list[str] = []
        for piece in pieces:
            if piece.look is None:
                parts.append(piece.text)
                continue
            try:
                value = piece.look(names)
                if not is_plain(value):
                    return None
                text = str(value)
            except NamedError as error:
                raise self._told(error, place_of(normalised(self.source), piece.number)) from None
            parts.append(quote(text, safe="", errors="surrogateescape") if self._encodes else text)
        return "".join(parts)

    def _run(self, code: Compiled, names: dict[str, Any], budget: Budget) -> str:
        parent = {**self._globals, **{name: names[name] for name in self._names if name in names}}
        context = TemplateContext(code.environment, parent, None, code.blocks)
        context.budget = budget
        budget.start()
        try:
            pieces = list(code.root(context))
            budget.text(sum(map(len, pieces)))
            return "".join(pieces)
        except ServiceError:
            raise
        except TemplateRenderError as error:
            raise self._told(error, code.place_of(error.__traceback__)) from None
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is the template's fault
            raise self._told(_render_error(error), code.place_of(error.__traceback__)) from None
        finally:
            budget.stop()

    def _told(self, error: TemplateRenderError, place: tuple[int, int]) -> TemplateRenderError:
        """Return the error with its place, and with a name only if this template's text holds it."""
        if isinstance(error, NamedError):
            error.tell_name(self.source)
        error.at(*place)
        return error


def compile_template(source: str, field: Field, *, composite: bool = False) -> Template:
    """Return the template of a field; raise `TemplateSyntaxError`."""
    return Template(source, field, composite=composite)


def compile_url_rest(source: str, *, composite: bool = False) -> Template:
    """Return the template of a URL's path and query: each value that it prints is percent-encoded."""
    return Template(source, Field.URL, encodes=True, composite=composite)


def _render_error(error: Exception) -> TemplateRenderError:
    """Return what is told of an exception of the engine: its kind, never its own words, which may hold a value."""
    if isinstance(error, SecurityError):
        return TemplateRenderError("reads or calls something that templates may not use")
    if isinstance(error, RecursionError | MemoryError):
        return LimitExceeded(_reason(error))
    if isinstance(error, JinjaError):
        return TemplateRenderError("uses a filter or test in a way that it does not allow")
    return TemplateRenderError(_reason(error))


def _reason(error: Exception) -> str:
    return next((reason for type_, reason in _REASONS.items() if isinstance(error, type_)), "cannot be rendered")
