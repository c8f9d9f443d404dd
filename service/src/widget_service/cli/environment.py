"""What is wrong with the environment that a command runs in: settings that nobody reads."""

import os

import typer


def warn_of_unknown_settings() -> None:
    """Say on standard error which variables of the environment are named like settings and are none."""
    from widget_service.settings import unknown_variables

    for sentence in unknown_variables(os.environ):
        typer.echo(f"Warning: {sentence}", err=True)
