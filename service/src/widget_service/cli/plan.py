"""``widget-service plan PATH`` and ``apply PATH``: see what a sync would change, and change it."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from widget_service.cli.exit_codes import DIFFERENCES, REFUSED
from widget_service.cli.options import DEFAULT_TENANT, Config, Json, Tenant, Token, Url, actor
from widget_service.cli.output import counted, print_json
from widget_service.cli.progress import OnProgress, progress
from widget_service.cli.refusals import opened

if TYPE_CHECKING:
    from widget_service.connectors.problems import Problem
    from widget_service.control.plane import ControlPlane
    from widget_service.control.registries import Sync
    from widget_service.control.registry_source import SyncRefused

RegistryPath = Annotated[Path, typer.Argument(metavar="PATH", help="A repository's folder, or a registry file.")]
Name = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="The registry's name.", show_default="the folder's name")
]
Moved = Annotated[bool, typer.Option("--moved", help="The registry of that name has moved to this path.")]

Run = Callable[["ControlPlane", OnProgress | None], "Sync"]

_SHOWN_PLACES = 3
_SETTING = re.compile(r"widget-service (?:secret|variable)s set \w+")


def plan(
    path: RegistryPath,
    name: Name = None,
    moved: Moved = False,
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
    url: Url = None,
    token: Token = None,
    json_: Json = False,
) -> None:
    """Show what a sync would change, and change nothing. Exit 3 if anything would change, 1 if it is refused."""
    from widget_service.control.registries import plan_registry

    def run(plane: "ControlPlane", on_progress: OnProgress | None) -> "Sync":
        return plan_registry(plane, tenant, path, registry_id=name, moved=moved, on_progress=on_progress)

    place = _there(path, name, tenant, url, token, moved=moved, done=False) if url else _here(run, config)
    if not _run(place, json_=json_, done=False).plan.is_empty:
        raise typer.Exit(DIFFERENCES)


def apply(
    path: RegistryPath,
    name: Name = None,
    moved: Moved = False,
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
    url: Url = None,
    token: Token = None,
    json_: Json = False,
) -> None:
    """Sync a registry, all of it or nothing. What is gone from its file is deleted; what others made is left alone."""
    from widget_service.control.registries import apply_registry

    def run(plane: "ControlPlane", on_progress: OnProgress | None) -> "Sync":
        return apply_registry(
            plane, tenant, path, actor=actor(), registry_id=name, moved=moved, on_progress=on_progress
        )

    place = _there(path, name, tenant, url, token, moved=moved, done=True) if url else _here(run, config)
    _run(place, json_=json_, done=True)


def _here(run: Run, config: Path | None) -> Callable[[], "Sync"]:
    """Return what syncs with the database of this machine."""

    def sync() -> "Sync":
        with opened(config) as plane, progress() as on_progress:
            return run(plane, on_progress)

    return sync


def _there(
    path: Path, name: str | None, tenant: str, url: str, token: str | None, *, moved: bool, done: bool
) -> Callable[[], "Sync"]:
    """Return what syncs with a running service."""
    from widget_service.cli.remote_sync import sync_there

    return lambda: sync_there(path, name, tenant, url, token, moved=moved, apply=done)


def _run(place: Callable[[], "Sync"], *, json_: bool, done: bool) -> "Sync":
    from widget_service.control.registry_source import SyncRefused

    try:
        sync = place()
    except SyncRefused as refused:
        _tell_refused(refused, json_=json_)
        raise typer.Exit(REFUSED) from None
    if json_:
        print_json(_as_dict(sync, done=done))
    else:
        _tell(sync, done=done)
    return sync


def _tell(sync: "Sync", *, done: bool) -> None:
    from rich.console import Console

    from widget_service.cli.plan_text import print_plan, summary_of
    from widget_service.cli.problems import print_problems

    console = Console(highlight=False)
    print_plan(console, sync.plan)
    if not sync.plan.is_empty:
        console.print()
    console.print(summary_of(sync.plan, sync.registry_id, done=done), markup=False, soft_wrap=True)
    print_problems(console, str(sync.file), _grouped(_for_tenant(sync.problems, sync.tenant_id)))


def _tell_refused(refused: "SyncRefused", *, json_: bool) -> None:
    from rich.console import Console

    from widget_service.cli.problems import count_of, print_problems

    if json_:
        problems = [problem.as_dict() for problem in refused.problems]
        print_json({"file": str(refused.file), "valid": False, "applied": False, "problems": problems})
        return
    console = Console(highlight=False)
    print_problems(console, str(refused.file), _grouped(refused.problems))
    typer.echo(f"{refused.file}: {count_of(refused.problems)}; nothing was changed.", err=True)


def _as_dict(sync: "Sync", *, done: bool) -> dict[str, Any]:
    return {
        "tenant": sync.tenant_id,
        "registry": sync.registry_id,
        "file": str(sync.file),
        "valid": True,
        "applied": done,
        **sync.plan.as_dict(),
        "problems": [problem.as_dict() for problem in _for_tenant(sync.problems, sync.tenant_id)],
    }


def _for_tenant(problems: list["Problem"], tenant: str) -> list["Problem"]:
    """Checks do not know which tenant they are for: complete the line that sets what is missing."""
    if tenant == DEFAULT_TENANT:
        return problems
    return [
        replace(problem, expected=_SETTING.sub(rf"\g<0> --tenant {tenant}", problem.expected)) for problem in problems
    ]


def _grouped(problems: list["Problem"]) -> list["Problem"]:
    """A secret or variable that is not there is told once, with how many read it and the first of them."""
    same: dict[object, list[Problem]] = {}
    for problem in problems:
        is_name = problem.code in ("unknown_secret", "unknown_variable")
        same.setdefault((problem.code, problem.message) if is_name else problem, []).append(problem)
    return [_as_one(group) for group in same.values()]


def _as_one(group: list["Problem"]) -> "Problem":
    first, *others = group
    if not others:
        return first
    places = ", ".join(problem.path for problem in others[:_SHOWN_PLACES])
    more = len(others) - _SHOWN_PLACES
    and_more = f" and {more} more" if more > 0 else ""
    return replace(first, message=f"{first.message}; {counted(len(group), 'place')} read it, also {places}{and_more}")
