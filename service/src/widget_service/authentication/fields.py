"""The values of an authentication's ``config``: every string, at any depth, is a template that knows its place."""

from collections.abc import Iterator, Mapping
from typing import Any

from widget_service.rendering import render_template
from widget_service.templating import Field, Reads, RenderContext, compile_template

_CLOCK = frozenset({"now"})
_TIMES = frozenset({"exp", "iat", "nbf", "jti"})


class ConfigField:
    """One templated string, such as ``config.value``."""

    __slots__ = ("_place", "_template")

    def __init__(self, name: str, source: str, *, composite: bool = False) -> None:
        self._place = f"authentication.config.{name}"
        self._template = compile_template(source, Field.AUTH, composite=composite)

    @property
    def reads(self) -> Reads:
        """What the template can read."""
        return self._template.reads

    def render(self, context: RenderContext) -> str:
        """Return the rendered text; raise ``TEMPLATE_ERROR`` naming this place."""
        return render_template(self._template, context, self._place)

    @property
    def is_clock(self) -> bool:
        """Whether nothing but the time goes into it."""
        return self._template.reads.names == _CLOCK

    @property
    def source(self) -> str:
        """The template's text."""
        return self._template.source


class ConfigValue:
    """A value of any shape: strings in it are templates; numbers, booleans and the keys of objects stay."""

    __slots__ = ("_node", "reads", "times")

    def __init__(self, name: str, value: Any, *, composite: bool = False) -> None:
        self._node = _compiled(name, value, composite)
        self.reads: tuple[Reads, ...] = tuple(field.reads for field in _fields(self._node))
        self.times: dict[str, str] = _times(self._node)
        """The templates of its members that tell the time of a token, such as ``{"exp": "{{ now(300) }}"}``."""

    def render(self, context: RenderContext) -> Any:
        """Return the value with all its templates rendered; raise ``TEMPLATE_ERROR``."""
        return _rendered(self._node, context)

    def without_times(self, rendered: Any) -> Any:
        """Return a value that was rendered without those members."""
        return {key: item for key, item in rendered.items() if key not in self.times} if self.times else rendered


def _compiled(name: str, value: Any, composite: bool) -> Any:
    if isinstance(value, str):
        return ConfigField(name, value, composite=composite)
    if isinstance(value, Mapping):
        return {key: _compiled(f"{name}.{key}", item, composite) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_compiled(f"{name}[{index}]", item, composite) for index, item in enumerate(value)]
    return value


def _fields(node: Any) -> Iterator[ConfigField]:
    if isinstance(node, ConfigField):
        yield node
    elif isinstance(node, dict | list):
        for item in node.values() if isinstance(node, dict) else node:
            yield from _fields(item)


def _rendered(node: Any, context: RenderContext) -> Any:
    if isinstance(node, ConfigField):
        return node.render(context)
    if isinstance(node, dict):
        return {key: _rendered(item, context) for key, item in node.items()}
    if isinstance(node, list):
        return [_rendered(item, context) for item in node]
    return node


def _times(node: Any) -> dict[str, str]:
    members = node.items() if isinstance(node, dict) else ()
    return {
        name: field.source
        for name, field in members
        if name in _TIMES and isinstance(field, ConfigField) and field.is_clock
    }
