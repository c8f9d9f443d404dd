"""Which templates compile whatever they say: most do, and compiling ten thousand to learn that takes a minute."""

from collections.abc import Iterable
from typing import Final

from jinja2 import nodes

from widget_service.templating.walking import walk

_SURE: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Dict,
    nodes.Pair,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Concat,
    nodes.BinExpr,
    nodes.UnaryExpr,
    nodes.If,
    nodes.Assign,
    nodes.NSRef,
    nodes.Keyword,
    nodes.For,
    nodes.Name,
    nodes.Call,
    nodes.Filter,
    nodes.Test,
)
"""What cannot contradict itself, but for what `_is_sure` looks at. Macros, blocks and their kin can."""


def surely_compiles(template: nodes.Template) -> bool:
    """Whether the parsed template, whose filters and tests are known, is one that the compiler cannot refuse."""
    return all(_is_sure(node) for node in walk(template))


def _is_sure(node: nodes.Node) -> bool:
    match node:
        case nodes.Name(ctx="load"):
            return True
        case nodes.Name():
            return node.name not in ("loop", "self", "true", "false", "none", "True", "False", "None")
        case nodes.Call() | nodes.Filter() | nodes.Test():
            return node.dyn_args is None and node.dyn_kwargs is None and _are_different(node.kwargs)
        case nodes.Const():
            return not isinstance(node.value, int) or node.value.bit_length() <= 64
        case nodes.For():
            return not node.recursive
        case _:
            return isinstance(node, _SURE)


def _are_different(keywords: Iterable[nodes.Node]) -> bool:
    names = [keyword.key for keyword in keywords if isinstance(keyword, nodes.Keyword | nodes.Pair)]
    return len(names) == len(set(names))
