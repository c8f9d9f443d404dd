"""The commands, of the program itself."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from docs.generate.markdown import code, fenced, page, prose, table
from widget_service.cli import app, exit_codes

ABOUT = """\
`widget-service COMMAND --help` says the same. What a command prints for programs, with `--json`, goes to standard
output; what it tells people beside that goes to standard error."""
_EXIT_CODES = (
    ("DONE", "done"),
    ("REFUSED", "refused or failed; what is wrong is told"),
    ("WRONG_USAGE", "wrong usage"),
    ("DIFFERENCES", "`plan` has found what `apply` would change"),
)


def make() -> str:
    """Return the page."""
    return page("Commands", ABOUT, _exit_codes(), *(_section(names, command) for names, command in all_commands()))


def all_commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each command with its names, those of groups included."""
    yield from _inside(get_command(app), ())


def _inside(command: Any, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield names, command
        return
    for name, sub in inner.items():
        yield from _inside(sub, (*names, name))


def _exit_codes() -> str:
    rows = ((code(getattr(exit_codes, name)), meaning) for name, meaning in _EXIT_CODES)
    return table(("exit code", "meaning"), rows)


def _section(names: tuple[str, ...], command: Any) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    usage = " ".join(["widget-service", *names, *map(_usage, arguments), *(["[OPTIONS]"] if options else [])])
    parts = [f"## {' '.join(names)}", prose(command.help or ""), fenced("text", usage)]
    if command.params:
        rows = ((_spelled(parameter), _meaning(parameter)) for parameter in (*arguments, *options))
        parts.append(table(("argument or option", "meaning"), rows))
    return "\n\n".join(parts)


def _usage(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    name += "…" if argument.nargs == -1 else ""
    return name if argument.required else f"[{name}]"


def _spelled(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return code(parameter.metavar or parameter.name.upper())
    takes = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
    return code("/".join([*parameter.opts, *parameter.secondary_opts]) + takes)


def _meaning(parameter: Any) -> str:
    said = [prose(parameter.help or "")]
    if isinstance(parameter.show_default, str):
        said.append(f"Default: {parameter.show_default}.")
    elif (
        parameter.show_default
        and parameter.default not in (None, False, "", [], ())
        and not callable(parameter.default)
    ):
        said.append(f"Default: {code(parameter.default)}.")
    if parameter.multiple:
        said.append("Repeatable.")
    if parameter.envvar:
        said.append(f"Environment: {code(parameter.envvar)}.")
    return " ".join(said)
