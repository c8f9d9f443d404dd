"""Parsing a template, within bounds: how long it may be, and how much it may say."""

from functools import lru_cache
from typing import Final, cast

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError as JinjaSyntaxError

from widget_service.templating.environment import text_environment
from widget_service.templating.errors import TemplateSyntaxError
from widget_service.templating.limits import IN_WORKER
from widget_service.templating.positions import normalised, place_of
from widget_service.templating.walking import walk

MAX_SOURCE_CHARACTERS: Final = 100_000
MAX_NODES: Final = IN_WORKER.max_expressions
MAX_DEPTH: Final = 64
MAX_NESTED_LOOPS: Final = 18  # Python compiles 20 blocks inside each other

_UNSUPPORTED: Final = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


@lru_cache(maxsize=1024)
def parsed(source: str) -> nodes.Template:
    """Return the parsed template for readers, who do not change it; raise as `parse` does."""
    return parse(source)


def parse(source: str) -> nodes.Template:
    """Return the parsed template; the "line numbers" of its nodes are offsets (see `positions`).

    Raises `TemplateSyntaxError`, with line and column.
    """
    source = normalised(source)
    if len(source) > MAX_SOURCE_CHARACTERS:
        raise TemplateSyntaxError(
            f"the template has {len(source):,} characters", expected=f"at most {MAX_SOURCE_CHARACTERS:,}"
        )
    try:
        template = text_environment().parse(source)
    except JinjaSyntaxError as error:
        line, column = place_of(source, error.lineno)
        raise TemplateSyntaxError(error.message or "cannot be read", line=line, column=column) from None
    except RecursionError:
        raise TemplateSyntaxError(
            "the template is nested too deeply", expected="fewer brackets inside each other"
        ) from None
    except (ValueError, OverflowError):
        raise TemplateSyntaxError("the template holds a number that cannot be read") from None
    _check_size(template)
    _check_loops(template, source)
    _check_statements(template, source)
    return template


def _check_size(template: nodes.Template) -> None:
    """Refuse what would take long to compile, or more stack than there is."""
    count, level, nodes_of_level = 0, 0, [cast(nodes.Node, template)]
    while nodes_of_level:
        count, level = count + len(nodes_of_level), level + 1
        if count > MAX_NODES:
            raise TemplateSyntaxError(
                "the template has too many expressions", expected=f"at most {MAX_NODES:,} names, values and operations"
            )
        if level > MAX_DEPTH:
            raise TemplateSyntaxError(
                "the template is nested too deeply", expected=f"at most {MAX_DEPTH} parts inside each other"
            )
        nodes_of_level = [child for node in nodes_of_level for child in node.iter_child_nodes()]


def _check_loops(template: nodes.Template, source: str) -> None:
    waiting: list[tuple[nodes.Node, int]] = [(template, 0)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, nodes.For):
            depth += 1
        if depth > MAX_NESTED_LOOPS:
            line, column = place_of(source, node.lineno)
            expected = f"at most {MAX_NESTED_LOOPS} loops inside each other"
            raise TemplateSyntaxError("too many loops inside each other", line=line, column=column, expected=expected)
        waiting.extend((child, depth) for child in node.iter_child_nodes())


def _check_statements(template: nodes.Template, source: str) -> None:
    for statement in walk(template):
        if isinstance(statement, _UNSUPPORTED):
            line, column = place_of(source, statement.lineno)
            name = {"FromImport": "from"}.get(type(statement).__name__, type(statement).__name__.lower())
            raise TemplateSyntaxError(
                f"there are no other templates to {name}", line=line, column=column, expected=f"no {{% {name} %}}"
            )
