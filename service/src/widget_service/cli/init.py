"""``widget-service init``: make what a service needs, once."""

from dataclasses import asdict

import typer

from widget_service.cli.options import Config, Json, actor
from widget_service.cli.output import print_json
from widget_service.cli.refusals import refusals

_NEXT = """
Keep a copy of the master key apart from the database's backups: without it no secret can be read.
Next:
  widget-service secrets set NAME     keep a credential, read from standard input or a prompt
  widget-service plan PATH            see what a repository's connectors would change
  widget-service apply PATH           sync them
  widget-service execute PERMALINK    try one
  widget-service serve                serve them
  widget-service admins add NAME      let somebody else into the admin pages
  widget-service doctor               see whether all is well"""


def init(config: Config = None, json_: Json = False) -> None:
    """Make the data directory, the master key, the database, the first tenant and the first admin, whose password is
    printed; what is there is left alone."""
    from widget_service.cli.environment import warn_of_unknown_settings
    from widget_service.control.setup import initialise
    from widget_service.settings import load_settings

    warn_of_unknown_settings()
    with refusals():
        steps = initialise(load_settings(file=config), actor=actor())
    if json_:
        print_json([asdict(step) for step in steps])
        return
    for step in steps:
        typer.echo(f"{'made' if step.made else 'there':7}{step.what:16}{step.where}")
        if step.note:
            typer.echo(f"{'':23}{step.note}")
    typer.echo(_NEXT)
