"""Templates that only look things up, such as ``Bearer {{ get_secret('token') }}``: they need no engine at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import nodes
from jinja2.runtime import Undefined

from widget_service.templating.missing import Missing

Look = Callable[[Mapping[str, Any]], Any]
"""Takes the names of a render and returns a value."""

_MISSING: Final = Missing()
_PLAIN: Final = (str, int, float, type(None), Undefined)
_OWNERS: Final = frozenset({"user", "pathParams", "response"})
_DIRECT: Final = frozenset({"tenant_id", "body_text", "body_raw"})
_FUNCTIONS: Final = frozenset({"get_secret", "get_variable"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of such a template: text as it stands, or a look-up and its place."""

    text: str = ""
    look: Look | None = None
    number: int = 0


def pieces_of(template: nodes.Template) -> tuple[Piece, ...] | None:
    """Return the parts of a template that only looks things up, None for any other."""
    pieces: list[Piece] = []
    for statement in template.body:
        if not isinstance(statement, nodes.Output):
            return None
        for node in statement.nodes:
            if isinstance(node, nodes.TemplateData):
                pieces.append(Piece(node.data))
                continue
            look = _look_up(node)
            if look is None:
                return None
            pieces.append(Piece(look=look, number=node.lineno))
    return tuple(pieces)


def is_plain(value: object) -> bool:
    """Whether a value prints by itself; lists, dicts and the like are left to the engine."""
    return isinstance(value, _PLAIN)


def _look_up(node: nodes.Node) -> Look | None:
    match node:
        case nodes.Name(name=name) if name in _DIRECT:
            return lambda names: names[name]
        case nodes.Getattr(node=nodes.Name(name=owner), attr=attribute) if owner in _OWNERS and _is_item(
            owner, attribute
        ):
            return lambda names: names[owner].get(attribute, _MISSING)
        case nodes.Call(
            node=nodes.Name(name=function), args=[nodes.Const(value=str(name))], kwargs=[], dyn_args=None
        ) if function in _FUNCTIONS and node.dyn_kwargs is None:
            return lambda names: names[function](name)
        case nodes.Filter(name="default" | "d", args=[nodes.Const(value=str(other)), *flags], kwargs=[], dyn_args=None):
            return _default(node, other, flags)
        case _:
            return None


def _default(node: nodes.Filter, other: str, flags: list[nodes.Expr]) -> Look | None:
    inner = _look_up(node.node) if node.node is not None else None
    if inner is None or node.dyn_kwargs is not None or not all(isinstance(flag, nodes.Const) for flag in flags):
        return None
    replaces_none = any(getattr(flag, "value", False) for flag in flags[:1])

    def look(names: Mapping[str, Any]) -> Any:
        value = inner(names)
        if isinstance(value, Undefined) or (replaces_none and not value):
            return other
        return value

    return look


def _is_item(owner: str, attribute: str) -> bool:
    """Attributes that would be methods of a dict, and objects with attributes of their own, are for the engine."""
    return not hasattr(dict, attribute) and attribute not in ("profile_fields", "headers")
