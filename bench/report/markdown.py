"""Tables in Markdown, and numbers as people read them."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first column is text, the others are figures."""
    align = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, align, *rows)) + "\n"


def number(value: float | None) -> str:
    """Return three digits that say something, ``–`` for what was not measured."""
    if value is None:
        return "–"
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def verdict(is_met: bool | None) -> str:
    """Return a verdict in words."""
    return {True: "met", False: "**not met**", None: "–"}[is_met]
