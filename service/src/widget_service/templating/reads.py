"""What a template can read, known from its text alone: which names, secrets, variables, path parameters and steps."""

from dataclasses import dataclass, field
from typing import Final

from jinja2 import nodes

from widget_service.templating.walking import walk

_LOCAL: Final = frozenset({"loop", "self", "super", "caller", "varargs", "kwargs"})
"""Names that Jinja itself gives to parts of a template."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What can be read. ``names`` are all that the template does not define itself.

    ``secrets`` and so on are those that it names; where it computes a name, ``indirect`` holds the function or object:
    then it may read any. ``user_unguarded`` says that it reads the user somewhere without ``default(…, true)``, so
    that an anonymous caller's ``None`` would be printed.
    """

    names: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    path_params: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    indirect: frozenset[str] = frozenset()
    user: bool = False
    user_unguarded: bool = False


@dataclass(slots=True)
class _Found:
    """What the walk collects."""

    names: set[str] = field(default_factory=set)
    by_name: dict[str, set[str]] = field(default_factory=dict)
    indirect: set[str] = field(default_factory=set)
    guarded: set[int] = field(default_factory=set)
    direct: set[int] = field(default_factory=set)
    user_unguarded: bool = False


def reads_of(template: nodes.Template) -> Reads:
    """Return what a parsed template can read."""
    found = _Found()
    defined = defined_names(template)
    for node in walk(template):
        _look_at(node, found)
    names = found.names - (defined - found.by_name.keys() - {"user"})
    return Reads(
        names=frozenset(names),
        secrets=frozenset(found.by_name.get("get_secret", ())),
        variables=frozenset(found.by_name.get("get_variable", ())),
        path_params=frozenset(found.by_name.get("pathParams", ())),
        steps=frozenset(found.by_name.get("steps", ())),
        indirect=frozenset(found.indirect),
        user="user" in names,
        user_unguarded=found.user_unguarded,
    )


def defined_names(template: nodes.Template) -> set[str]:
    """Return the names that a template defines somewhere: variables, macros, their parameters, loop variables."""
    names = set(_LOCAL)
    for node in walk(template):
        if isinstance(node, nodes.Macro) or (isinstance(node, nodes.Name) and node.ctx != "load"):
            names.add(node.name)
    return names


def _look_at(node: nodes.Node, found: _Found) -> None:
    """Each node is seen before the names inside of it, so that it can say how they are used."""
    match node:
        case nodes.Call(node=nodes.Name(name="get_secret" | "get_variable") as function) if node.args:
            _note(function, node.args[0], found)
        case nodes.Call(node=nodes.Getattr(node=nodes.Name(name="pathParams" | "steps") as owner, attr="get")) if (
            node.args
        ):
            _note(owner, node.args[0], found)
        case nodes.Getattr(node=nodes.Name(name="pathParams" | "steps") as owner) if id(owner) in found.direct:
            pass  # the method of a call that was seen already
        case nodes.Getattr(node=nodes.Name(name="pathParams" | "steps") as owner):
            _note(owner, nodes.Const(node.attr), found)
        case nodes.Getitem(node=nodes.Name(name="pathParams" | "steps") as owner):
            _note(owner, node.arg, found)
        case nodes.Filter(name="default" | "d") if _replaces_none(node) and node.node is not None:
            root = _root_of(node.node)
            if root is not None:
                found.guarded.add(id(root))
        case nodes.Name(ctx="load"):
            _look_at_name(node, found)


def _note(owner: nodes.Name, name: nodes.Node, found: _Found) -> None:
    if isinstance(name, nodes.Const) and isinstance(name.value, str):
        found.by_name.setdefault(owner.name, set()).add(name.value)
    else:
        found.indirect.add(owner.name)
    found.direct.add(id(owner))


def _look_at_name(node: nodes.Name, found: _Found) -> None:
    found.names.add(node.name)
    if node.name == "user" and id(node) not in found.guarded:
        found.user_unguarded = True
    if node.name in ("get_secret", "get_variable", "pathParams", "steps") and id(node) not in found.direct:
        found.indirect.add(node.name)


def _replaces_none(node: nodes.Filter) -> bool:
    """Whether a ``default`` filter replaces None too: ``default('…', true)``."""
    flags = [*node.args[1:2], *(pair.value for pair in node.kwargs if pair.key == "boolean")]
    return any(isinstance(flag, nodes.Const) and bool(flag.value) for flag in flags)


def _root_of(node: nodes.Node) -> nodes.Name | None:
    """Return the name that a chain of attributes, items and calls begins with: ``user`` of ``user.a.by_id(1)``."""
    while isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Call):
        node = node.node
    return node if isinstance(node, nodes.Name) else None
