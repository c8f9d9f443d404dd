"""Makes a parsed template count what it does: loops, comparisons, slices and the like go through guards.

Jinja compiles these straight to Python. Here they become calls of filters whose names no template can write.
"""

from typing import Any, Final, cast

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from widget_service.templating.walking import walk

LOOP: Final = "<loop>"
COMPARE: Final = "<compare>"
CONCATENATE: Final = "<concatenate>"
SLICE: Final = "<slice>"
CHARGE: Final = "<charge>"
KEY: Final = "<key>"

_PLAIN_SIGNS: Final = ("eq", "ne", "lt", "lteq", "gt", "gteq")


def bound(template: nodes.Template) -> nodes.Template:
    """Return ``template`` with its guards."""
    bounded: nodes.Template = _Bounding().visit(template)
    return bounded


def weight(body: list[nodes.Node]) -> tuple[int, int]:
    """Return what one run of ``body`` costs at least, whatever it does: units of work, and characters of text."""
    units, characters = 1, 0
    for node in (inner for part in body for inner in walk(part)):
        units += 1
        if isinstance(node, nodes.TemplateData):
            characters += len(node.data)
    return units, characters


class _Bounding(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.For:
        cost = weight([*node.body, *([node.test] if node.test else [])])
        self.generic_visit(node)
        node.iter = _guarded(LOOP, cast(nodes.Expr, node.iter), *map(nodes.Const, cost))
        return node

    def _visit_called(self, node: Any) -> Any:
        """A body that is run when it is called, perhaps by itself."""
        units, characters = weight(node.body)
        self.generic_visit(node)
        charge = nodes.ExprStmt(_guarded(CHARGE, nodes.Const(units), nodes.Const(characters)), lineno=node.lineno)
        node.body = [charge, *node.body]
        return node

    visit_Macro = visit_CallBlock = visit_Block = _visit_called

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:
        self.generic_visit(node)
        if all(operand.op in _PLAIN_SIGNS for operand in node.ops) and _has_plain_constant(node):
            return node
        compared = [
            _guarded(COMPARE, left, nodes.Const(operand.op), operand.expr)
            for left, operand in zip([node.expr, *(operand.expr for operand in node.ops)], node.ops, strict=False)
        ]
        result: nodes.Expr = compared[0]
        for expression in compared[1:]:
            result = nodes.And(result, expression, lineno=node.lineno)
        return result

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:
        self.generic_visit(node)
        return _guarded(CONCATENATE, nodes.List(list(node.nodes), lineno=node.lineno))

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        self.generic_visit(node)
        if not isinstance(node.arg, nodes.Slice):
            return node
        bounds = [part or nodes.Const(None) for part in (node.arg.start, node.arg.stop, node.arg.step)]
        return _guarded(SLICE, node.node, *bounds)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Dict:
        self.generic_visit(node)
        for pair in node.items:
            if not isinstance(pair.key, nodes.Const):
                pair.key = _guarded(KEY, pair.key)
        return node


def _has_plain_constant(node: nodes.Compare) -> bool:
    """Comparing a text or a number with anything takes no time to speak of."""
    return len(node.ops) == 1 and any(isinstance(side, nodes.Const) for side in (node.expr, node.ops[0].expr))


def _guarded(name: str, value: nodes.Expr, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(arguments), [], None, None, lineno=value.lineno)
