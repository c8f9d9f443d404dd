"""The widgets of one repository as a site: hosted files, the runtime, the host page, live reload."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from widget_service.connectors.problems import Problem
from widget_service.errors import CallerError
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import Sessions
from widget_service.identity.users import User
from widget_service.widgets.change_feed import ChangeFeed
from widget_service.widgets.definition import WidgetDefinition
from widget_service.widgets.hosting.hosted import HostedRepository
from widget_service.widgets.preview.endpoint import PreviewEndpoint
from widget_service.widgets.preview.options import Options
from widget_service.widgets.preview.options_endpoint import OptionsEndpoint
from widget_service.widgets.problems_endpoint import ProblemsEndpoint
from widget_service.widgets.repository import Changes, SiteState
from widget_service.widgets.static_files import preview_routes
from widget_service.widgets.theme import THEME_NAME

if TYPE_CHECKING:
    from widget_service.egress import UpstreamClient

EVENTS_URL = "/live/events"
CONNECTORS_NAME = "connectors_registry.json"
DEV_CONFIG_NAME = "dev.toml"


class WidgetSite:
    """Serves the widgets of ``repo``; ``client`` fetches the content of those that are hosted elsewhere.

    ``users`` are those that the host page offers; ``problems`` those of the connectors, which it shows too.
    ``origins`` says under which host names the page answers and which origins may switch its user; without it, any
    host and the own origin. ``has_console`` says that calls of connectors are told at ``/live/calls``.
    """

    def __init__(
        self,
        repo: Path,
        *,
        sessions: Sessions,
        client: "UpstreamClient",
        users: Sequence[User] = (),
        problems: Iterable[Problem] = (),
        origins: OriginPolicy | None = None,
        has_console: bool = False,
    ) -> None:
        self._origins = origins or OriginPolicy()
        self._hosted = HostedRepository(repo, client=client, origins=self._origins)
        self._options = OptionsEndpoint(Options(client, self), self._origins)
        self._feed = ChangeFeed()
        self._preview = PreviewEndpoint(
            name=repo.name,
            extensions=self._hosted.extensions,
            feed=self._feed,
            sessions=sessions,
            origins=self._origins,
            has_console=has_console,
        )
        self._preview.users, self._connector_problems = tuple(users), tuple(problems)
        self._show_problems()

    @property
    def state(self) -> SiteState:
        """What is served now."""
        return self._hosted.extensions.state

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the registry of extensions and the files that it refers to."""
        return list(self.state.problems)

    @property
    def theme_problems(self) -> list[Problem]:
        """What is wrong with the theme file."""
        return list(self._hosted.theme.theme.problems)

    @property
    def widget_types(self) -> list[str]:
        """The widgets, in the order of the registry."""
        return list(self.state.widgets)

    def hosting_routes(self) -> list[BaseRoute]:
        """``/widgets/…``, ``/page-files/…`` and ``/widget-runtime/…``: what pages of one's own need."""
        return self._hosted.routes()

    def routes(self) -> list[BaseRoute]:
        """``/widgets/…``, ``/page-files/…``, ``/widget-runtime/…``, ``/live/…`` and ``/preview/…``."""
        return [
            *self._hosted.routes(),
            *preview_routes(),
            Route(EVENTS_URL, self._events),
            *self._options.routes(),
            *ProblemsEndpoint(self._problems_by_file, self._origins).routes(),
            *self._preview.routes(),
        ]

    async def reload(
        self, changed: set[Path], *, users: Sequence[User] | None = None, problems: Iterable[Problem] | None = None
    ) -> Changes:
        """Read again what the changed files concern, and tell open pages. ``users`` and ``problems`` replace those."""
        before, tokens = self._preview.connector_problems, self._hosted.theme.theme.tokens
        if users is not None:
            self._preview.users = tuple(users)
        if problems is not None:
            self._connector_problems = tuple(problems)
        changes = await asyncio.to_thread(self._hosted.refresh, changed)
        self._show_problems()
        self._tell(changes, changed, problems_changed=changes.problems or self._preview.connector_problems != before)
        if self._hosted.theme.theme.tokens != tokens:
            self.notify("theme", dict(self._hosted.theme.theme.tokens))
        return changes

    async def close(self) -> None:
        """End what open pages listen to, which has no end of its own."""
        self._feed.close()

    def notify(self, event: str, data: object = None) -> None:
        """Tell open pages: ``page`` (load anew), ``widget`` with its type (run anew), ``problems`` (list them anew),
        ``theme`` with all of its tokens.
        """
        self._feed.publish(event, json.dumps(data))

    def notify_of_calls(self) -> None:
        """Tell open pages that connectors were called, or that their faults were set."""
        self._feed.publish("calls", replaces=True)

    def definition(self, type_: str) -> WidgetDefinition | None:
        """Return the definition of a widget, None where there is none of the type."""
        widget = self.state.widgets.get(type_)
        return widget.definition if widget is not None else None

    def _problems_by_file(self) -> dict[str, Iterable[Problem]]:
        return {
            self.state.file_name: self.state.problems,
            f"{CONNECTORS_NAME}, {DEV_CONFIG_NAME}": self._connector_problems,
            THEME_NAME: self.theme_problems,
        }

    def _show_problems(self) -> None:
        self._preview.connector_problems = (*self._connector_problems, *self.theme_problems)

    def _tell(self, changes: Changes, changed: set[Path], *, problems_changed: bool) -> None:
        if changes.page or (_concerns_connectors(changed) and not self._connector_problems):
            self.notify("page")
            return
        for type_ in changes.widgets:
            self.notify("widget", type_)
        if problems_changed:
            self.notify("problems")

    async def _events(self, request: Request) -> Response:
        try:
            self._origins.check_host(request.headers.get("host", ""))
        except CallerError as error:
            return PlainTextResponse(f"{error.detail}\n", error.status)
        position = request.headers.get("last-event-id") or request.query_params.get("after")
        return StreamingResponse(
            self._feed.stream(position), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )


def _concerns_connectors(changed: set[Path]) -> bool:
    return any(path.name in (CONNECTORS_NAME, DEV_CONFIG_NAME) for path in changed)
