"""How a command ends early: one sentence on standard error and an exit code, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from widget_service.cli.exit_codes import REFUSED, WRONG_USAGE

if TYPE_CHECKING:
    from widget_service.control.plane import ControlPlane


@contextmanager
def refusals() -> Iterator[None]:
    """End the command with the sentence of an error that users can mend; let mistakes of the program through."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (*_told_in_words(), OSError)):
            raise
        refuse(_sentence(error))


@contextmanager
def opened(config: Path | None) -> Iterator["ControlPlane"]:
    """Open the control plane of this process's settings; what it refuses ends the command."""
    from widget_service.cli.environment import warn_of_unknown_settings
    from widget_service.control.plane import control_plane
    from widget_service.settings import load_settings

    warn_of_unknown_settings()
    with refusals(), control_plane(load_settings(file=config)) as plane:
        yield plane


def refuse(message: str) -> NoReturn:
    """End the command: it was refused, or failed."""
    typer.echo(message, err=True)
    raise typer.Exit(REFUSED)


def wrong_usage(message: str) -> NoReturn:
    """End the command: it was not called as it must be."""
    typer.echo(message, err=True)
    raise typer.Exit(WRONG_USAGE)


def _told_in_words() -> tuple[type[Exception], ...]:
    from widget_service.identity.user_tokens import CannotMint
    from widget_service.settings import SettingsError
    from widget_service.storage.errors import StorageError
    from widget_service.vault import VaultError

    return (CannotMint, SettingsError, StorageError, VaultError)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
    return str(error)
