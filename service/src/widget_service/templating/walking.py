"""Going through a parsed template. Jinja's own walk recurses, and fails on what is nested deeply."""

from collections.abc import Iterator

from jinja2 import nodes


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield ``node`` and everything in it, each before what it holds."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(list(current.iter_child_nodes())))
