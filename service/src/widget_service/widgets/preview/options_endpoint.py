"""``/live/options/TYPE/FIELD``: the dynamic options of a configuration form."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.errors import CallerError
from widget_service.identity.origins import OriginPolicy
from widget_service.widgets.preview.options import Options, OptionsError

_NO_STORE = {"Cache-Control": "no-store"}


class OptionsEndpoint:
    """Answers own pages with ``{"options": [{"value", "label"}]}``, for ``q`` or for one ``value`` or more."""

    def __init__(self, options: Options, origins: OriginPolicy) -> None:
        self._options, self._origins = options, origins

    def routes(self) -> list[Route]:
        """The route."""
        return [Route("/live/options/{type}/{name}", self._list)]

    async def _list(self, request: Request) -> Response:
        headers, host = request.headers, request.headers.get("host", "")
        query, path = request.query_params, request.path_params
        try:
            self._origins.check_host(host)
            self._origins.check_without_cookie(
                origin=headers.get("origin"),
                fetch_site=headers.get("sec-fetch-site"),
                scheme=request.url.scheme,
                host=host,
            )
            found = await self._options.find(
                path["type"], path["name"], q=query.get("q", ""), values=query.getlist("value")
            )
        except CallerError as error:
            return JSONResponse({"detail": error.detail}, error.status, headers=_NO_STORE)
        except OptionsError as error:
            return JSONResponse({"detail": str(error)}, 502, headers=_NO_STORE)
        return JSONResponse({"options": found}, headers=_NO_STORE)
