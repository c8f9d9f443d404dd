"""Commands whose usage line names its arguments as manual pages do: ``NAME``, or ``[NAME]`` for one left to choice."""

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand

Function = TypeVar("Function", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command without braces in its usage line: they are no part of what is typed."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line."""
        pieces = [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]
        return [piece.replace("......", "...") for piece in pieces]


class Commands(typer.Typer):
    """Commands of this kind."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[Function], Function]:
        """Add a command; the options are those of `typer.Typer.command`."""
        return super().command(name, **{"cls": Command, **options})
