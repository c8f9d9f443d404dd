"""``widget-service health``: ask the running service whether it is alive, for container platforms and scripts."""

from typing import Annotated

import typer

from widget_service.cli.options import Config
from widget_service.cli.refusals import refusals, refuse

_TIMEOUT_S = 3.0
_ASKED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # who listens everywhere also listens here


def health(
    ready: Annotated[bool, typer.Option("--ready", help="Ask whether it is ready to serve too.")] = False,
    config: Config = None,
) -> None:
    """Ask the service that these settings are of whether it is alive; exit with 1 if it is not."""
    from widget_service.settings import load_settings

    with refusals():
        settings = load_settings(file=config)
    host, path = _ASKED_AT.get(settings.host, settings.host), "/readyz" if ready else "/healthz"
    try:
        status, body = _asked(host, settings.port, path)
    except (OSError, ValueError) as error:
        refuse(f"{host}:{settings.port} does not answer: {error}")
    if status != 200:
        refuse(f"{host}:{settings.port}{path} answers {status}: {body}")
    typer.echo(body)


def _asked(host: str, port: int, path: str) -> tuple[int, str]:
    """Return the status and the body's beginning; raise `OSError` or `ValueError` where there is no answer of HTTP."""
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(4096).decode("utf-8", "replace")
    except HTTPException as error:
        raise ValueError(f"it answers in no HTTP ({type(error).__name__})") from None
    finally:
        connection.close()
