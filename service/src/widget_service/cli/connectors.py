"""``widget-service connectors``: what is stored, by whomever it was made."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from widget_service.cli.options import DEFAULT_TENANT, Config, Json, Tenant, Token, Url
from widget_service.cli.output import counted, print_json, print_table
from widget_service.cli.place import placed
from widget_service.cli.refusals import refusals
from widget_service.cli.usage import Commands

if TYPE_CHECKING:
    from widget_service.control.definitions import Listed

app = Commands(name="connectors", help="Look at the stored connectors.", no_args_is_help=True)

Permalink = Annotated[str, typer.Argument(metavar="PERMALINK")]


@app.command("list")
def list_(
    tenant: Tenant = DEFAULT_TENANT, config: Config = None, url: Url = None, token: Token = None, json_: Json = False
) -> None:
    """List connectors and composites: where they lead, which registry they come from, and what they read."""
    with placed(config, url, token) as place:
        listed = place.list_definitions(tenant)
    if json_:
        print_json([_summary(each) for each in listed])
        return
    print_table(
        ("PERMALINK", "METHOD", "URL", "FROM", "READS"),
        [(each.permalink, *_request(each.raw), each.registry_id or "by hand", _reads(each)) for each in listed],
        empty="There are no connectors. Sync a registry: widget-service apply PATH",
    )


@app.command()
def show(
    permalink: Permalink,
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
    url: Url = None,
    token: Token = None,
    json_: Json = False,
) -> None:
    """Print a definition; with --json, what is known about it as well."""
    with placed(config, url, token) as place:
        found = place.get_definition(tenant, permalink)
    print_json(found.as_dict() if json_ else dict(found.raw))


@app.command()
def export(
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="Write there.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Print all definitions as a registry, those made by hand and those of every registry."""
    from widget_service.control.definitions import as_registry

    with placed(config, url, token) as place:
        registry = as_registry(place.list_definitions(tenant))
    if file is None:
        print_json(registry)
        return
    with refusals():
        file.write_text(json.dumps(registry, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    typer.echo(f"{file}: {counted(sum(map(len, registry.values())), 'definition')}.")


@app.command()
def rm(
    permalink: Permalink,
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Delete a connector that was made by hand; those of a registry are deleted there."""
    with placed(config, url, token) as place:
        place.remove_definition(tenant, permalink)
    typer.echo(f"Deleted the connector {permalink}.")


def _request(raw: Any) -> tuple[str, str]:
    """What is called: a composite has its steps."""
    if "steps" in raw:
        return "composite", counted(len(raw["steps"]), "step")
    return raw.get("method") or "GET", raw["url"]


def _reads(listed: "Listed") -> str:
    parts = [
        f"{noun} {', '.join(names)}"
        for noun, names in (("secrets", listed.secrets), ("variables", listed.variables))
        if names
    ]
    return "; ".join(parts) or "nothing"


def _summary(listed: "Listed") -> dict[str, Any]:
    method, url = _request(listed.raw)
    summary = {name: value for name, value in listed.as_dict().items() if name != "definition"}
    if listed.kind == "connector":
        summary |= {"method": method, "url": url}
    return summary
