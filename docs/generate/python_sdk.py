"""The Python SDK: signatures and docstrings of what it exports, as its sources have them."""

import ast
import inspect
import re
import typing
from pathlib import Path
from textwrap import dedent
from typing import Any

import widget_service_sdk
from docs.generate.markdown import code, fenced, page, prose
from widget_service_sdk import sync, testing

ABOUT = """\
`pip install widget-service-sdk`; the [guide](../how-to/python-sdk.md) shows it at work. `widget_service_sdk.sync` has
the clients without `await`, and `close()` in place of `aclose()`. Options can be given as keywords, as here, or as one
mapping with the camelCase names of the [browser SDK](browser-sdk.md)."""
_TYPES = Path(widget_service_sdk.__file__).with_name("_types.py")
_WIDTH = 100
_FIRST = "WidgetServiceSDK"


def make() -> str:
    """Return the page."""
    public = {name: getattr(widget_service_sdk, name) for name in widget_service_sdk.__all__ if name != "__version__"}
    types = _declared_types()
    errors = {name: thing for name, thing in public.items() if inspect.isclass(thing) and issubclass(thing, Exception)}
    classes = {name: thing for name, thing in public.items() if name not in errors and name not in types}
    assert set(sync.__all__) <= set(public)
    return page(
        "Python SDK",
        ABOUT,
        "## Clients",
        *(_class(name, classes[name]) for name in sorted(classes, key=_FIRST.__ne__)),
        "## Errors",
        *(_error(name, thing) for name, thing in errors.items()),
        "## Types",
        *(types[name] for name in public if name in types),
        "## For tests: `widget_service_sdk.testing`",
        *(_class(name, getattr(testing, name)) for name in testing.__all__),
    )


def _class(name: str, class_: Any) -> str:
    parts = [f"### {name}", prose(inspect.getdoc(class_) or "")]
    if typing.get_overloads(class_.__init__):
        parts.append(_signature(name, class_.__init__))
    return "\n\n".join([*parts, *(_member(*member) for member in _public_members(class_).items())])


def _error(name: str, class_: type[Exception]) -> str:
    bases = [base.__name__ for base in class_.__bases__ if not base.__name__.startswith("_")]
    return "\n\n".join(
        [f"### {name}", f"Derives from {', '.join(map(code, bases))}.", prose(inspect.getdoc(class_) or "")]
    )


def _public_members(class_: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for base in reversed([base for base in class_.__mro__ if base.__module__.startswith(widget_service_sdk.__name__)]):
        found |= {
            name: thing for name, thing in vars(base).items() if not name.startswith("_") and inspect.getdoc(thing)
        }
    return {name: thing for name, thing in found.items() if inspect.isfunction(thing) or isinstance(thing, property)}


def _member(name: str, member: Any) -> str:
    told = prose(inspect.getdoc(member) or "")
    if isinstance(member, property):
        return f"#### {name}\n\n{told}"
    return "\n\n".join([f"#### {name}", _signature(name, member), told])


def _signature(name: str, function: Any) -> str:
    """Return the signature as it is written, of the keyword form where there are several."""
    overloads = typing.get_overloads(function)
    (node,) = ast.parse(dedent(inspect.getsource(overloads[-1] if overloads else function))).body
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    node.args.args = [argument for argument in node.args.args if argument.arg != "self"]
    prefix = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns and node.name != "__init__" else ""
    arguments = re.sub(r"(?<=[\w\]])=(?=\S)", " = ", ast.unparse(node.args))
    text = f"{prefix}{name}({arguments}){returns}"
    if len(text) > _WIDTH:
        text = f"{prefix}{name}(\n    " + ",\n    ".join(arguments.split(", ")) + f",\n){returns}"
    return fenced("python", text)


def _declared_types() -> dict[str, str]:
    """Return a section for each alias and each dictionary of the types' module."""
    body = ast.parse(_TYPES.read_text(encoding="utf-8")).body
    sections = {}
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            name, value = node.target.id, node.value
            meant = ast.unparse(value).strip("'").replace("'", '"')
            told = _text_of(following)
            sections[name] = "\n\n".join(
                filter(None, [f"### {name}", prose(told), fenced("python", f"{name} = {meant}")])
            )
        elif isinstance(node, ast.ClassDef):
            told = ast.get_docstring(node) or ""
            fields = [f"    {ast.unparse(field)}" for field in node.body if isinstance(field, ast.AnnAssign)]
            head = f"class {node.name}({', '.join(map(ast.unparse, [*node.bases, *node.keywords]))}):"
            sections[node.name] = "\n\n".join(
                [f"### {node.name}", prose(told), fenced("python", "\n".join([head, *fields]))]
            )
    return sections


def _text_of(node: ast.stmt | None) -> str:
    """Return the text that stands below an alias and describes it."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""
