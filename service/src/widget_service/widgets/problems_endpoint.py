"""``/live/problems``: what is wrong with the repository now, as data for tools and overlays in a page."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from widget_service.connectors.problems import Problem
from widget_service.errors import CallerError
from widget_service.identity.origins import OriginPolicy

PROBLEMS_URL = "/live/problems"


class ProblemsEndpoint:
    """Answers with the problems that ``read`` returns, by the file that they stand in; to pages of the service only."""

    def __init__(self, read: Callable[[], Mapping[str, Iterable[Problem]]], origins: OriginPolicy) -> None:
        self._read, self._origins = read, origins

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route(PROBLEMS_URL, self._problems)]

    async def _problems(self, request: Request) -> Response:
        try:
            self._origins.check_host(request.headers.get("host", ""))
        except CallerError as error:
            return PlainTextResponse(f"{error.detail}\n", error.status)
        return JSONResponse(problems_as_data(self._read()), headers={"Cache-Control": "no-store"})


def problems_as_data(by_file: Mapping[str, Iterable[Problem]]) -> dict[str, Any]:
    """Return ``{"errors": int, "warnings": int, "files": [{"file": str, "problems": [dict]}]}``.

    Each problem is `Problem.as_dict` and its ``excerpt``, the line of the file with a caret below it, or None.
    """
    files: list[dict[str, Any]] = [
        {"file": name, "problems": [{**problem.as_dict(), "excerpt": problem.excerpt} for problem in problems]}
        for name, problems in by_file.items()
    ]
    severities = [problem["severity"] for file in files for problem in file["problems"]]
    return {
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
        "files": [file for file in files if file["problems"]],
    }
